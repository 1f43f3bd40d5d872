//! The script that keeps modes, really run below a temporary root.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sre_rke2::modes;

/// What RKE2 leaves behind after a start, with the mode that it must have at the end.
const TREE: &[(&str, u32, u32)] = &[
    ("etc/rancher/rke2/config.yaml", 0o644, 0o600),
    ("etc/rancher/rke2/config.yaml.d/90-site.yaml", 0o644, 0o600),
    ("etc/rancher/rke2/a file with 'quotes' and blanks", 0o666, 0o600),
    ("var/lib/rancher/rke2/agent/kubelet.kubeconfig", 0o600, 0o640),
    ("var/lib/rancher/rke2/agent/client-ca.crt", 0o644, 0o600),
    ("var/lib/rancher/rke2/agent/serving-kubelet.key", 0o644, 0o600),
    ("var/lib/rancher/rke2/agent/etc/", 0o755, 0o700),
    ("var/lib/rancher/rke2/agent/etc/containerd/deep.crt", 0o644, 0o644),
    ("var/lib/rancher/rke2/agent/pod-manifests/", 0o755, 0o700),
    ("var/lib/rancher/rke2/data/", 0o755, 0o750),
    ("var/lib/rancher/rke2/data/v1.35.7/", 0o755, 0o750),
    ("var/lib/rancher/rke2/data/v1.35.7/bin/kubelet", 0o755, 0o750),
    ("var/lib/rancher/rke2/data/lock", 0o644, 0o640),
    ("var/lib/rancher/rke2/server/cred/", 0o755, 0o700),
    ("var/lib/rancher/rke2/server/db/", 0o755, 0o700),
    ("var/lib/rancher/rke2/server/tls/", 0o755, 0o700),
    ("var/lib/rancher/rke2/server/manifests/", 0o755, 0o750),
    ("var/lib/rancher/rke2/server/logs/", 0o755, 0o750),
    ("var/lib/rancher/rke2/server/token", 0o644, 0o600),
    ("var/lib/rancher/rke2/agent/containerd/layer/file.key", 0o644, 0o644),
];

struct Host {
    folder: tempfile::TempDir,
}

impl Host {
    fn new() -> Self {
        let host = Self { folder: tempfile::tempdir().unwrap() };
        for (path, _, _) in TREE {
            let full = host.path(path);
            let parent = if path.ends_with('/') { &full } else { full.parent().unwrap() };
            fs::create_dir_all(parent).unwrap();
            if !path.ends_with('/') {
                fs::write(&full, path).unwrap();
            }
        }
        host.spoil();
        fs::write(host.path("modes"), modes::script()).unwrap();
        host
    }

    /// Sets the modes that RKE2 sets at each start.
    fn spoil(&self) {
        for (path, before, _) in TREE {
            set_mode(&self.path(path), *before);
        }
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    #[expect(clippy::disallowed_methods, reason = "a test that runs what we generate")]
    fn run(&self) -> Output {
        let owner = fs::metadata(self.folder.path()).unwrap();
        Command::new("sh")
            .arg(self.path("modes"))
            .env("SRE_ROOT", self.folder.path())
            .env("SRE_OWNER", format!("{}:{}", owner.uid(), owner.gid()))
            .output()
            .unwrap()
    }

    fn assert_kept(&self) {
        for (path, _, after) in TREE {
            assert_eq!(mode(&self.path(path)), *after, "{path}");
        }
    }
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn lines(output: &Output) -> usize {
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().count()
}

#[test]
fn mends_wrong_modes_and_changes_nothing_the_second_time() {
    let host = Host::new();
    let first = host.run();
    assert!(first.status.success());
    let wrong = TREE.iter().filter(|(_, before, after)| before != after).count();
    assert_eq!(lines(&first), wrong, "{}", String::from_utf8_lossy(&first.stdout));
    host.assert_kept();
    let second = host.run();
    assert!(second.status.success());
    assert_eq!(lines(&second), 0, "{}", String::from_utf8_lossy(&second.stdout));
    host.assert_kept();
}

#[test]
fn mends_again_what_a_restart_of_rke2_undoes() {
    let host = Host::new();
    assert!(host.run().status.success());
    host.spoil();
    assert!(host.run().status.success());
    host.assert_kept();
}

#[test]
fn follows_no_link_that_somebody_planted() {
    let host = Host::new();
    let outside = host.path("outside");
    fs::create_dir_all(outside.join("bin")).unwrap();
    for name in ["shadow", "bin/sh"] {
        fs::write(outside.join(name), name).unwrap();
        set_mode(&outside.join(name), 0o644);
    }
    set_mode(&outside, 0o755);
    let data = "var/lib/rancher/rke2";
    symlink(outside.join("shadow"), host.path("etc/rancher/rke2/planted.yaml")).unwrap();
    symlink(outside.join("shadow"), host.path(data).join("agent/planted.key")).unwrap();
    symlink(&outside, host.path(data).join("data/planted")).unwrap();
    // RKE2 itself has a link there, to the newest folder below data.
    symlink("data/v1.35.7/bin", host.path(data).join("bin")).unwrap();
    fs::remove_dir(host.path(data).join("server/logs")).unwrap();
    symlink(&outside, host.path(data).join("server/logs")).unwrap();
    let output = host.run();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(mode(&outside), 0o755);
    for name in ["shadow", "bin/sh"] {
        assert_eq!(mode(&outside.join(name)), 0o644, "{name}");
    }
}

#[test]
fn says_so_when_a_whole_folder_is_a_link() {
    let host = Host::new();
    let moved = host.path("elsewhere");
    fs::rename(host.path("var/lib/rancher/rke2"), &moved).unwrap();
    symlink(&moved, host.path("var/lib/rancher/rke2")).unwrap();
    let output = host.run();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("is a symbolic link, which is not followed"), "{message}");
    // The other folder is kept all the same.
    assert_eq!(mode(&host.path("etc/rancher/rke2/config.yaml")), 0o600);
    assert_eq!(mode(&moved.join("server/token")), 0o644);
}

#[test]
fn a_host_without_rke2_is_no_fault() {
    let host = Host { folder: tempfile::tempdir().unwrap() };
    fs::write(host.path("modes"), modes::script()).unwrap();
    let output = host.run();
    assert!(output.status.success());
    assert_eq!(lines(&output), 0);
}
