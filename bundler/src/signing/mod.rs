//! Signatures in a bundle that is otherwise finished.
//!
//! [`sign_bundle`] opens the file, proves every byte of it, and rewrites the signature region in
//! place. Signatures of other keys stay, so that the holders of a threshold of keys sign one after
//! the other, each on a machine of their own; nothing else of the file changes.

mod error;

pub use error::SigningError;

use std::collections::BTreeSet;
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use sre_format::bundle::{FileError, SignatureSlot, Table, UntrustedBundle, VerifiedBundle};
use sre_format::signature::{Form, KeyId, PublicKey, SignatureFile};
use sre_format::trust::{Trust, TrustError};
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
    let (untrusted, torn) = UntrustedBundle::open_to_sign(file.clone()).map_err(refused)?;
    if let Some(source) = torn.filter(|_| earlier == Earlier::Keep) {
        return Err(SigningError::Torn { path: path.to_owned(), source });
    }
    let slot = SignatureSlot::of(&untrusted);
    // What nobody has signed yet can only be believed from its own tables.
    let bundle = untrusted.blindly_believe_unsigned().map_err(refused)?;
    prove(path, &bundle, &slot, phase)?;

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

/// Checks every byte but those that are written anew: a run that was cut off between the region
/// and its rows of the seek table leaves the two in disagreement.
fn prove(
    path: &Path,
    bundle: &VerifiedBundle,
    slot: &SignatureSlot,
    phase: &PhaseReporter,
) -> Result<(), SigningError> {
    let cores = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    phase.expect(bundle.table().payload_bytes());
    let mut damage = bundle.verify_everything(cores, &|bytes| phase.advance(bytes)).damage;
    damage.retain(|damage| !slot.rewrites(damage));
    match damage.first() {
        None => Ok(()),
        Some(first) => Err(SigningError::Damaged {
            path: path.to_owned(),
            entry: first.path.clone(),
            places: damage.len(),
        }),
    }
}

/// Gives the signature files of other keys, each pair checked with the key beside it: what nobody
/// can check here would be vouched for by standing beside a new signature.
fn others(
    bundle: &VerifiedBundle,
    ours: &[SignatureFile],
) -> Result<Vec<SignatureFile>, SigningError> {
    let earlier = bundle.signatures();
    let is_ours = |file: &&SignatureFile| ours.iter().any(|our| our.name == file.name);
    let others: Vec<_> = earlier.iter().filter(|file| !is_ours(file)).cloned().collect();
    let keys = others.iter().map(|file| file.meaning().map(|(key, _)| key));
    let keys: BTreeSet<KeyId> = keys.collect::<Result<_, _>>().map_err(TrustError::from)?;
    let facts = bundle.table().identity.facts();
    for key in keys {
        let name = format!("{key}{}", Form::PublicKey.suffix());
        let file = others.iter().find(|file| file.name == name);
        let text = file.ok_or(SigningError::NoKey { key })?;
        let public = PublicKey::from_pem(&String::from_utf8_lossy(&text.bytes))
            .map_err(|source| SigningError::OtherKey { name, source })?;
        Trust::of_key(public).check_table(&facts, bundle.table_bytes(), earlier)?;
    }
    Ok(others)
}
