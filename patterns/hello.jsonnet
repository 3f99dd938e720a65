// Two commands: one that always writes a file, and one that copies it whenever the first has changed.
// `dir` is where the files go: -x vars_dir=/srv/hello (default: the folder for temporary files).
local n = import '../lib/etcha/native.libsonnet';
local dir = std.get(n.getConfig().vars, 'dir', n.getEnv('TMPDIR', '/tmp'));

{
  run: [
    {
      always: true,
      change: 'echo "hello from %s" > %s/hello' % [n.getEnv('HOSTNAME', 'somewhere'), dir],
      id: 'write a greeting',
      onChange: ['copy the greeting'],
      remove: 'rm %s/hello' % dir,
    },
    {
      change: 'cp %s/hello %s/hello.copy' % [dir, dir],
      id: 'copy the greeting',
      remove: 'rm %s/hello.copy' % dir,
    },
  ],
}
