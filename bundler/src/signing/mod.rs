//! Signatures in a bundle that is otherwise finished.
//!
//! [`sign_bundle`] opens the file, proves every byte of it, and rewrites the signature region in
//! place. Signatures of other keys stay, so that the holders of a threshold of keys sign one after
//! the other, each on a machine of their own; nothing else of the file changes.

mod error;

pub use error::SigningError;

use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use sre_format::bundle::{FileError, SignatureSlot, Table, UntrustedBundle, VerifiedBundle};
use sre_format::signature::{Form, PublicKey, SignatureFile};
use sre_format::trust::Trust;
use sre_steps::PhaseReporter;

use crate::keys::{ReleaseKey, sign_table};

/// What becomes of signatures that are there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// They stay; those of the same keys are made again.
    Keep,
    /// They go.
    Remove,
}

/// A bundle that has just been signed.
pub struct Signed {
    /// Its contents table.
    pub table: Table,
    /// Size of the file in bytes.
    pub size: u64,
    /// All signature files that it now has.
    pub files: Vec<SignatureFile>,
}

/// Signs a finished bundle in place, after every byte of it was checked against its tables.
pub fn sign_bundle(
    path: &Path,
    keys: &[ReleaseKey],
    earlier: Earlier,
    phase: &PhaseReporter,
) -> Result<Signed, SigningError> {
    let failed = |source| FileError::File { path: path.to_owned(), source };
    let refused = |source| FileError::of(path, source);
    let file = Arc::new(File::options().read(true).write(true).open(path).map_err(failed)?);
    let untrusted = UntrustedBundle::open(file.clone()).map_err(refused)?;
    let slot = SignatureSlot::of(&untrusted);
    // What nobody has signed yet can only be believed from its own tables.
    let bundle = untrusted.blindly_believe_unsigned().map_err(refused)?;
    prove(path, &bundle, phase)?;

    let facts = bundle.table().identity.facts();
    let mut files = sign_table(&facts, bundle.table_bytes(), keys)?;
    if earlier == Earlier::Keep {
        files.extend(others(&bundle, &files)?);
        files.sort_by(|one, other| one.name.cmp(&other.name));
    }
    slot.write(&*file, &files)
        .map_err(|source| SigningError::Write { path: path.to_owned(), source: source.into() })?;
    file.sync_all().map_err(failed)?;
    Ok(Signed { table: bundle.table().clone(), size: bundle.file_size(), files })
}

fn prove(path: &Path, bundle: &VerifiedBundle, phase: &PhaseReporter) -> Result<(), SigningError> {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    phase.expect(bundle.table().payload_bytes());
    let report = bundle.verify_everything(cores, &|bytes| phase.advance(bytes));
    match report.damage.first() {
        None => Ok(()),
        Some(first) => Err(SigningError::Damaged {
            path: path.to_owned(),
            entry: first.path.clone(),
            places: report.damage.len(),
        }),
    }
}

/// Gives the signature files of other keys, each pair checked with the key beside it.
fn others(
    bundle: &VerifiedBundle,
    ours: &[SignatureFile],
) -> Result<Vec<SignatureFile>, SigningError> {
    let earlier = bundle.signatures();
    let others: Vec<_> = earlier
        .iter()
        .filter(|file| !ours.iter().any(|our| our.name == file.name))
        .cloned()
        .collect();
    let facts = bundle.table().identity.facts();
    for file in others.iter().filter(|file| file.name.ends_with(Form::PublicKey.suffix())) {
        let text = String::from_utf8_lossy(&file.bytes);
        let key = PublicKey::from_pem(&text)
            .map_err(|source| SigningError::OtherKey { name: file.name.clone(), source })?;
        Trust::of_key(key).check_table(&facts, bundle.table_bytes(), earlier)?;
    }
    Ok(others)
}
