// The agent as a service of systemd, which does what its configuration says and reads it anew.
// init: systemd
// network: own
// setup: apt-get -qq update && apt-get -qq -y install --no-install-recommends systemd systemd-sysv dbus > /dev/null
// setup: printf '#!/bin/sh\nexport DENO_DIR=/run/test/cache\nif /run/test/program eval 1 2> /dev/null; then set -- run --quiet -A --config /run/test/checkout/deno.json /run/test/checkout/src/main.ts "$@"; fi\nexec /run/test/program "$@"\n' > /usr/local/bin/etcha && chmod 0755 /usr/local/bin/etcha
// gone: ! systemctl is-active -q etcha && test ! -e /etc/systemd/system/etcha.service && test ! -e /etc/etcha/etcha.jsonnet
local etchaService = import '../../../lib/etcha/etchaService.libsonnet';
local made(path) = { id: 'a file', check: ['test', '-e', path], change: ['touch', path] };
{
  run: [
    etchaService({
      run: { listenAddress: '127.0.0.1:4000' },
      sources: { own: { commands: [made('/srv/made')] } },
    }),
    {
      id: 'verify',
      always: true,
      timeout: '60s',
      change: |||
        until test -e /srv/made; do sleep 0.2; done
        systemctl is-active -q etcha
        test "$(stat -c %a /var/lib/etcha /etc/etcha /etc/etcha/etcha.jsonnet | tr '\n' ' ')" = '700 700 600 '
        systemctl reload etcha
        systemctl is-active -q etcha
      |||,
    },
  ],
}
