//! The transfer card of the connected side.

use sre_format::Digest;
use sre_format::bundle::Table;
use sre_format::card::{Origin, TransferCard};
use sre_format::signature::SignatureFile;
use sre_format::trust::{Signer, Signers};

/// Makes the card of a bundle; `size` is that of the file in bytes.
///
/// The digest of `sre-install` is that of the one beside this program, when there is one.
#[must_use]
pub fn card(table: &Table, size: u64, origin: Origin) -> TransferCard {
    TransferCard {
        facts: table.identity.facts(),
        size,
        content: table.content_digest(),
        origin,
        installer: installer(),
    }
}

/// Names the keys of signatures that this run itself has made.
#[must_use]
pub fn signed_by(files: &[SignatureFile]) -> Origin {
    let mut ids: Vec<_> = files.iter().filter_map(|file| file.meaning().ok()).collect();
    ids.dedup_by_key(|(id, _)| *id);
    let signer = |(id, _): (sre_format::signature::KeyId, _)| Signer {
        id,
        fingerprint: id.fingerprint(),
        name: None,
    };
    let keys: Vec<_> = ids.into_iter().map(signer).collect();
    if keys.is_empty() {
        return Origin::Unsigned;
    }
    Origin::Signed { signers: Signers { threshold: keys.len(), keys } }
}

fn installer() -> Option<Digest> {
    let own = std::env::current_exe().ok()?;
    let file = std::fs::File::open(own.with_file_name("sre-install")).ok()?;
    Digest::of_reader(file).ok()
}
