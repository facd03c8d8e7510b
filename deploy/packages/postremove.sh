#!/bin/sh
# After removing. dpkg calls it with "purge" when the configuration goes too. The user stays, so that no other takes
# over what files it may have left.
set -e

if [ "$1" = purge ]; then
  rm -rf /etc/pschook /var/lib/pschook
fi
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
fi
