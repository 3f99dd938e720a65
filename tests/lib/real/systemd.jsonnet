// Units where systemd does not run: files and links.
// setup: apt-get -qq update && apt-get -qq -y install systemd > /dev/null
// gone: test -z "$(find /etc/systemd -name 'our*' -o -name '20-wired*')" && ! systemctl is-enabled -q etcha.service
local etchaService = import '../../../lib/etcha/etchaService.libsonnet';
local service = import '../../../lib/etcha/service.libsonnet';
local systemdNetwork = import '../../../lib/etcha/systemdNetwork.libsonnet';
local systemdTimer = import '../../../lib/etcha/systemdTimer.libsonnet';
local systemdUnit = import '../../../lib/etcha/systemdUnit.libsonnet';
{
  run: [
    systemdUnit('ours.service', {
      Unit: { Description: 'Ours' },
      Service: { ExecStart: '/bin/sleep 1' },
      Install: { WantedBy: 'multi-user.target' },
    }),
    systemdTimer('ourtimer', 'Mon *-*-* 03:00', ['/bin/echo', '100% $HOME "a"'], user='nobody', delay='5min'),
    systemdNetwork('20-wired.network', { Match: { Name: 'en*' }, Network: { DHCP: true } }),
    etchaService({ sources: {} }),
    service('systemd-networkd'),
    {
      id: 'verify',
      always: true,
      change: |||
        systemctl is-enabled -q ours.service ourtimer.timer etcha.service systemd-networkd.service
        systemd-analyze verify --man=no /etc/systemd/system/ours.service /etc/systemd/system/ourtimer.timer
        grep -qx 'DHCP=yes' /etc/systemd/network/20-wired.network
        test "$(stat -c %a /etc/etcha/etcha.jsonnet)" = 600
      |||,
    },
  ],
}
