// An SSH server that only lets in members of one group, by keys. Meant for Debian and its like.
//
//   etcha push -t 'web.*' ssh          (with sourcePatterns: { ssh: 'patterns/hosts/ssh.jsonnet' })
//
// The settings lie in a file of their own, which goes before what the package brings. Before the server reads them, sshd looks
// at them: what it does not take fails the run, and the server goes on as it was. `sshUsers` are the names of the users that may
// come in (default: none is added, and root may come in by key, so that nobody is locked out by trying this), `sshPort` is
// the port.
//
// init: systemd
// network: own
// setup: apt-get -qq update && apt-get -qq -y install --no-install-recommends systemd systemd-sysv dbus > /dev/null && apt-get -qq -y -d --no-install-recommends install openssh-server > /dev/null && mkdir -p /var/lib/etcha/made/apt && touch /var/lib/etcha/made/apt/.refreshed
// gone: ! dpkg -s openssh-server | grep -qx 'Status: install ok installed'
// gone: ! getent group ssh-users && test ! -e /etc/ssh/sshd_config.d/10-hardening.conf
local apt = import '../../lib/etcha/apt.libsonnet';
local dir = import '../../lib/etcha/dir.libsonnet';
local file = import '../../lib/etcha/file.libsonnet';
local group = import '../../lib/etcha/group.libsonnet';
local n = import '../../lib/etcha/native.libsonnet';
local service = import '../../lib/etcha/service.libsonnet';

local vars = n.getConfig().vars;
local users = std.get(vars, 'sshUsers', []);

local settings = {
  Port: std.get(vars, 'sshPort', 22),
  AllowGroups: 'ssh-users' + (if users == [] then ' root' else ''),
  PermitRootLogin: if users == [] then 'prohibit-password' else 'no',
  PasswordAuthentication: 'no',
  KbdInteractiveAuthentication: 'no',
  AuthenticationMethods: 'publickey',
  MaxAuthTries: 3,
  LoginGraceTime: 20,
  X11Forwarding: 'no',
  AllowAgentForwarding: 'no',
  ClientAliveInterval: 300,
  KexAlgorithms: 'sntrup761x25519-sha512@openssh.com,curve25519-sha256',
  Ciphers: 'chacha20-poly1305@openssh.com,aes256-gcm@openssh.com,aes128-gcm@openssh.com',
  MACs: 'hmac-sha2-512-etm@openssh.com,hmac-sha2-256-etm@openssh.com',
};

{
  run: [
    apt('openssh-server', recommends=false, purge=true),
    group('ssh-users', system=true),
    [
      {
        id: 'member ' + user,
        check: ['sh', '-c', 'id -Gn -- "$1" | tr " " "\n" | grep -qx ssh-users', 'member', user],
        change: ['gpasswd', '-a', user, 'ssh-users'],
        remove: ['gpasswd', '-d', user, 'ssh-users'],
      }
      for user in users
    ],
    // Its own, which sshd wants while it looks at the settings, too.
    dir('/run/sshd', mode='0755') + { remove:: null },
    file(
      '/etc/ssh/sshd_config.d/10-hardening.conf',
      std.join('', ['%s %s\n' % [key, settings[key]] for key in std.objectFields(settings)]),
      owner='root',
      group='root',
      mode='0600',
      options={ onChange: ['sshd takes its settings', 'service ssh'] },
    ),
    // The first of the two: when it fails, the run ends before the server is told.
    { id: 'sshd takes its settings', change: ['/usr/sbin/sshd', '-t'] },
    service('ssh', onTrigger='reload'),
  ],
}
