#!/bin/sh
# Before removing. dpkg calls it with "remove" or "upgrade", rpm with how many versions stay: an upgrade stops nothing.
set -e

case $1 in
remove | 0)
  if [ -d /run/systemd/system ]; then
    systemctl disable --now pschook-probe.timer pschook.service
  fi
  ;;
esac
