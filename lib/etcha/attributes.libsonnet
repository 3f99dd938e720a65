// Flags of a resource for who a path belongs to and who may do what; nothing for what is null.
//
//   local attributes = import '../lib/etcha/attributes.libsonnet';
//   local resource = import '../lib/etcha/resource.libsonnet';
//   { id: '/srv/www' } + resource('dir', ['/srv/www'], attributes('www-data', 33, '0755'))
//
// Parameters:
//   owner: id or null. User.
//   group: id or null. Group.
//   mode: mode or null. Permissions.
//
// Returns a list of words.
function(owner, group, mode)
  (if group == null then [] else ['--group', std.toString(group)])
  + (if owner == null then [] else ['--owner', std.toString(owner)])
  + (if mode == null then [] else ['--mode', mode])
