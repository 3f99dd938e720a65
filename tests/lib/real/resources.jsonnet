// What Etcha looks after itself.
// setup: printf 'a\nPort 1\n' > /srv/conf
// gone: test "$(ls -A /srv)" = conf && test "$(cat /srv/conf)" = a
local dir = import '../../../lib/etcha/dir.libsonnet';
local file = import '../../../lib/etcha/file.libsonnet';
local line = import '../../../lib/etcha/line.libsonnet';
local symlink = import '../../../lib/etcha/symlink.libsonnet';
local odd = "/srv/-it's $(touch \"x\") ü\n";
{
  run: [
    dir(odd, owner='www-data', group=33, mode='2750'),
    file(odd + '/-f', '-\n$HOME', owner=1, mode='0604'),
    file(odd + '/bytes', [0, 255, 10]),
    symlink(odd + '/link', '-f'),
    line('/srv/conf', '^#?Port .*', 'Port 22'),
    {
      id: 'verify',
      always: true,
      change: |||
        cd /srv/-*
        test "$(stat -c %U:%G:%a .)" = www-data:www-data:2750
        test "$(cat ./-f)" = "$(printf '%s\n' - '$HOME')"
        test "$(stat -c %u:%a ./-f)" = 1:604
        test "$(od -An -tx1 bytes)" = ' 00 ff 0a'
        test "$(readlink link)" = -f
        grep -qx 'Port 22' /srv/conf
      |||,
    },
  ],
}
