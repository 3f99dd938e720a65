// One command with a check: it is changed only while the file is not there, and undone when it leaves the pattern.
local n = import '../lib/etcha/native.libsonnet';
local dir = std.get(n.getConfig().vars, 'dir', n.getEnv('TMPDIR', '/tmp'));

{
  run: [
    {
      change: 'echo "a note on %s" > %s/note' % [n.getEnv('HOSTNAME', 'somewhere'), dir],
      check: 'test -e %s/note' % dir,
      id: 'write a note',
      remove: 'rm %s/note' % dir,
    },
  ],
}
