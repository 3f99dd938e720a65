// A file system that is mounted, at a path that fstab has to escape.
// setup: cp /etc/fstab /srv/fstab
// gone: cmp /etc/fstab /srv/fstab && test ! -e '/srv/my data'
local mount = import '../../../lib/etcha/mount.libsonnet';
{
  run: [
    mount('/srv/my data', 'tmpfs', 'tmpfs', flags=['size=1m', 'noexec']),
    { id: 'verify', always: true, change: 'mountpoint -q "/srv/my data"; grep -q noexec,.*size=1024k /proc/self/mounts; findmnt --verify --tab-file /etc/fstab' },
  ],
}
