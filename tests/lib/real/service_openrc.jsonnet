// `etcha service` where OpenRC looks after services. Only of the executable.
// network: own
// setup: if /run/test/program eval 1 2> /dev/null; then exit 77; fi
// setup: apt-get -qq update && apt-get -qq -y install --no-install-recommends openrc > /dev/null
// setup: cp /run/test/program /usr/bin/etcha && mkdir -p /run/openrc && echo default > /run/openrc/softlevel
// setup: useradd --system --user-group --no-create-home --home-dir /var/lib/etcha etcha
// gone: test ! -e /etc/init.d/etcha && test -e /etc/etcha/etcha.jsonnet && test -z "$(pgrep -x etcha || true)"
local config = {
  run: { listenAddress: '127.0.0.1:4000', stateDir: '/var/lib/etcha' },
  sources: {
    own: { commands: [{ id: 'made', check: 'test -e /var/lib/etcha/made', change: 'touch /var/lib/etcha/made' }] },
  },
};
{
  run: [
    {
      id: 'service',
      always: true,
      timeout: '120s',
      change: |||
        wait_for() { for _ in $(seq 300); do if "$@"; then return; fi; sleep 0.1; done; cat /var/log/etcha.log; exit 1; }
        refuses() { if "$@"; then exit 1; fi; }
        answers() { etcha -c /etc/etcha/etcha.jsonnet health > /dev/null; }

        etcha service install
        mv /etc/etcha/etcha.jsonnet /tmp
        refuses rc-service etcha start
        mv /tmp/etcha.jsonnet /etc/etcha
        rc-service etcha start
        wait_for grep -q 'no source is configured' /var/log/etcha.log
        refuses answers
        cat > /etc/etcha/etcha.jsonnet << 'END'
        %(config)s
        END
        etcha service install
        wait_for answers
        wait_for test -e /var/lib/etcha/made
        etcha service status
        rc-service etcha reload
        wait_for grep -q 'function="reload" status=200' /var/log/etcha.log
        answers

        chgrp etcha /etc/etcha/etcha.jsonnet
        chmod 0640 /etc/etcha/etcha.jsonnet
        rm /var/lib/etcha/made
        chown -R etcha /var/lib/etcha
        etcha service install --user etcha
        wait_for answers
        wait_for test -e /var/lib/etcha/made
        test "$(stat -c %%U /var/lib/etcha/made)" = etcha
        etcha service uninstall
        refuses answers
      ||| % { config: std.manifestJsonEx(config, '  ') },
    },
  ],
}
