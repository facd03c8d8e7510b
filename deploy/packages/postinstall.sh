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

# check has the new program judge the configuration as the service has it: in a unit that is the service's own, with
# whatever an administrator has added to it, but for the command. "config" and not "config --check": what a service goes on
# with, such as a secret that is easy to guess, is a warning here and holds up no upgrade.
check() {
  unit=/run/systemd/system/pschook-check.service
  systemctl cat pschook.service >$unit
  cat >>$unit <<'UNIT'
[Service]
Type=oneshot
Restart=no
ExecStart=
ExecStart=/usr/bin/pschook config
StandardOutput=null
StandardError=truncate:/run/pschook-check.log
UNIT
  systemctl daemon-reload
  failed=0
  systemctl start pschook-check.service || failed=1
  rm -f $unit
  systemctl daemon-reload
  return $failed
}

if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # A service that runs takes the new version, unless that would not begin with its settings; one that is stopped stays so.
  if systemctl is-active --quiet pschook.service; then
    refused=0
    check 2>/dev/null || refused=1
    if [ -s /run/pschook-check.log ]; then cat /run/pschook-check.log >&2; fi
    if [ $refused = 1 ]; then
      cat >&2 <<'TEXT'
pschook: the new version refuses these settings. The former one was not stopped and goes on answering, until it is stopped.
Mend them before the machine starts anew, then: systemctl restart pschook (and dpkg --configure pschook, where dpkg is used)
TEXT
      exit 1
    fi
    systemctl try-restart pschook.service
  fi
fi

before=${2-} # dpkg; rpm gives one argument
if [ "$1" = configure ] && [ -z "$before" ] || [ "$1" = 1 ]; then
  cat <<'TEXT'
pschook: set PSCHOOK_OKTA_ORG_URL in /etc/pschook/pschook.env, then
  systemctl enable --now pschook.service pschook-probe.timer
The secret for the hook in Okta is in /etc/pschook/hook-secrets.
TEXT
fi
