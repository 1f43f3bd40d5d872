//! Packages across the gap: locked from a real repository, served from the bundle, installed by apt.

use super::family::Family;
use sre_testkit::Upstream;
use sre_tests::{Apt, Program, Ran, Running, address_in, ours};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

/// A folder in which a person locks and builds packages of a publisher.
struct Desk {
    family: Family,
    upstream: Upstream,
    folder: TempDir,
}

impl Desk {
    fn open() -> Self {
        let (family, upstream) = (Family::build(), Upstream::plain());
        let desk = Self { family, upstream, folder: tempfile::tempdir().unwrap() };
        desk.publish();
        desk.manifest("publisher.asc", "packages = [\"app\"]");
        desk.bundle("keygen --out site").ok();
        desk
    }

    /// Puts the publisher's repository on the server.
    fn publish(&self) {
        let root = self.family.path("upstream");
        for entry in walkdir::WalkDir::new(&root).into_iter().map(Result::unwrap) {
            if entry.file_type().is_file() {
                let name = entry.path().strip_prefix(&root).unwrap().display().to_string();
                // A server reads the escape of a percent sign as the sign itself.
                let name = name.replace('%', "%25");
                let bytes = fs::read(entry.path()).unwrap();
                self.upstream.put_file(&format!("/{name}"), "application/octet-stream", bytes);
            }
        }
        fs::write(self.path("publisher.asc"), self.family.key()).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn manifest(&self, keys: &str, set: &str) {
        let text = format!(
            "[bundle]\nname = \"sre\"\nversion = \"1.0.0\"\n[registry.\"{host}\"]\nplain-http = true\n\
             [[deb]]\nname = \"hosts\"\nbase = \"none\"\n{set}\n[[deb.repository]]\n\
             url = \"http://{host}\"\nsuites = [\"stable\"]\ncomponents = [\"main\"]\nkeys = [\"{keys}\"]\n",
            host = self.upstream.host(),
        );
        fs::write(self.path("manifest.toml"), text).unwrap();
    }

    fn bundle(&self, words: &str) -> Ran {
        ours::sre_bundle_in(self.folder.path()).args(words.split_whitespace()).run()
    }

    fn serve(&self) -> (Running, String) {
        let serve = ours::sre_install()
            .folder(self.folder.path())
            .env("SRE_STATE", self.path("state"))
            .args(["serve", "--bundle", "sre.tar.zst", "--key", "site.pub"])
            .args(["--listen", "127.0.0.1:0", "--plain-http"]);
        Running::start(serve, address_in)
    }

    /// Gives an apt that believes a key and knows the repository of the server.
    fn apt(&self, host: &str, key: &str) -> Apt {
        let key = self.path(key).display().to_string();
        Apt::new(&format!("deb [signed-by={key}] http://{host}/deb/hosts hosts main"), "")
    }
}

#[test]
fn apt_installs_from_a_served_bundle_what_the_site_signed_and_nothing_else() {
    let desk = Desk::open();
    desk.bundle("lock").ok();
    desk.bundle("build --key site.key --repository-key site.pgp.key").ok();
    let (_running, host) = desk.serve();
    let apt = desk.apt(&host, "site.pgp.pub");
    apt.update().ok();
    apt.install(&["app"]).ok();
    let file = fs::read_to_string(apt.root().join("usr/share/library/file")).unwrap();
    assert_eq!(file, "library 2.0-1\n");
    assert!(apt.root().join("usr/share/app/file").exists());
    assert!(apt.root().join("usr/share/script/file").exists());
    let other = apt.get().args(["--simulate", "install", "other"]).run().fails_with(100);
    // What is carried excludes it, so apt has heard the name.
    assert!(other.contains("'other' has no installation candidate"), "{other}");

    let stranger = desk.apt(&host, "publisher.asc").update().fails_with(100);
    assert!(stranger.contains("NO_PUBKEY"), "{stranger}");
    let key = Program::tool("curl").args(["-sf", &format!("http://{host}/deb/hosts/key.asc")]);
    assert_eq!(key.run().ok(), fs::read_to_string(desk.path("site.pgp.pub")).unwrap());
}

#[test]
fn apt_refuses_a_bundle_whose_repositories_nobody_signed() {
    let desk = Desk::open();
    desk.bundle("lock").ok();
    desk.bundle("build --key site.key").fails_with(2);
    desk.bundle("build --key site.key --unsigned-repositories").ok();
    let (_running, host) = desk.serve();
    let said = desk.apt(&host, "site.pgp.pub").update().fails_with(100);
    assert!(said.contains("is not signed"), "{said}");
}

#[test]
fn a_publisher_whose_key_expired_or_is_another_is_not_believed() {
    let desk = Desk::open();
    fs::write(desk.path("stranger.asc"), desk.family.other_key("stranger", "never")).unwrap();
    desk.manifest("stranger.asc", "packages = [\"app\"]");
    let said = desk.bundle("lock").fails_with(7);
    assert!(said.contains("no key of the manifest vouches for"), "{said}");
    desk.family.sign_with_expired_key();
    desk.publish();
    desk.manifest("publisher.asc", "packages = [\"app\"]");
    let said = desk.bundle("lock").fails_with(7);
    assert!(said.contains("its key expired at 2025-01-02T00:00:00Z"), "{said}");
}

#[test]
fn the_lock_names_who_signed_and_the_same_bytes_come_twice() {
    let desk = Desk::open();
    desk.bundle("lock").ok();
    let lock = fs::read_to_string(desk.path("images.lock")).unwrap();
    assert!(lock.contains("repository-signature"), "{lock}");
    desk.bundle("build --key site.key --repository-key site.pgp.key").ok();
    let first = fs::read(desk.path("sre.tar.zst")).unwrap();
    fs::remove_file(desk.path("sre.tar.zst")).unwrap();
    fs::remove_dir_all(desk.path("cache")).unwrap();
    desk.bundle("build --key site.key --repository-key site.pgp.key").ok();
    assert!(fs::read(desk.path("sre.tar.zst")).unwrap() == first);
}
