#!/bin/sh
# After installing or upgrading. dpkg calls it with "configure VERSION-BEFORE", rpm with how many versions are there.
set -e

if command -v systemd-sysusers >/dev/null 2>&1; then
  systemd-sysusers pschook.conf
elif ! getent passwd pschook >/dev/null; then
  useradd --system --user-group --home-dir /var/lib/pschook --no-create-home --shell /usr/sbin/nologin --comment 'Okta token inline hook' pschook
fi

for path in /etc/pschook /etc/pschook/pschook.env /etc/pschook/probe.env; do
  if [ -e "$path" ]; then chgrp pschook "$path"; fi # an administrator may have removed one
done

# A secret of this machine's own. It is written in full before it gets its name.
if [ ! -e /etc/pschook/hook-secrets ]; then
  umask 077
  od -An -N32 -tx1 /dev/urandom | tr -d ' \n' >/etc/pschook/hook-secrets.new
  echo >>/etc/pschook/hook-secrets.new
  chown root:pschook /etc/pschook/hook-secrets.new
  chmod 0640 /etc/pschook/hook-secrets.new
  mv /etc/pschook/hook-secrets.new /etc/pschook/hook-secrets
fi

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # A service that runs takes the new version; one that is stopped stays so.
  systemctl try-restart pschook.service
fi

before=${2-} # dpkg; rpm gives one argument
if [ "$1" = configure ] && [ -z "$before" ] || [ "$1" = 1 ]; then
  cat <<'TEXT'
pschook: set PSCHOOK_OKTA_ORG_URL in /etc/pschook/pschook.env, then
  systemctl enable --now pschook.service pschook-probe.timer
The secret for the hook in Okta is in /etc/pschook/hook-secrets.
TEXT
fi
