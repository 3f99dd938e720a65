// The deb where systemd runs: nothing starts without a configuration, an upgrade restarts what runs, a removal ends it.
// `deno task package` makes it.
// init: systemd
// network: own
// setup: ls /run/test/checkout/dist/release/*_amd64.deb > /dev/null 2>&1 || exit 77
// setup: apt-get -qq update && apt-get -qq -y install --no-install-recommends systemd systemd-sysv dbus > /dev/null
// gone: ! systemctl is-active -q etcha && test ! -e /usr/bin/etcha && test ! -e /etc/etcha && test ! -e /var/lib/etcha
local config = {
  run: { listenAddress: '127.0.0.1:4000', stateDir: '/var/lib/etcha' },
  sources: { own: { commands: [{ id: 'made', check: 'test -e /srv/made', change: 'echo made >> /srv/made' }] } },
};
{
  run: [
    {
      id: 'deb',
      always: true,
      timeout: '120s',
      change: |||
        wait_for() { for _ in $(seq 300); do if "$@"; then return; fi; sleep 0.1; done; exit 1; }
        refuses() { if "$@"; then exit 1; fi; }
        answers() { etcha -c /etc/etcha/etcha.jsonnet health > /dev/null; }
        pid() { systemctl show -P MainPID etcha; }

        dpkg -i /run/test/checkout/dist/release/*_amd64.deb > /dev/null
        etcha service status || true
        systemctl start etcha
        refuses systemctl is-active -q etcha
        cat > /etc/etcha/etcha.jsonnet << 'END'
        %(config)s
        END
        etcha service install
        test ! -e /etc/systemd/system/etcha.service
        wait_for answers
        wait_for test -e /srv/made
        before=$(pid)

        dpkg-deb --raw-extract /run/test/checkout/dist/release/*_amd64.deb /tmp/new
        sed -i 's/^Version: .*/Version: 99.0.0/' /tmp/new/DEBIAN/control
        rm /tmp/new/DEBIAN/conffiles
        dpkg-deb --build -Zgzip -z1 /tmp/new /tmp/new.deb > /dev/null
        dpkg -i /tmp/new.deb > /dev/null
        wait_for answers
        test "$(pid)" != "$before"
        test "$(cat /srv/made)" = made

        dpkg -r etcha > /dev/null
        refuses systemctl is-active -q etcha
        test -e /var/lib/etcha/state.db
        dpkg -P etcha > /dev/null
        rm -r /srv/made /tmp/new /tmp/new.deb
      ||| % { config: std.manifestJsonEx(config, '  ') },
    },
  ],
}
