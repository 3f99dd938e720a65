// A repository of packages for apt, and the key that its packages must be signed with – and no other repository's.
//
//   local apt = import '../lib/etcha/apt.libsonnet';
//   local aptKey = import '../lib/etcha/aptKey.libsonnet';
//   {
//     run: [
//       aptKey('nginx', key=importstr 'nginx.asc', uris='https://nginx.org/packages/debian', suites='bookworm'),
//       apt('nginx'),
//     ],
//   }
//
// The key goes to /etc/apt/keyrings/NAME.asc (or .gpg), the repository to /etc/apt/sources.list.d/NAME.sources, where
// Signed-By names the key. The next `apt` fetches the lists, because the sources are newer.
//
// Parameters:
//   name: line. Name of the files: letters, digits, - and _.
//   key=null: text or null. The key in ASCII armor.
//   url=null: line or null. Where the key is, when it is not given; then `sha256` is needed.
//   sha256=null: line or null. SHA-256 of what the URL gives, in hexadecimal digits.
//   uris=[]: line or list of lines. Where the repository is. None: the key alone.
//   suites=[]: line or list of lines. Suites, such as 'bookworm'; one that ends with / is a path.
//   components=['main']: line or list of lines. Components.
//   architectures=[]: line or list of lines. Architectures; none: those of the host.
//   options={}: object. Further properties of each command, such as onChange.
//
// Returns the commands `dir /etc/apt/keyrings`, `aptKey NAME: key` and, with `uris`, `aptKey NAME: repository`.
local is = (import 'argument.libsonnet')('aptKey');
local copy = import 'copy.libsonnet';
local dir = import 'dir.libsonnet';
local file = import 'file.libsonnet';
local withOptions = import 'withOptions.libsonnet';

function(
  name,
  key=null,
  url=null,
  sha256=null,
  uris=[],
  suites=[],
  components=['main'],
  architectures=[],
  options={},
)
  local isField(text) = !std.native('regexMatch')('\\s', text);
  local field(argument, value) =
    assert is(argument, value, 'line|line[]');
    local list = if std.isArray(value) then value else [value];
    assert std.all([is(argument, one, { is: isField, expected: 'without blanks' }) for one in list]);
    std.join(' ', list);
  assert is('name', name, {
    is(text): std.isString(text) && std.native('regexMatch')('^[A-Za-z0-9][A-Za-z0-9_-]*$', text),
    expected: 'a text of letters, digits, - and _',
  });
  assert is('key', key, 'text?');
  assert is('url', url, 'line?');
  assert is('sha256', sha256, 'line?');
  assert (key == null) != (url == null) : 'aptKey: either key or url must be given, and not both';
  assert url == null || sha256 != null : 'aptKey: with url, sha256 must be given: nobody else vouches for the key';
  assert key == null || is('key', key, {
    is(text): std.native('regexMatch')('^\\s*-----BEGIN PGP PUBLIC KEY BLOCK-----', text),
    expected: 'a public key in ASCII armor',
  });
  assert std.length(field('uris', uris)) == 0 || std.length(field('suites', suites)) > 0 :
         'aptKey: with uris, suites must be given';
  // apt goes by the ending.
  local path = '/etc/apt/keyrings/%s.%s' % [name, if url != null && std.endsWith(url, '.gpg') then 'gpg' else 'asc'];
  local named(what) = { id: 'aptKey %s: %s' % [name, what] };
  withOptions('aptKey', [
    // Others have keys there, too: it stays.
    dir('/etc/apt/keyrings', mode='0755') + { remove:: null },
    if key != null then file(path, key, mode='0644') + named('key')
    else copy(url, path, sha256=sha256, mode='0644') + named('key'),
  ] + (
    if field('uris', uris) == '' then [] else [
      file(
        '/etc/apt/sources.list.d/%s.sources' % name,
        std.join('', [
          'Types: deb\n',
          'URIs: %s\n' % field('uris', uris),
          'Suites: %s\n' % field('suites', suites),
          // A suite that is a path has none.
          if std.endsWith(field('suites', suites), '/') then '' else 'Components: %s\n' % field('components', components),
          if field('architectures', architectures) == '' then ''
          else 'Architectures: %s\n' % field('architectures', architectures),
          'Signed-By: %s\n' % path,
        ]),
        mode='0644',
      ) + named('repository'),
    ]
  ), options)
