// Units where there is no systemctl at all.
// setup: mkdir -p /etc/systemd/system
// gone: test -z "$(find /etc/systemd -name 'ours*')"
local systemdUnit = import '../../../lib/etcha/systemdUnit.libsonnet';
{
  run: [
    systemdUnit('ours.service', {
      Service: { ExecStart: '/bin/sleep 1' },
      Install: { WantedBy: ['multi-user.target', 'graphical.target'], RequiredBy: 'a.target', Alias: 'ours2.service' },
    }),
    {
      id: 'verify',
      always: true,
      change: |||
        cd /etc/systemd/system
        for link in multi-user.target.wants/ours.service graphical.target.wants/ours.service a.target.requires/ours.service ours2.service; do
          test "$(readlink "$link")" = /etc/systemd/system/ours.service
        done
      |||,
    },
  ],
}
