// A file system that is mounted, at a path that fstab has to escape.
// begin: mkdir /srv/other /srv/third; mount -t ramfs ramfs /srv/other; mount -t tmpfs -o size=2m tmpfs /srv/third; echo 'tmpfs /srv/third tmpfs size=2m 0 0' >> /etc/fstab; touch /srv/third/kept
// gone: ! mountpoint -q /srv/other && ! mountpoint -q /srv/third
// setup: cp /etc/fstab /srv/fstab
// gone: cmp /etc/fstab /srv/fstab && test ! -e '/srv/my data'
local mount = import '../../../lib/etcha/mount.libsonnet';
{
  run: [
    mount('/srv/my data', 'tmpfs', 'tmpfs', flags=['size=1m', 'noexec']),
    // Something else is mounted there, or the same with other flags.
    mount('/srv/other', 'tmpfs', 'tmpfs'),
    mount('/srv/third', 'tmpfs', 'tmpfs', flags=['size=1m']),
    { id: 'verify', always: true, change: 'mountpoint -q "/srv/my data"; grep -q noexec,.*size=1024k /proc/self/mounts; findmnt --verify --tab-file /etc/fstab; test "$(findmnt -n -o FSTYPE /srv/other)" = tmpfs; test -e /srv/third/kept; findmnt -n -o OPTIONS /srv/third | grep -q size=1024k' },
  ],
}
