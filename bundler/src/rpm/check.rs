//! Every package of a finished bundle, checked once more before anything is signed.
//!
//! What `lock` saw of a package is its head, which came by a request of its own: only the whole package tells
//! that its payload is the one which the signed head names, and that it is the package it was taken for.

use std::io::{self, BufReader, Read};
use std::path::Path;

use sre_format::Timestamp;
use sre_format::bundle::{Entry, EntryKind, FileError, VerifiedBundle, open_file};
use sre_format::manifest::RpmSet;
use sre_openpgp::Keyring;
use sre_rpm::Checksum;
use sre_rpm::package::PackageFile;
use sre_steps::PhaseReporter;

use super::error::RpmError;
use super::place::{folder, package_path};
use crate::publisher_keys::read_keyring;

/// The repositories of a bundle with the keys of which one must have signed each package.
pub(crate) struct PackageChecks(Vec<PackageCheck>);

struct PackageCheck {
    set: String,
    /// The folder of the packages.
    folder: String,
    /// Nothing where the manifest believes packages that nobody has signed.
    keys: Option<Keyring>,
}

impl PackageChecks {
    /// Reads the keys that the manifest names.
    pub(crate) fn of(sets: &[RpmSet], manifest_folder: &Path) -> Result<Self, RpmError> {
        let check = |set: &RpmSet| -> Result<PackageCheck, RpmError> {
            // The repositories of a set are all signed, or none of them is.
            let files: Vec<&String> =
                set.repositories.iter().flat_map(|repository| &repository.keys).collect();
            let is_signed = !files.is_empty();
            let keys = is_signed.then(|| read_keyring(manifest_folder, files)).transpose()?;
            let folder = format!("{}/packages/", folder(&set.name));
            Ok(PackageCheck { set: set.name.clone(), folder, keys })
        };
        sets.iter().map(check).collect::<Result<_, _>>().map(Self)
    }

    /// Checks every package of a bundle that is finished but for its signatures.
    pub(crate) fn check(&self, bundle: &Path, phase: &PhaseReporter) -> Result<(), RpmError> {
        let refused = |source| RpmError::Bundle(FileError::of(bundle, source));
        let bundle_file = open_file(bundle).map_err(RpmError::Bundle)?;
        // Every piece that is read is checked against the tables that were written a moment ago.
        let opened = bundle_file.blindly_believe_unsigned().map_err(refused)?;
        let now = Timestamp::now();
        for entry in opened.table().entries.iter().filter(|entry| is_package(entry)) {
            let check = self.0.iter().find(|one| entry.path.as_str().starts_with(&one.folder));
            let check = check.ok_or_else(|| RpmError::Unasked { path: entry.path.clone() })?;
            check.one(&opened, entry, now)?;
            phase.advance(1);
        }
        Ok(())
    }
}

impl PackageCheck {
    fn one(&self, bundle: &VerifiedBundle, entry: &Entry, now: Timestamp) -> Result<(), RpmError> {
        let reader = BufReader::new(Content { bundle, entry, next: 0, piece: Vec::new(), at: 0 });
        let like = Checksum::Sha256(*entry.digest.as_bytes());
        let package = PackageFile::read(reader, &like);
        let checked = package.and_then(|package| {
            match &self.keys {
                Some(keys) => package.verify(keys, now).map(drop)?,
                None => package.check_payload()?,
            }
            Ok(package.nevra().clone())
        });
        let found =
            checked.map_err(|source| RpmError::Carried { path: entry.path.clone(), source })?;
        // An older package of the same publisher has a good signature, too.
        if package_path(&self.set, &found)? != entry.path {
            return Err(RpmError::OtherPackage { path: entry.path.clone(), found });
        }
        Ok(())
    }
}

/// Tells packages from the metadata and the keys beside them.
fn is_package(entry: &Entry) -> bool {
    entry.kind == EntryKind::Rpm && entry.path.as_str().split('/').nth(2) == Some("packages")
}

/// The content of an entry as a stream, MiB by MiB.
struct Content<'a> {
    bundle: &'a VerifiedBundle,
    entry: &'a Entry,
    next: u64,
    piece: Vec<u8>,
    at: usize,
}

impl Read for Content<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.piece.len() {
            if self.next << 20 >= self.entry.size {
                return Ok(0);
            }
            let read = self.bundle.read_chunk(self.entry, self.next, &mut self.piece);
            read.map_err(io::Error::other)?;
            (self.next, self.at) = (self.next + 1, 0);
        }
        let read = (&self.piece[self.at..]).read(buffer)?;
        self.at += read;
        Ok(read)
    }
}
