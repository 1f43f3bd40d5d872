//! The bundle: its contents table, the file around it, and the same file without its guards.

use std::num::NonZeroUsize;
use std::sync::Arc;

use sre_format::bundle::{Table, UntrustedBundle};

use crate::mend;

/// Opens a bundle and, if it opens, reads all of it.
#[must_use]
pub fn bundle(bytes: &[u8]) -> bool {
    read(bytes.to_vec())
}

/// Opens a bundle whose checksums and digests were made to fit whatever stands there.
///
/// A fuzzer never finds a checksum, so without this nothing behind the first would be tried. What
/// is signed is not a stranger's, but `inspect` reads without a key, and so does `--reuse`.
#[must_use]
pub fn container(bytes: &[u8]) -> bool {
    read(mend::mended(bytes))
}

fn read(bytes: Vec<u8>) -> bool {
    let Ok(bundle) = UntrustedBundle::open(Arc::new(bytes)) else { return false };
    let Ok(bundle) = bundle.blindly_believe_unsigned() else { return false };
    let report = bundle.verify_everything(NonZeroUsize::MIN, &|_| {});
    assert_eq!(report.entries, bundle.table().entries.len() + 1);
    for entry in &bundle.table().entries {
        if let Ok(whole) = bundle.read_whole(entry) {
            assert_eq!(whole.len() as u64, entry.size);
        }
    }
    report.damage.is_empty()
}

/// Reads a contents table, which must mean the same when it is written again.
#[must_use]
pub fn table(bytes: &[u8]) -> bool {
    let Ok(table) = Table::parse(bytes) else { return false };
    assert_eq!(Table::parse(&table.render()).ok().as_ref(), Some(&table));
    true
}
