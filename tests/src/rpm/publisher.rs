//! A publisher of packages: a key, packages signed with it, and a server that gives out the repository.

use std::fs;
use std::path::{Path, PathBuf};

use sre_testkit::Upstream;
use tempfile::TempDir;
use walkdir::WalkDir;

use super::family::{self, Recipe};
use crate::{Gnupg, Program};

/// The name on the publisher's key.
const USER: &str = "publisher";

/// A publisher with a repository on a server.
pub struct Publisher {
    gnupg: Gnupg,
    folder: TempDir,
    upstream: Upstream,
}

impl Publisher {
    /// Builds packages, signs each, indexes them, signs the index, and puts all of it on a server.
    pub fn of(recipes: &[Recipe]) -> Self {
        let gnupg = Gnupg::new();
        gnupg.generate(USER, "rsa3072", &[]);
        let folder = tempfile::tempdir().unwrap();
        let publisher = Self { gnupg, folder, upstream: Upstream::plain() };
        let packages = family::build(publisher.folder.path(), recipes);
        publisher.sign_packages(&packages, USER);
        publisher.publish(&[]);
        publisher
    }

    /// Gives the folder of the repository.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Gives the home of the keys.
    pub fn gnupg(&self) -> &Gnupg {
        &self.gnupg
    }

    /// Gives the server.
    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// Gives the file of the package of a name.
    pub fn package(&self, name: &str) -> PathBuf {
        let files = fs::read_dir(self.folder().join("Packages")).unwrap();
        let mut files = files.map(|entry| entry.unwrap().path());
        let begins = |path: &PathBuf| {
            let file = path.file_name().unwrap().to_str().unwrap();
            file.strip_prefix(&format!("{name}-"))
                .is_some_and(|rest| rest.starts_with(char::is_numeric))
        };
        files.find(begins).unwrap()
    }

    /// Gives the public key of somebody, armored.
    pub fn key(&self, user: &str) -> Vec<u8> {
        self.gnupg.export(user)
    }

    /// Gives the publisher's own public key.
    pub fn own_key(&self) -> Vec<u8> {
        self.key(USER)
    }

    /// Signs packages in place.
    pub fn sign_packages(&self, packages: &[PathBuf], user: &str) {
        Program::tool("rpmsign")
            // Debian has no `gpg2`, which its rpm would call.
            .args(["--define", "__gpg /usr/bin/gpg"])
            .args(["--define", &format!("_gpg_name {user}"), "--addsign"])
            .args(packages)
            .env("GNUPGHOME", self.gnupg.path(""))
            .env("HOME", self.folder())
            .run()
            .ok();
    }

    /// Indexes the packages, signs the index, and puts everything on the server.
    pub fn publish(&self, options: &[&str]) {
        family::index(self.folder(), options);
        self.sign_index(USER);
        self.serve();
    }

    /// Signs the index.
    pub fn sign_index(&self, user: &str) {
        let index = self.folder().join("repodata/repomd.xml");
        let signature = self.gnupg.sign(user, &fs::read(&index).unwrap(), &[]);
        fs::write(self.folder().join("repodata/repomd.xml.asc"), signature).unwrap();
    }

    /// Puts what is in the folder on the server.
    pub fn serve(&self) {
        for entry in WalkDir::new(self.folder()) {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(self.folder()).unwrap();
                let content = fs::read(entry.path()).unwrap();
                let path = format!("/repo/{}", path.display());
                self.upstream.put_file(&path, "application/octet-stream", content);
            }
        }
    }

    /// Gives the base URL of the repository.
    pub fn url(&self) -> String {
        format!("{}/repo", self.upstream.url())
    }
}
