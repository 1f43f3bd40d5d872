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
        self.put("repo", self.folder());
    }

    /// Puts a folder on the server, at a place of its own.
    pub fn put(&self, place: &str, folder: &Path) {
        for entry in WalkDir::new(folder) {
            let entry = entry.unwrap();
            if entry.file_type().is_file() {
                let path = entry.path().strip_prefix(folder).unwrap();
                let path = format!("{place}/{}", path.display());
                self.put_file(&path, fs::read(entry.path()).unwrap());
            }
        }
    }

    /// Puts one file on the server.
    pub fn put_file(&self, path: &str, content: impl Into<Vec<u8>>) {
        let path = format!("/{path}");
        self.upstream.put_file(&path, "application/octet-stream", content.into());
    }

    /// Publishes some of the packages once more, as a repository at a place of its own; gives its folder.
    pub fn publish_some(&self, place: &str, names: &[&str], options: &[&str]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let packages = folder.path().join("Packages");
        fs::create_dir(&packages).unwrap();
        for name in names {
            let package = self.package(name);
            fs::copy(&package, packages.join(package.file_name().unwrap())).unwrap();
        }
        family::index(folder.path(), options);
        self.put(place, folder.path());
        folder
    }

    /// Gives the URL of a place.
    pub fn url_of(&self, place: &str) -> String {
        format!("{}/{place}", self.upstream.url())
    }

    /// Gives the base URL of the repository.
    pub fn url(&self) -> String {
        self.url_of("repo")
    }
}
