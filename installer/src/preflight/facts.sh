# Tells facts of a node as lines `name=value`, for a program that judges them. It changes nothing.
# What cannot be found out is left out. `looked=WHAT` says that a list is whole, even if it is empty;
# `end=1` says that the answer is.
LC_ALL=C
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL PATH

say() {
    printf '%s=%s\n' "$1" "$2"
}

has() {
    command -v "$1" >/dev/null 2>&1
}

# The first line of a file. Files of the kernel may lack the end of the line.
say_line() {
    if [ -r "$2" ] && { IFS= read -r line || [ -n "$line" ]; } <"$2"; then
        say "$1" "$line"
    fi
}

say_if_there() {
    if [ -e "$2" ]; then
        say "$1" "$2"
    fi
}

system() {
    say time "$(date +%s)"
    say uid "$(id -u)"
    say hostname "$(uname -n)"
    say architecture "$(uname -m)"
    say_line init /proc/1/comm
    for file in /etc/os-release /usr/lib/os-release; do
        if [ -r "$file" ]; then
            sed -n -e 's/^ID=/system=/p' -e 's/^VERSION_ID=/system-version=/p' "$file" | tr -d "\"'"
            break
        fi
    done
    if [ -x /usr/bin/python3 ]; then
        say python "$(/usr/bin/python3 -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null)"
    fi
    if has rpm; then
        for name in container-selinux rke2-selinux; do
            if rpm -q "$name" >/dev/null 2>&1; then say package "$name"; fi
        done
    fi
    # A name server that does not answer must not hold everything up.
    if has getent && has timeout; then
        if timeout 5 getent hosts "$(uname -n)" >/dev/null; then say resolves yes; else say resolves no; fi
    fi
}

machine() {
    while read -r name value _; do
        if [ "$name" = MemTotal: ]; then say memory "$value"; fi
    done </proc/meminfo
    say cores "$(nproc 2>/dev/null)"
    if [ -r /proc/swaps ]; then
        while read -r file _; do
            if [ "$file" != Filename ]; then say swap "$file"; fi
        done </proc/swaps
        say looked swap
    fi
}

# How much of what is free at a path, or at the nearest folder above it that is there: the path, the
# whole, the free part, and where that is mounted.
free() {
    folder=$3
    while [ ! -d "$folder" ]; do
        folder=${folder%/*}
        folder=${folder:-/}
    done
    df "$2" -- "$folder" 2>/dev/null | {
        read -r _
        read -r _ whole _ free _ at
        if [ -n "$at" ]; then say "$1" "$3 $whole $free $at"; fi
    }
}

disks() {
    for path in /var/lib/rancher /usr/local /var/log/audit /tmp; do
        free space -Pk "$path"
    done
    free inodes -Pi /var/lib/rancher
    while read -r _ at _ options _; do
        case $at in
        / | /var | /var/lib | /var/lib/rancher | /var/lib/rancher/rke2 | /var/lib/kubelet | /usr | /usr/local | /opt)
            case ,$options, in
            *,noexec,*) say mount "$at noexec" ;;
            *) say mount "$at exec" ;;
            esac
            ;;
        esac
    done </proc/self/mounts
}

kernel() {
    for name in vm.panic_on_oom vm.overcommit_memory kernel.panic kernel.panic_on_oops; do
        say_line "setting.$name" "/proc/sys/$(echo "$name" | tr . /)"
    done
    say_line fips /proc/sys/crypto/fips_enabled
    say_line selinux /sys/fs/selinux/enforce
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        say cgroup 2
    elif [ -d /sys/fs/cgroup ]; then
        say cgroup 1
    fi
}

# Ports that somebody has, by protocol, in hexadecimal: the state of a socket that listens is given.
sockets() {
    for file in "/proc/net/$1" "/proc/net/${1}6"; do
        if [ -r "$file" ]; then
            while read -r _ here _ state _; do
                if [ "$state" = "$2" ]; then say port "$1 ${here##*:}"; fi
            done <"$file"
        fi
    done | sort -u
    if [ -r "/proc/net/$1" ]; then say looked "$1"; fi
}

routes() {
    if [ ! -r /proc/net/route ]; then return; fi
    while read -r link to _ _ _ _ _ mask _; do
        if [ "$to $mask" = "00000000 00000000" ]; then say default-route "4 $link"; fi
    done </proc/net/route
    if [ -r /proc/net/ipv6_route ]; then
        while read -r to length _ _ _ _ _ _ _ link; do
            if [ "$to $length" = "00000000000000000000000000000000 00" ] && [ "$link" != lo ]; then
                say default-route "6 $link"
            fi
        done </proc/net/ipv6_route
    fi
    say looked routes
}

network() {
    sockets tcp 0A
    sockets udp 07
    routes
    for link in /sys/class/net/*; do
        if [ -r "$link/mtu" ]; then say_line "mtu.${link##*/}" "$link/mtu"; fi
    done
    if has ip; then
        ip -o address show 2>/dev/null | while read -r _ link _ address _; do
            say address "$link ${address%%/*}"
        done
        say looked addresses
    fi
}

services() {
    if ! has systemctl; then return; fi
    for unit in fapolicyd firewalld ufw NetworkManager nm-cloud-setup.timer; do
        say unit "$unit $(systemctl is-active "$unit" 2>/dev/null)"
    done
    say_if_there fapolicyd-rules /etc/fapolicyd/rules.d/80-rke2.rules
    say looked units
}

clusters() {
    for path in /usr/local/bin/rke2 /usr/bin/rke2 /opt/rke2/bin/rke2 /etc/rancher/rke2/config.yaml; do
        say_if_there rke2 "$path"
    done
    for path in /var/lib/rancher/rke2/server/db /var/lib/rancher/rke2/agent/kubelet.kubeconfig; do
        say_if_there rke2-data "$path"
    done
    say_if_there etcd /var/lib/rancher/rke2/server/db/etcd
    for path in /usr/local/bin/k3s /var/lib/rancher/k3s /etc/kubernetes/kubelet.conf /var/lib/microk8s; do
        say_if_there other-cluster "$path"
    done
    # What need not be brought again: archives of images by size and name, and the digest of the program's.
    if [ -r /var/lib/rancher/rke2/agent/images ]; then
        for file in /var/lib/rancher/rke2/agent/images/*; do
            if [ -f "$file" ]; then say archive "$(wc -c <"$file") ${file##*/}"; fi
        done
    fi
    say_line program /var/lib/sre/rke2/program.sha256
    # A digest tells whether it is the token of this site, and tells nobody the token.
    token=/etc/rancher/rke2/agent-token
    if [ -r "$token" ] && has sha256sum; then
        say token "$({ printf 'sre-preflight ' && cat "$token"; } | sha256sum | cut -d ' ' -f 1)"
    fi
    say looked clusters
}

# Nothing runs before all of this has arrived, and nothing reads what is left of it as its input.
main() {
    system
    machine
    disks
    kernel
    network
    services
    clusters
    say end 1
}
main </dev/null
