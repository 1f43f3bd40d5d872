//! The table of all checks: what each looks at, and what to do when it fails.

use std::fmt::Write as _;

use super::Finding;
use super::node::{
    Called, Subject, access, cluster, disks, kernel, keys, machine, network, services, system,
};

/// A check that is made on every node.
pub struct NodeCheck {
    /// Its name, in answers and documents.
    pub id: &'static str,
    /// What it looks at.
    pub what: &'static str,
    /// What to do when it fails.
    pub remedy: &'static str,
    pub(super) judge: Judge,
}

/// What a check of a node looks at.
pub(super) enum Judge {
    /// How the visit went.
    Visit(fn(&Called) -> Finding),
    /// What the node said.
    Facts(fn(&Subject<'_>) -> Finding),
}

const fn visit(
    id: &'static str,
    what: &'static str,
    judge: fn(&Called) -> Finding,
    remedy: &'static str,
) -> NodeCheck {
    NodeCheck { id, what, remedy, judge: Judge::Visit(judge) }
}

const fn facts(
    id: &'static str,
    what: &'static str,
    judge: fn(&Subject<'_>) -> Finding,
    remedy: &'static str,
) -> NodeCheck {
    NodeCheck { id, what, remedy, judge: Judge::Facts(judge) }
}

/// The checks of every node, in the order in which they are told.
pub const NODE_CHECKS: &[NodeCheck] = &[
    visit(
        "ssh",
        "that the user of `[ssh]` logs in with its key, and that the host is who it was",
        access::ssh,
        "check address, port, user and key; the message says which",
    ),
    visit(
        "root",
        "that the user becomes root as `[become]` says",
        access::root,
        "log in, try `sudo -v`, and write what it needs under `[become]`",
    ),
    facts(
        "key-kinds",
        "that no key of SSH is ed25519 where hardening makes the node refuse that kind: the one that logs in, the node's own, those of administrators",
        keys::kinds,
        "take ecdsa or rsa: `ssh-keygen -t ecdsa -b 384`",
    ),
    facts(
        "python",
        "`/usr/bin/python3`, version 3.8 or later, which Ansible runs with",
        system::python,
        "install `python3` from the system's own media",
    ),
    facts(
        "system",
        "Rocky Linux, AlmaLinux or RHEL 9, Ubuntu 22.04, Debian 12",
        system::distribution,
        "install one of these systems on the node",
    ),
    facts(
        "packages",
        "that the bundle brings packages for this system, for Red Hat's family with SELinux's policy for RKE2",
        system::packages,
        "carry `[[rpm]]` for Red Hat's family, `[[deb]]` for Debian's",
    ),
    facts(
        "architecture",
        "x86-64, which releases of RKE2 in a bundle are for",
        system::architecture,
        "take a machine with an x86-64 processor",
    ),
    facts(
        "init",
        "that systemd is process 1",
        system::init,
        "take a whole machine, and no container",
    ),
    facts(
        "hostname",
        "that it is the name of the site file, or at least that of no other node",
        system::hostname,
        "run `hostnamectl set-hostname NAME` with the node's name of the site file",
    ),
    facts(
        "resolves",
        "that the host name has an address",
        system::resolves,
        "write the host name behind 127.0.1.1 in `/etc/hosts`",
    ),
    facts(
        "clock",
        "that it differs from the admin host's by 30 s at most; more than 2 s is doubtful",
        system::clock,
        "set it by `date`, and see that the time servers of the site answer",
    ),
    facts(
        "memory",
        "4 GiB for a server and 2 GiB for an agent; less than 8 and 4 is doubtful",
        machine::memory,
        "give the machine more memory",
    ),
    facts(
        "cores",
        "2 cores; a server with less than 4 is doubtful",
        machine::cores,
        "give the machine more processors",
    ),
    facts(
        "swap",
        "that there is none: RKE2's kubelet would start with it, but Kubernetes advises against it, and the playbooks refuse such a node",
        machine::swap,
        "run `swapoff -a` and remove swap from `/etc/fstab`",
    ),
    facts(
        "space-rancher",
        "`/var/lib/rancher`: RKE2's archives of this bundle that are not there yet, four times, and 5 GiB, or 1 GiB where RKE2 of this site is there; a whole below 100 GiB is doubtful",
        disks::rancher,
        "give `/var/lib/rancher` a larger file system of its own",
    ),
    facts(
        "inodes",
        "free inodes below `/var/lib/rancher`: 100,000; less than 500,000 is doubtful",
        disks::inodes,
        "make its file system anew with more inodes",
    ),
    facts(
        "space-programs",
        "`/usr/local`: RKE2's program, four times, unless that very one is there",
        disks::programs,
        "make room in `/usr/local`",
    ),
    facts(
        "space-audit",
        "`/var/log/audit`: 1 GiB; less than `audit-storage`, or no file system of its own, is doubtful",
        disks::audit,
        "give `/var/log/audit` a file system of its own: when it is full, a hardened host halts",
    ),
    facts(
        "space-tmp",
        "`/tmp`: 64 MiB; less than 512 MiB is doubtful",
        disks::tmp,
        "make room in `/tmp`",
    ),
    facts(
        "noexec",
        "that programs may run from `/var/lib/rancher`, `/var/lib/kubelet`, `/usr/local` and `/opt`",
        disks::noexec,
        "remove `noexec` from its line in `/etc/fstab`, and mount it again",
    ),
    facts(
        "cgroup",
        "cgroup version 2, which Kubernetes wants from 1.35 on",
        kernel::cgroup,
        "start the kernel with `systemd.unified_cgroup_hierarchy=1`",
    ),
    facts(
        "kernel-settings",
        "the four settings that stop RKE2 under `profile: cis`; hardening sets them",
        kernel::settings,
        "nothing: hardening sets them",
    ),
    facts(
        "selinux",
        "that it is on, on systems of Red Hat's family; hardening turns it on",
        kernel::selinux,
        "nothing, but a restart: hardening turns it on",
    ),
    facts(
        "fips",
        "FIPS mode, where the site requires it",
        kernel::fips,
        "install the system in FIPS mode, or write `fips = \"preferred\"` with a deviation",
    ),
    facts(
        "fapolicyd",
        "that it lets RKE2 run; hardening writes its rules",
        services::fapolicyd,
        "stop fapolicyd, or choose `stig` or `cis` as `profile`",
    ),
    facts(
        "services",
        "firewalld, ufw and NetworkManager, which work against pods; hardening masks or tells them",
        services::others,
        "nothing: hardening masks firewalld, ufw and nm-cloud-setup, and tells NetworkManager",
    ),
    facts(
        "address",
        "that the address of the site file is one of the node's own",
        network::address,
        "correct `address` in the site file; a translated one is none",
    ),
    facts(
        "mtu",
        "the largest packet of the interface with that address: the same on all nodes; another one is doubtful, and fails where the site file names `mtu`",
        network::mtu,
        "set the same MTU on all nodes",
    ),
    facts(
        "default-route",
        "a default route, unless the site names no `gateway`",
        network::default_route,
        "set the route to the `gateway` of the site file",
    ),
    facts(
        "ports",
        "that nobody has the ports that RKE2 needs",
        network::ports,
        "stop what has them: `ss -lntup` names it",
    ),
    facts(
        "cluster",
        "that there is no RKE2 of another cluster, no k3s, and no data of one; and that a first server without data of etcd would begin no second cluster",
        cluster::cluster,
        "run its uninstall script (`rke2-uninstall.sh`, `k3s-uninstall.sh`) if nobody needs it, or take another machine",
    ),
];

/// A check that is made on the admin host.
pub struct AdminCheck {
    /// Its name, in answers and documents.
    pub id: &'static str,
    /// What it looks at.
    pub what: &'static str,
    /// What to do when it fails.
    pub remedy: &'static str,
}

const fn admin(id: &'static str, what: &'static str, remedy: &'static str) -> AdminCheck {
    AdminCheck { id, what, remedy }
}

/// The checks of the admin host, in the order in which they are told.
pub const ADMIN_CHECKS: &[AdminCheck] = &[
    admin(
        "bundle",
        "that the bundle brings what the site needs: RKE2, its network plugin, keys of repositories",
        "build the bundle with what is missing",
    ),
    admin("deviations", "that no deviation ends within 30 days", "have it approved again"),
    admin(
        "secrets",
        "that every secret is where the site file says; it is never shown",
        "put it where the site file says, or correct the site file",
    ),
    admin(
        "folder",
        "that the folder of the site can be written and is for its owner alone",
        "run as its owner, or name another one with `--files`",
    ),
    admin(
        "state-space",
        "512 MiB in the state directory; less than 2 GiB is doubtful",
        "make room, or name another place with `--state`",
    ),
    admin(
        "ssh-key",
        "the private keys of `[ssh]`: there, for nobody else to read, and without a passphrase that nobody is there to give",
        "`chmod 600` the key, and name it in the site file",
    ),
    admin("ssh-client", "the client of OpenSSH", "install `openssh-client`, or `openssh-clients`"),
    admin(
        "ansible",
        "the Ansible of the bundle and the Python of this machine that it is built for, or the one of `--ansible-playbook`: 2.16 or later",
        "carry Ansible in the bundle, and install the Python that it names",
    ),
    admin(
        "seed-address",
        "the address by which nodes reach the seed server",
        "write `address` in `[seed-server]` of the site file",
    ),
    admin(
        "seed-port",
        "that nobody else has the port of the seed server",
        "write another `port` in `[seed-server]`, or stop what has this one",
    ),
];

/// Renders the checks as tables in Markdown, as `docs/phases/preflight.md` has them.
#[must_use]
pub fn tables() -> String {
    let rows = ADMIN_CHECKS.iter().map(|check| (check.id, check.what, check.remedy));
    let mut text = "### On the admin host\n\n".to_owned() + &table(rows);
    let rows = NODE_CHECKS.iter().map(|check| (check.id, check.what, check.remedy));
    text.push_str("\n### On every node\n\n");
    text + &table(rows)
}

fn table(rows: impl Iterator<Item = (&'static str, &'static str, &'static str)>) -> String {
    let mut text = "| check | looks at | when it fails |\n|---|---|---|\n".to_owned();
    for (id, what, remedy) in rows {
        _ = writeln!(text, "| `{id}` | {what} | {remedy} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_checks_of_a_host_have_one_name() {
        for ids in [
            NODE_CHECKS.iter().map(|check| check.id).collect::<Vec<_>>(),
            ADMIN_CHECKS.iter().map(|check| check.id).collect(),
        ] {
            let different: std::collections::BTreeSet<_> = ids.iter().collect();
            assert_eq!(different.len(), ids.len(), "{ids:?}");
        }
    }
}
