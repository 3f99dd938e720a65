// `etcha service` where systemd runs: as root, and as a user in its closed sandbox. Only of the executable.
// init: systemd
// network: own
// setup: if /run/test/program eval 1 2> /dev/null; then exit 77; fi
// setup: apt-get -qq update && apt-get -qq -y install --no-install-recommends systemd systemd-sysv dbus > /dev/null
// setup: cp /run/test/program /usr/bin/etcha && useradd --system --user-group --no-create-home --home-dir /var/lib/etcha etcha
// gone: ! systemctl is-active -q etcha && test ! -e /etc/systemd/system/etcha.service && test -e /etc/etcha/etcha.jsonnet
local config = {
  run: { listenAddress: '127.0.0.1:4000', stateDir: '/var/lib/etcha' },
  sources: {
    own: {
      commands: [
        { id: 'made', check: 'test -e /var/lib/etcha/made', change: 'touch /var/lib/etcha/made' },
        // As a user it must not work, and not end the run.
        { id: 'outside', always: true, change: 'touch /etc/outside || true' },
      ],
    },
  },
};
{
  run: [
    {
      id: 'service',
      always: true,
      timeout: '120s',
      change: |||
        wait_for() { for _ in $(seq 300); do if "$@"; then return; fi; sleep 0.1; done; journalctl -u etcha; exit 1; }
        refuses() { if "$@"; then exit 1; fi; }
        answers() { etcha -c /etc/etcha/etcha.jsonnet health > /dev/null; }
        is_private() { test "$(stat -c '%%a %%U' /var/lib/etcha)" = "700 $1"; }

        etcha service install
        refuses systemctl is-active -q etcha
        cat > /etc/etcha/etcha.jsonnet << 'END'
        %(config)s
        END
        etcha service install
        wait_for answers
        wait_for test -e /var/lib/etcha/made
        wait_for test -e /etc/outside
        is_private root
        etcha service status
        pid=$(systemctl show -P MainPID etcha)
        systemctl reload etcha
        answers
        test "$(systemctl show -P MainPID etcha)" = "$pid"

        chgrp etcha /etc/etcha/etcha.jsonnet
        chmod 0640 /etc/etcha/etcha.jsonnet
        rm /var/lib/etcha/made /etc/outside
        # A chroot, which this system is, can have no namespace of users.
        mkdir /etc/systemd/system/etcha.service.d
        printf '[Service]\nPrivateUsers=no\n' > /etc/systemd/system/etcha.service.d/chroot.conf
        etcha service install --user etcha || { systemctl show -p ExecMainStatus etcha; exit 1; }
        wait_for answers
        wait_for test -e /var/lib/etcha/made
        is_private etcha
        test ! -e /etc/outside
        test "$(stat -c %%U "/proc/$(systemctl show -P MainPID etcha)")" = etcha
        systemctl reload etcha
        answers

        etcha service uninstall
        refuses etcha service status
        test -e /var/lib/etcha/made
        rm -r /etc/systemd/system/etcha.service.d
      ||| % { config: std.manifestJsonEx(config, '  ') },
    },
  ],
}
