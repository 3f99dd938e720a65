#!/bin/sh
# State and configuration stay, until they are purged.
set -e
if [ "${1:-}" = purge ]; then rm -rf /var/lib/etcha /etc/etcha; fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
