// What is in an archive – tar, tar.gz or zip, from a URL or a file of the host – is unpacked into a folder.
//
//   local archive = import '../lib/etcha/archive.libsonnet';
//   { run: [archive('https://example.com/app-1.4.tar.gz', '/opt/app', sha256='9f86d0…', strip=1)] }
//
// Nothing is written when a name in the archive would lead out of the folder. What a newer archive does not have is removed
// again. A file .etcha-archive.json in the folder remembers what was unpacked: the check compares the archive with that, not
// the files. The removal takes away what was unpacked, and the folder when it is empty then.
//
// Parameters:
//   source: line. An http(s) URL or the path of an archive.
//   path: path. The folder. It is made where it is missing.
//   sha256=null: line or null. SHA-256 of the archive, in hexadecimal digits: nothing else is unpacked, and the check needs
//     no network.
//   strip=0: number. How many leading parts of every name are left out.
//   owner=null: id or null. User that everything belongs to; null: as when the one who unpacks makes it.
//   group=null: id or null. Group that everything belongs to.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `archive PATH`.
local is = (import 'argument.libsonnet')('archive');
local attributes = import 'attributes.libsonnet';
local resource = import 'resource.libsonnet';
function(source, path, sha256=null, strip=0, owner=null, group=null, options={})
  assert is('source', source, 'line');
  assert is('source', source, {
    is(text): std.native('regexMatch')('^(/|https?://)', text),
    expected: 'an absolute path or an http(s) URL',
  });
  assert is('path', path, 'path');
  assert sha256 == null || is('sha256', sha256, {
    is(text): std.isString(text) && std.native('regexMatch')('^[0-9a-fA-F]{64}$', text),
    expected: '64 hexadecimal digits',
  });
  assert is('strip', strip, 'number');
  assert is('owner', owner, 'id?');
  assert is('group', group, 'id?');
  assert is('options', options, 'object');
  local flags = attributes(owner, group, null)
                + (if sha256 == null then [] else ['--sha256', sha256])
                + (if strip == 0 then [] else ['--strip', std.toString(strip)]);
  { id: 'archive ' + path } + resource('archive', [source, path], flags) + options
