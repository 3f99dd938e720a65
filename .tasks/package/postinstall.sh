#!/bin/sh
# After an installation, and after an upgrade: an agent that runs goes on with the new program, with its state and all that
# it owes. One that was never started stays so: there is no configuration yet.
set -e
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  systemctl try-restart etcha.service
elif [ -e /run/openrc/softlevel ]; then
  rc-service --ifstarted etcha restart
fi
