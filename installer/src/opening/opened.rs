//! A bundle that may be used here.

use std::path::{Path, PathBuf};

use sre_format::Digest;
use sre_format::bundle::VerifiedBundle;
use sre_format::card::{Origin, TransferCard};
use sre_format::trust::{Admission, OlderSerials, SerialRecord};
use sre_steps::StateDirectory;

use super::{OpeningError, serials};

/// A bundle that is signed by whom this machine believes, or unsigned by the operator's word.
#[derive(Clone)]
pub struct OpenedBundle {
    pub(super) path: PathBuf,
    pub(super) bundle: VerifiedBundle,
    pub(super) origin: Origin,
    pub(super) record: SerialRecord,
    pub(super) admission: Admission,
    pub(super) older: OlderSerials,
}

impl OpenedBundle {
    /// Gives the bundle, every read of which is checked.
    #[must_use]
    pub fn bundle(&self) -> &VerifiedBundle {
        &self.bundle
    }

    /// Gives the path that the bundle was opened by.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Says who vouches for the bundle.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Says how the bundle's serial relates to what was applied here.
    #[must_use]
    pub fn admission(&self) -> Admission {
        self.admission
    }

    /// Gives name, channel, serial and content digest.
    #[must_use]
    pub fn record(&self) -> &SerialRecord {
        &self.record
    }

    /// Names the bundle for people, as receipts do: `sre 1.0.0 (stable, serial 7)`.
    #[must_use]
    pub fn subject(&self) -> String {
        let SerialRecord { name, version, channel, serial, .. } = &self.record;
        format!("{name} {version} ({channel}, serial {serial})")
    }

    /// Makes the transfer card, with the digest of this very program.
    #[must_use]
    pub fn card(&self) -> TransferCard {
        card(&self.bundle, self.origin.clone(), own_digest())
    }

    /// Remembers that this bundle was applied, so that older ones are refused from now on.
    ///
    /// An older one that was applied by the operator's word takes the place of the newer one. A
    /// newer one that another run has applied since this one was opened stays.
    pub fn applied(&self, state: &StateDirectory) -> Result<(), OpeningError> {
        let SerialRecord { name, channel, serial, .. } = &self.record;
        let before = serials::read_record(state.path(), name, channel)?;
        let newer = before.as_ref().is_some_and(|before| before.serial > *serial);
        if before.as_ref() == Some(&self.record) || (newer && self.older == OlderSerials::Refuse) {
            return Ok(());
        }
        Ok(serials::write(state, &self.record)?)
    }
}

/// Makes the transfer card of a bundle; `installer` is [`own_digest`].
#[must_use]
pub fn card(bundle: &VerifiedBundle, origin: Origin, installer: Option<Digest>) -> TransferCard {
    let table = bundle.table();
    TransferCard {
        facts: table.identity.facts(),
        size: bundle.file_size(),
        content: bundle.content_digest(),
        origin,
        installer,
    }
}

/// Hashes the program that runs; `/proc/self/exe` is the file itself, even after a rename.
#[must_use]
pub fn own_digest() -> Option<Digest> {
    Digest::of_reader(std::fs::File::open("/proc/self/exe").ok()?).ok()
}
