// Users and groups by the tools of the system.
// setup: groupadd there && useradd -g there -s /bin/false there
// gone: getent passwd there && getent group there && ! getent passwd ann && ! getent group team && ! getent passwd svc
// gone: test ! -e /home/ann
local authorizedKeys = import '../../../lib/etcha/authorizedKeys.libsonnet';
local group = import '../../../lib/etcha/group.libsonnet';
local user = import '../../../lib/etcha/user.libsonnet';
local hash = '$6$salt$IxDD3jeSOb5eB1CX5LBsqZFVkJdido3OUILO5Ifz5iwMuTS4XMS130MTSuDDl3aCI6WouIL9AjRbLCelDCy.g.';
{
  run: [
    group('team', gid=2100),
    user('ann', uid=2000, groups=['team', 'adm'], comment="Ann's $(touch /x) ü", shell='/bin/bash', password=hash, removeHome=true),
    user('svc', system=true, group='team', home='/srv', shell='/usr/sbin/nologin'),
    authorizedKeys('ann', ['ssh-ed25519 AAAA ann@example.com']),
    {
      id: 'verify',
      always: true,
      change: |||
        test "$(id -u ann)" = 2000
        test "$(id -Gn ann)" = 'ann adm team'
        test "$(getent passwd ann | cut -d: -f5)" = "Ann's \$(touch /x) ü"
        test "$(getent shadow ann | cut -d: -f2)" = '%s'
        test "$(stat -c %%U:%%a /home/ann/.ssh /home/ann/.ssh/authorized_keys | tr '\n' ' ')" = 'ann:700 ann:600 '
        test "$(id -gn svc)" = team
        test "$(id -u svc)" -lt 1000
        test ! -e /x
      ||| % hash,
    },
  ],
}
