// A symbolic link.
//
//   local symlink = import '../lib/etcha/symlink.libsonnet';
//   { run: [symlink('/srv/app/current', '/srv/app/releases/12')] }
//
// Parameters:
//   path: path. Where the link lies.
//   target: line. What it leads to: an absolute path, or one relative to the folder of the link. It need not be there.
//   force=false: boolean. Whether a file in its place is replaced.
//   options={}: object. Further properties of the command, such as onChange.
//
// Returns the command `symlink PATH`.
local is = (import 'argument.libsonnet')('symlink');
local resource = import 'resource.libsonnet';
function(path, target, force=false, options={})
  assert is('path', path, 'path');
  assert is('target', target, 'line');
  assert is('force', force, 'boolean');
  assert is('options', options, 'object');
  { id: 'symlink ' + path } + resource('link', [target, path], if force then ['--force'] else []) + options
