#!/bin/sh
# Part of the stand-in for RKE2: ends everything that it started, and leaves its data.
set -eu

for role in server agent; do
    systemctl stop "rke2-$role.service" 2>/dev/null || true
    systemctl kill --signal=KILL "rke2-$role.service" 2>/dev/null || true
done
rm -rf /run/rke2-stand-in
