// A folder with this owner and mode.
//
//   local dir = import '../lib/etcha/dir.libsonnet';
//   { run: [dir('/srv/www', owner='www-data', mode='0755')] }
//
// Parameters:
//   path: path. Where the folder lies.
//   owner=null: id or null. User that it belongs to.
//   group=null: id or null. Group that it belongs to.
//   mode=null: mode or null. Who may do what, such as '0755'.
//   parents=false: boolean. Whether folders above it are made where they are missing; a removal leaves them.
//   recursive=false: boolean. Whether owner, group and mode hold for all that lies in it, too, and the removal takes all
//     of it away.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `dir PATH`. Its removal fails while there is something in the folder, unless it is recursive.
local is = (import 'argument.libsonnet')('dir');
local attributes = import 'attributes.libsonnet';
local resource = import 'resource.libsonnet';
function(path, owner=null, group=null, mode=null, parents=false, recursive=false, options={})
  assert is('path', path, 'path');
  assert is('owner', owner, 'id?');
  assert is('group', group, 'id?');
  assert is('mode', mode, 'mode?');
  assert is('parents', parents, 'boolean');
  assert is('recursive', recursive, 'boolean');
  assert is('options', options, 'object');
  local flags = (if parents then ['--parents'] else []) + (if recursive then ['--recursive'] else []);
  { id: 'dir ' + path } + resource('dir', [path], attributes(owner, group, mode) + flags) + options
