// A file that is fetched from a URL, or copied from another file of the host.
//
//   local copy = import '../lib/etcha/copy.libsonnet';
//   { run: [copy('https://example.com/tool', '/usr/local/bin/tool', sha256='9f86d0…', mode='0755')] }
//
// Parameters:
//   source: line. An http(s) URL or the path of a file.
//   path: path. Where it goes.
//   sha256=null: line or null. SHA-256 of what is fetched, in hexadecimal digits: nothing else is put in place, and the
//     check needs no network.
//   owner=null: id or null. User that it belongs to.
//   group=null: id or null. Group that it belongs to.
//   mode=null: mode or null. Who may do what, such as '0755'.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `copy PATH`.
local is = (import 'argument.libsonnet')('copy');
local attributes = import 'attributes.libsonnet';
local resource = import 'resource.libsonnet';
function(source, path, sha256=null, owner=null, group=null, mode=null, options={})
  assert is('source', source, 'line');
  assert is('source', source, {
    is(text): std.native('regexMatch')('^(/|https?://)', text),
    expected: 'an absolute path or an http(s) URL',
  });
  assert is('path', path, 'path');
  assert is('sha256', sha256, 'line?');
  assert sha256 == null || is('sha256', sha256, {
    is(text): std.native('regexMatch')('^[0-9a-fA-F]{64}$', text),
    expected: '64 hexadecimal digits',
  });
  assert is('owner', owner, 'id?');
  assert is('group', group, 'id?');
  assert is('mode', mode, 'mode?');
  assert is('options', options, 'object');
  local flags = attributes(owner, group, mode) + (if sha256 == null then [] else ['--sha256', sha256]);
  { id: 'copy ' + path } + resource('copy', [source, path], flags) + options
