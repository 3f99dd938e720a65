// Units and services where systemd runs.
// init: systemd
// network: own
// setup: apt-get -qq update && apt-get -qq -y install --no-install-recommends systemd systemd-sysv dbus cron > /dev/null
// setup: printf '[Service]\nExecStart=/bin/sleep 1000\nExecReload=/bin/touch /reloaded\n[Install]\nWantedBy=multi-user.target\n' > /etc/systemd/system/there.service
// setup: printf '[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target\n' > /etc/systemd/system/unwanted.service && systemctl -q enable unwanted.service
// begin: systemctl is-active -q cron && systemctl is-enabled -q cron && systemctl is-active -q unwanted && ! systemctl is-active -q there
// gone: systemctl is-active -q cron && systemctl is-enabled -q cron && systemctl is-active -q unwanted && systemctl is-enabled -q unwanted
// gone: ! systemctl is-active -q there && ! systemctl is-enabled -q there
// gone: test -z "$(systemctl list-units --all --no-legend 'our*')" && test -z "$(find /etc/systemd -name 'our*' -o -name '20-wired*')"
// gone: test -z "$(find /var/lib/etcha/made -type f)"
local service = import '../../../lib/etcha/service.libsonnet';
local systemdNetwork = import '../../../lib/etcha/systemdNetwork.libsonnet';
local systemdTimer = import '../../../lib/etcha/systemdTimer.libsonnet';
local systemdUnit = import '../../../lib/etcha/systemdUnit.libsonnet';
{
  run: [
    // It runs already: its removal leaves it so, and its check goes on to pass.
    service('cron') + { remove:: null },
    service('unwanted', enabled=false, running=false),
    service('there'),
    // Triggered when it is as it should be: told to read its settings.
    { id: 'its settings', always: true, change: 'test ! -e /reloaded', onChange: ['reload there'] },
    service('there', onTrigger='reload', options={ id: 'reload there' }),
    systemdUnit('ours.service', {
      Service: { ExecStart: '/bin/sleep 1000' },
      Install: { WantedBy: 'multi-user.target' },
    }),
    systemdUnit('oursonce.service', { Service: { Type: 'oneshot', ExecStart: '/bin/true' } }, enabled=null, running=null),
    systemdTimer('ourtimer', '*-*-* 03:00', ['/bin/echo', '100% $HOME "a"']),
    service('systemd-networkd'),
    systemdNetwork('20-wired.network', { Match: { Name: 'nothing*' }, Network: { DHCP: true } }),
    {
      id: 'verify',
      always: true,
      change: |||
        for unit in cron there ours.service ourtimer.timer systemd-networkd; do
          systemctl is-active -q "$unit"
          systemctl is-enabled -q "$unit"
        done
        ! systemctl is-active -q unwanted
        ! systemctl is-enabled -q unwanted
        test -e /reloaded
        systemctl start ourtimer.service
        test "$(systemctl show -p Result --value ourtimer.service)" = success
      |||,
    },
  ],
}
