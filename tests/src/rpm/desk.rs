//! The desk at which somebody locks and builds packages of a publisher.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sre_format::lock::Lock;
use tempfile::TempDir;

use super::{Publisher, family};
use crate::{Ran, ours};

/// What a careful person says of a repository whose publisher signs everything.
pub const KEYS: &str = "keys = [\"publisher.asc\"]\nrepo-signature = true";

/// A folder in which a person locks and builds packages of a publisher.
pub struct Desk {
    /// Whose packages are carried.
    pub publisher: Publisher,
    folder: TempDir,
}

impl Desk {
    /// Opens a desk at a publisher of the whole family.
    pub fn open() -> Self {
        Self::at(Publisher::of(&family::recipes()))
    }

    /// Opens a desk at a publisher.
    pub fn at(publisher: Publisher) -> Self {
        let desk = Self { publisher, folder: tempfile::tempdir().unwrap() };
        fs::write(desk.path("publisher.asc"), desk.publisher.own_key()).unwrap();
        desk
    }

    /// Gives the folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Gives the path of a file in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a manifest with keys of the set and of its repository.
    pub fn manifest(&self, set: &str, repository: &str) {
        let url = self.publisher.url();
        self.manifest_of(set, &[("family", &format!("baseurl = \"{url}\"\n{repository}"))]);
    }

    /// Writes a manifest with keys of the set and of each of its repositories.
    pub fn manifest_of(&self, set: &str, repositories: &[(&str, &str)]) {
        let host = self.publisher.upstream().host();
        let mut text = format!(
            "[bundle]\nname = \"sre\"\nversion = \"1.0.0\"\n\
             [registry.\"{host}\"]\nplain-http = true\n[[rpm]]\nname = \"el9\"\n{set}\n"
        );
        for (name, keys) in repositories {
            writeln!(text, "[[rpm.repository]]\nname = \"{name}\"\n{keys}").unwrap();
        }
        fs::write(self.path("manifest.toml"), text).unwrap();
    }

    /// Runs `sre-bundle` in the folder.
    pub fn bundle(&self, words: &str) -> Ran {
        ours::sre_bundle_in(self.folder.path()).args(words.split_whitespace()).run()
    }

    /// Locks and wants it to fail.
    #[track_caller]
    pub fn lock_fails(&self, code: i32, says: &[&str]) {
        let said = self.bundle("lock").fails_with(code);
        for text in says {
            assert!(said.contains(text), "`{text}` in\n{said}");
        }
    }

    /// Reads the lock.
    pub fn lock(&self) -> Lock {
        Lock::parse("images.lock", &fs::read(self.path("images.lock")).unwrap()).unwrap()
    }
}
