// Users and groups by the tools of BusyBox, as on Alpine.
// setup: apt-get -qq update && apt-get -qq -y install busybox > /dev/null
// setup: cd /usr/sbin && rm -f useradd usermod userdel groupadd groupmod groupdel adduser deluser addgroup delgroup chpasswd
// setup: for p in adduser deluser addgroup delgroup; do if busybox --list | grep -qx $p; then ln -s /bin/busybox /usr/sbin/$p; else echo "no $p in this busybox" >&2; exit 77; fi; done
// gone: ! getent passwd ann && ! getent group team
local group = import '../../../lib/etcha/group.libsonnet';
local user = import '../../../lib/etcha/user.libsonnet';
{
  run: [
    group('team', gid=2100),
    user('ann', uid=2000, groups=['team'], comment='Ann', shell='/bin/bash', password='$6$a$b', removeHome=true),
    { id: 'verify', always: true, change: 'test "$(id -u ann):$(id -Gn ann)" = "2000:ann team"' },
  ],
}
