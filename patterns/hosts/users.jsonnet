// The people who work on a host: users with their keys and groups, and what admins may do by sudo. Who leaves the table leaves
// the host with the next push, their files stay; their keys do so at once.
//
//   etcha push -t '.*' users           (with sourcePatterns: { users: 'patterns/hosts/users.jsonnet' })
//
// Nobody has a password here. One would be given as its hash (password='$6$…', from `openssl passwd -6`), which reaches neither
// logs nor the list of processes – but whoever can read the token can read it.
//
// gone: ! getent passwd ada && ! getent passwd bob && ! getent group admins && test ! -e /etc/sudoers.d/admins
local apt = import '../../lib/etcha/apt.libsonnet';
local authorizedKeys = import '../../lib/etcha/authorizedKeys.libsonnet';
local file = import '../../lib/etcha/file.libsonnet';
local group = import '../../lib/etcha/group.libsonnet';
local user = import '../../lib/etcha/user.libsonnet';

local people = {
  ada: {
    comment: 'Ada Example',
    groups: ['admins'],
    keys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleAda ada@example.com'],
  },
  bob: {
    comment: 'Bob Example',
    groups: [],
    keys: [
      'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExampleBob bob@example.com',
      'restrict,command="/usr/bin/uptime" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleMonitor monitor',
    ],
  },
};
local sudoers = '%admins ALL=(ALL:ALL) NOPASSWD: ALL\n';
local look = ['visudo', '-c', '-q', '-f', '-'];

{
  run: [
    // Its package refuses to leave while root has no password, so it stays.
    apt('sudo', recommends=false) + { remove:: null },
    group('admins'),
    [
      [
        user(name, comment=people[name].comment, groups=people[name].groups, shell='/bin/bash'),
        authorizedKeys(name, people[name].keys),
      ]
      for name in std.objectFields(people)
    ],
    // sudo takes none of its files when one of them is wrong: visudo looks first, at what is to be written. A change that says
    // the same again makes a failed check the end of the run.
    { id: 'sudoers are right', stdin: sudoers, check: look, change: look },
    file('/etc/sudoers.d/admins', sudoers, owner='root', group='root', mode='0440'),
  ],
}
