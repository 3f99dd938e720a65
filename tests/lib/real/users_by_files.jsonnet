// Users and groups where there are no tools: the files are edited.
// setup: cd /usr/sbin && rm -f useradd usermod userdel groupadd groupmod groupdel adduser deluser addgroup delgroup chpasswd
// setup: cp /etc/passwd /etc/group /etc/shadow /etc/gshadow /srv/; stat -c '%a %U:%G' /etc/passwd /etc/group /etc/shadow > /srv/modes
// gone: for f in passwd group shadow gshadow; do cmp "/srv/$f" "/etc/$f" || exit 1; done
// gone: stat -c '%a %U:%G' /etc/passwd /etc/group /etc/shadow | cmp - /srv/modes && test ! -e /home/ann && test -z "$(ls /etc/*.lock /etc/*.etcha 2>/dev/null)"
local group = import '../../../lib/etcha/group.libsonnet';
local user = import '../../../lib/etcha/user.libsonnet';
{
  run: [
    group('team', gid=2100),
    group('other'),
    user('ann', groups=['team', 'adm'], comment="Ann's $(touch /x)", shell='/bin/bash', password='$6$a$b', removeHome=true),
    user('svc', system=true, group='team', home='/srv', shell='/usr/sbin/nologin'),
    {
      id: 'verify',
      always: true,
      change: |||
        test "$(id -u ann)" -ge 1000
        test "$(id -Gn ann)" = 'ann adm team'
        test "$(getent shadow ann | cut -d: -f2)" = '$6$a$b'
        test "$(stat -c %U:%G:%a /home/ann /home/ann/.bashrc | tr '\n' ' ')" = 'ann:ann:700 ann:ann:644 '
        test "$(id -gn svc)" = team
        test "$(id -u svc)" -lt 1000
        test ! -e /x
      |||,
    },
  ],
}
