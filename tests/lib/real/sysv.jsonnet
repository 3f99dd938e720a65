// A service of scripts in /etc/init.d.
// setup: apt-get -qq update && apt-get -qq -y install init-system-helpers sysv-rc cron > /dev/null; rm -f /usr/bin/systemctl; update-rc.d cron disable
// gone: test -z "$(ls /etc/rc2.d/S*cron 2>/dev/null)"
local service = import '../../../lib/etcha/service.libsonnet';
{ run: [service('cron'), { id: 'verify', always: true, change: 'ls /etc/rc2.d/S*cron' }] }
