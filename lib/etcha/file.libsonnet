// A file with these contents, owner and mode.
//
//   local file = import '../lib/etcha/file.libsonnet';
//   { run: [file('/etc/motd', 'Welcome.\n', mode='0644')] }
//
// Only what differs is changed, and what is not given is left as it is. The contents are put in place in one step. A link
// at the path is replaced, not followed.
//
// Parameters:
//   path: path. Where the file lies; its folder must be there.
//   contents='': text, list of numbers or null. What it holds: a text, or bytes as importbin gives them; null: whatever it
//     holds.
//   base64=false: boolean. Whether `contents` is a text in base64, of what is no text.
//   owner=null: id or null. User that it belongs to.
//   group=null: id or null. Group that it belongs to.
//   mode=null: mode or null. Who may do what, such as '0644'.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `file PATH`.
local is = (import 'argument.libsonnet')('file');
local attributes = import 'attributes.libsonnet';
local resource = import 'resource.libsonnet';
function(path, contents='', base64=false, owner=null, group=null, mode=null, options={})
  assert is('path', path, 'path');
  assert std.type(contents) == 'string' || is('contents', contents, 'text|number[]|null');
  assert is('base64', base64, 'boolean');
  assert is('owner', owner, 'id?');
  assert is('group', group, 'id?');
  assert is('mode', mode, 'mode?');
  assert is('options', options, 'object');
  local hasContents = contents != null;
  local isBytes = std.type(contents) == 'array';
  local flags = attributes(owner, group, mode) + (if isBytes || base64 then ['--base64'] else []);
  // By standard input: contents are no argument that others may see, and may be of any length.
  { id: 'file ' + path }
  + resource('file', if hasContents then [path, '-'] else [path], flags)
  + { [if hasContents then 'stdin']: if isBytes then std.base64(contents) else contents }
  + options
