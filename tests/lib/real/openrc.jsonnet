// A service of OpenRC, which does not run here.
// setup: apt-get -qq update && apt-get -qq -y install openrc > /dev/null && rm -f /usr/bin/systemctl /bin/systemctl
// setup: printf '#!/sbin/openrc-run\ncommand=/bin/true\n' > /etc/init.d/ours && chmod 0755 /etc/init.d/ours
// gone: test ! -e /etc/runlevels/default/ours
local service = import '../../../lib/etcha/service.libsonnet';
{ run: [service('ours'), { id: 'verify', always: true, change: 'test -e /etc/runlevels/default/ours' }] }
