//! Secrets of a site are where they must be, and nowhere else.

use super::standing::Standing;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

#[test]
fn no_secret_is_told_or_left_where_others_read() {
    let standing = Standing::shared();
    let Standing { site, answer, commands, .. } = standing;
    let _alone = standing.alone();
    // It is asked for, so it was given.
    site.nodes[0].root("runuser -u sre -- sudo -n true").run().fails_with(1);
    let tokens = ["out/secrets/server-token", "out/secrets/agent-token"].map(|name| {
        let path = site.path(name);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        fs::read_to_string(path).unwrap().trim().to_owned()
    });
    let secrets: Vec<_> = tokens.into_iter().chain([site.password()]).collect();
    let is_told = |text: &[u8]| {
        secrets
            .iter()
            .any(|secret| text.windows(secret.len()).any(|window| window == secret.as_bytes()))
    };
    assert!(!is_told(answer.to_string().as_bytes()), "{answer}");
    assert!(commands.iter().any(|line| line.contains("ansible")), "no process was seen");
    let told: Vec<_> = commands.iter().filter(|line| is_told(line.as_bytes())).collect();
    assert!(told.is_empty(), "{told:?}");
    for host in site.nodes.iter().chain([&site.admin]) {
        let journal = host.root("journalctl --no-pager -o cat").run().ok();
        assert!(!is_told(journal.as_bytes()), "the journal of {} has a secret", host.name());
    }
    let kept = [site.path("out/secrets"), site.path("sudo-password.txt")];
    let secret = |path: &Path| kept.iter().any(|kept| path.starts_with(kept));
    // All that the installer wrote: receipts, journals, logs, inventory.
    let ours = [site.path(""), site.admin.path("/var/lib/sre")];
    let ours: Vec<_> = ours.iter().flat_map(|folder| files(folder)).collect();
    for name in ["harden.jsonl", "harden.log", "harden.json", "inventory.json"] {
        let is_there = |path: &PathBuf| path.to_string_lossy().ends_with(name);
        assert!(ours.iter().any(is_there), "no {name} among {ours:?}");
    }
    let bundle = site.path("sre.tar.zst");
    let open = site.nodes.iter().flat_map(|host| files(&host.changed())).filter(|path| {
        fs::metadata(path).is_ok_and(|found| found.permissions().mode() & 0o004 != 0)
    });
    let told: Vec<_> = ours
        .into_iter()
        .filter(|path| !secret(path) && *path != bundle)
        .chain(open)
        // Logs and temporary files of hosts that run may be gone by now.
        .filter(|path| fs::read(path).is_ok_and(|bytes| is_told(&bytes)))
        .collect();
    assert!(told.is_empty(), "{told:?}");
}

fn files(folder: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_file()).map(walkdir::DirEntry::into_path)
}
