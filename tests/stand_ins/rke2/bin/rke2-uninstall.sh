#!/bin/sh
# Part of the stand-in for RKE2: ends everything, and removes the places that RKE2's own script removes.
set -eu

here=$(dirname "$(dirname "$(readlink -f "$0")")")
"$here/bin/rke2-killall.sh"
for role in server agent; do
    systemctl disable "rke2-$role.service" 2>/dev/null || true
    rm -f "$here/lib/systemd/system/rke2-$role.service" "$here/lib/systemd/system/rke2-$role.env"
done
systemctl daemon-reload
rm -rf /etc/rancher/rke2 /etc/rancher/node /var/lib/rancher/rke2 /var/lib/kubelet
rm -rf "$here/share/rke2" "$here/lib/rke2_stand_in"
rm -f "$here/bin/rke2" "$here/bin/rke2-killall.sh" "$here/bin/rke2-uninstall.sh"
