#!/bin/sh
# Before a removal, and not before an upgrade: dpkg says "upgrade", rpm the number of versions that stay.
set -e
case ${1:-remove} in
  upgrade | deconfigure | failed-upgrade | 1) exit 0 ;;
esac
if [ -d /run/systemd/system ]; then
  systemctl disable --now etcha.service
elif [ -e /run/openrc/softlevel ]; then
  rc-service --ifstarted etcha stop
  rc-update --quiet delete etcha || true
fi
