// A file made from a template, in which {{ NAME }} stands for a value.
//
//   local template = import '../lib/etcha/template.libsonnet';
//   {
//     run: [
//       template('/etc/motd', text=importstr 'motd.txt', values={ name: 'web1', admin: { mail: 'ops@example.com' } }),
//     ],
//   }
//
// NAME is a name of the values, or several with dots between, for what lies within: {{ admin.mail }}. A value that is missing
// is an error. There is nothing else: what has to be decided is decided by the pattern.
//
// Parameters:
//   path: path. Where the file lies.
//   text=null: text or null. The template. It is filled where the pattern is rendered.
//   source=null: line or null. Instead of `text`, a path on the host, or an http(s) URL. It is filled there.
//   values={}: object. Texts, numbers, true or false, and objects of them.
//   delimiter='{{ }}': text. What stands around names, with a blank between.
//   owner=null: id or null. User that the file belongs to.
//   group=null: id or null. Group that it belongs to.
//   mode=null: mode or null. Who may do what, such as '0644'.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `template PATH`.
local is = (import 'argument.libsonnet')('template');
local attributes = import 'attributes.libsonnet';
local file = import 'file.libsonnet';
local resource = import 'resource.libsonnet';

local valueOf(values, name) =
  local parts = std.split(name, '.');
  local found = std.foldl(
    function(within, part) if std.isObject(within) && std.objectHas(within, part) then within[part] else null, parts, values
  );
  assert is('values', found, {
    is(value): std.isString(value) || std.isNumber(value) || std.isBoolean(value),
    expected: 'an object with a text, a number, true or false for ' + name,
  });
  std.toString(found);

local fill(text, values, open, close) =
  local parts = std.split(text, open);
  parts[0] + std.join('', [
    local at = std.splitLimit(part, close, 1);
    assert is('text', part, {
      is(_): std.length(at) == 2,
      expected: 'a text in which every %s is followed by %s' % [open, close],
    });
    valueOf(values, std.trim(at[0])) + at[1]
    for part in parts[1:]
  ]);

function(
  path,
  text=null,
  source=null,
  values={},
  delimiter='{{ }}',
  owner=null,
  group=null,
  mode=null,
  options={},
)
  assert is('path', path, 'path');
  assert is('text', text, 'text?');
  assert is('source', source, 'line?');
  assert (text == null) != (source == null) : 'template: either text or source must be given, and not both';
  assert is('values', values, 'object');
  assert is('delimiter', delimiter, {
    is(value): std.isString(value) && std.native('regexMatch')('^\\S+ \\S+$', value),
    expected: "two texts with a blank between, such as '{{ }}'",
  });
  assert is('owner', owner, 'id?');
  assert is('group', group, 'id?');
  assert is('mode', mode, 'mode?');
  assert is('options', options, 'object');
  local pair = std.split(delimiter, ' ');
  if text != null then
    file(path, fill(text, values, pair[0], pair[1]), owner=owner, group=group, mode=mode)
    + { id: 'template ' + path } + options
  else
    local flags = attributes(owner, group, mode) + ['--delimiter', delimiter];
    // By standard input: values are no argument that others may see.
    { id: 'template ' + path, stdin: std.manifestJsonMinified(values) }
    + resource('template', [source, path, '-'], flags)
    + options
