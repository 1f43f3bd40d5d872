//! The stand-in for RKE2, packed as RKE2's own archive is, and the real programs that it starts.

use super::Host;
use crate::Program;
use crate::program::place_of;
use std::ffi::OsString;
use std::fs;

/// The version that a bundle has, unless a test wants another one.
pub const VERSION: &str = "v1.35.7+rke2r1";

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/stand_ins/rke2");
/// Where the stand-in looks for programs, unless its unit's environment names another folder.
const FOLDER: &str = "/opt/kubernetes/bin";
const PROGRAMS: [&str; 7] = [
    "etcd",
    "etcdctl",
    "etcdutl",
    "kube-apiserver",
    "kube-controller-manager",
    "kube-scheduler",
    "kubectl",
];

/// The four settings of the kernel without which RKE2 refuses `profile: cis`.
const KERNEL: [(&str, &str); 4] = [
    ("vm/overcommit_memory", "1"),
    ("vm/panic_on_oom", "0"),
    ("kernel/panic", "10"),
    ("kernel/panic_on_oops", "1"),
];

/// Shows the stand-in on a host settings of a kernel as hardening makes them: containers share that of this
/// machine, which no test changes.
pub(super) fn show_kernel_settings(host: &Host) {
    let folder = host.path("/opt/kernel-settings");
    for (name, value) in KERNEL {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, format!("{value}\n")).unwrap();
    }
    for unit in ["rke2-server", "rke2-agent"] {
        let line = "RKE2_STAND_IN_SYSCTLS=/opt/kernel-settings\n";
        fs::write(host.path("/etc/default").join(unit), line).unwrap();
    }
}

/// Packs the stand-in as `rke2.linux-amd64.tar.gz`: the same bytes for the same files and version.
pub fn archive(version: &str) -> Vec<u8> {
    let scratch = tempfile::tempdir().unwrap();
    let (tree, packed) = (scratch.path().join("tree"), scratch.path().join("rke2.tar.gz"));
    Program::tool("cp").args(["-r", SOURCE]).arg(&tree).run().ok();
    fs::write(tree.join("lib/rke2_stand_in/VERSION"), format!("{version}\n")).unwrap();
    Program::tool("tar")
        .folder(&tree)
        .args(["--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"])
        .args(["--mode=u=rwX,go=rX", "--exclude=__pycache__", "--use-compress-program=gzip -n"])
        .arg("-cf")
        .arg(&packed)
        .args(["bin", "lib", "share"])
        .run()
        .ok();
    fs::read(packed).unwrap()
}

/// Gives the options by which `systemd-nspawn` shows a host the programs of Kubernetes and etcd, read-only.
pub(super) fn binds() -> impl Iterator<Item = OsString> {
    PROGRAMS.iter().map(|name| {
        // What the folder of tools has is a link.
        let mut option = OsString::from("--bind-ro=");
        option.push(fs::canonicalize(place_of(name)).unwrap());
        option.push(format!(":{FOLDER}/{name}"));
        option
    })
}
