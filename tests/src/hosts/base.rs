//! A minimal Debian that every host begins with.

use super::archive;
use crate::Program;
use crate::program::cache;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// What a machine has before anybody hardens it: an init, a way in, what Ansible needs, and what the stand-in for
/// RKE2 needs (`python3-yaml`, and `openssl`, which comes with the certificates).
const PACKAGES: &str = "systemd,systemd-sysv,openssh-server,python3,python3-apt,sudo,iproute2,dbus,\
    ca-certificates,libpam-systemd,netbase,passwd,procps,kmod,nftables,cron,curl,python3-yaml";

/// Gives the folder of the base, which nobody changes: hosts lay their own files over it.
///
/// It is kept in the user's cache under a name that holds the list of packages and suites, and made anew,
/// in about two minutes, when it is not there.
pub fn folder() -> &'static Path {
    static BASE: OnceLock<PathBuf> = OnceLock::new();
    BASE.get_or_init(|| {
        let sources = archive::sources_list(&archive::places());
        let digest = sre_format::Digest::of(format!("{PACKAGES}\n{sources}").as_bytes());
        let hosts = cache().join("hosts");
        let base = hosts.join(format!("base-{}", &digest.hex()[..16]));
        if !base.exists() {
            make(&hosts, &base, &sources);
        }
        base
    })
}

/// Makes a base beside its place, so that one that was cut off is never taken for whole.
fn make(hosts: &Path, base: &Path, sources: &str) {
    fs::create_dir_all(hosts).unwrap();
    let scratch = tempfile::tempdir_in(hosts).unwrap();
    let (list, made) = (scratch.path().join("sources.list"), scratch.path().join("base"));
    fs::write(&list, sources).unwrap();
    Program::tool("mmdebstrap")
        .args(["--quiet", "--variant=minbase", "--mode=root", "--format=directory"])
        .arg(format!("--include={PACKAGES}"))
        .args(["".as_ref(), made.as_os_str(), "-".as_ref()])
        .stdin(File::open(list).unwrap())
        .run()
        .ok();
    fs::rename(made, base).unwrap();
}
