//! Receipts: what a phase did, with which inputs, and how it ended.
//!
//! They lie in `receipts/` of the state directory as `000001-seed.json` and so on: numbers, not
//! times, give the order, because clocks behind an air gap are often wrong.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sre_format::{Digest, Timestamp};

use crate::{Outcome, Phase, Readers, StateDirectory, StateError, write_atomically};

/// The version of the receipts that this program writes.
pub const RECEIPT_VERSION: u32 = 1;

/// The most bytes that a receipt may have; larger ones are not ours.
const MAX_BYTES: u64 = 64 << 20;

/// What a phase did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The version of the receipt, [`RECEIPT_VERSION`].
    pub version: u32,
    /// The program with its version, such as `sre-install 1.0.0`.
    pub program: String,
    /// The phase.
    pub phase: Phase,
    /// What it was about, such as the name, version and serial of the bundle.
    pub subject: String,
    /// The digests of what it worked with, by name.
    pub inputs: BTreeMap<String, Digest>,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// When it began, by the clock of this machine.
    pub started: Timestamp,
    /// When it ended, by the clock of this machine.
    pub finished: Timestamp,
    /// What the phase wants to remember.
    pub details: serde_json::Value,
}

impl StateDirectory {
    /// Writes a receipt under the next number and gives its path; hold the run lock meanwhile.
    pub fn write_receipt(&self, receipt: &Receipt) -> Result<PathBuf, StateError> {
        let folder = self.path().join("receipts");
        std::fs::create_dir_all(&folder)
            .map_err(|source| StateError::Make { path: folder.clone(), source })?;
        let last = numbered(&folder)?.last_key_value().map_or(0, |(number, _)| *number);
        let path = folder.join(format!("{:06}-{}.json", last + 1, receipt.phase));
        let bytes = serde_json::to_vec_pretty(receipt)
            .map_err(|source| StateError::Receipt { path: path.clone(), source })?;
        write_atomically(&path, &bytes, Readers::Everyone)
            .map_err(|source| StateError::Write { path: path.clone(), source })?;
        Ok(path)
    }

    /// Gives the newest receipts with their paths, so many at most, oldest first.
    pub fn receipts(&self, most: usize) -> Result<Vec<(PathBuf, Receipt)>, StateError> {
        let paths = numbered(&self.path().join("receipts"))?.into_values();
        let older = paths.len().saturating_sub(most);
        paths.skip(older).map(|path| read(&path).map(|receipt| (path, receipt))).collect()
    }

    /// Gives the newest receipt of a phase.
    pub fn newest_receipt(&self, phase: Phase) -> Result<Option<Receipt>, StateError> {
        self.newest_receipt_where(phase, |_| true)
    }

    /// Gives the newest receipt of a phase among those that are meant.
    pub fn newest_receipt_where(
        &self,
        phase: Phase,
        is_meant: impl Fn(&Receipt) -> bool,
    ) -> Result<Option<Receipt>, StateError> {
        let ending = format!("-{phase}.json");
        let paths = numbered(&self.path().join("receipts"))?;
        for path in paths.values().rev().filter(|path| path.to_string_lossy().ends_with(&ending)) {
            let receipt = read(path)?;
            if is_meant(&receipt) {
                return Ok(Some(receipt));
            }
        }
        Ok(None)
    }
}

fn numbered(folder: &Path) -> Result<BTreeMap<u64, PathBuf>, StateError> {
    let failed = |source| StateError::Read { path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        entries => entries.map_err(failed)?,
    };
    let mut paths = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        // Anything else in the folder, such as the leftover of a crash, is no receipt.
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let number = name.strip_suffix(".json").and_then(|name| name.split_once('-'));
        if let Some(number) = number.and_then(|(number, _)| number.parse().ok()) {
            paths.insert(number, path);
        }
    }
    Ok(paths)
}

fn read(path: &Path) -> Result<Receipt, StateError> {
    let failed = |source| StateError::Read { path: path.to_owned(), source };
    let size = std::fs::metadata(path).map_err(failed)?.len();
    if size > MAX_BYTES {
        return Err(failed(std::io::Error::other("it is too large for a receipt")));
    }
    let bytes = std::fs::read(path).map_err(failed)?;
    serde_json::from_slice(&bytes)
        .map_err(|source| StateError::Receipt { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(phase: Phase, subject: &str) -> Receipt {
        Receipt {
            version: RECEIPT_VERSION,
            program: "sre-install 1.0.0".into(),
            phase,
            subject: subject.into(),
            inputs: BTreeMap::from([("bundle".into(), Digest::of(b"bundle"))]),
            outcome: Outcome::Skipped { reason: "nothing new".into() },
            started: Timestamp::now(),
            finished: Timestamp::now(),
            details: serde_json::json!({ "sent": 0 }),
        }
    }

    #[test]
    fn gives_receipts_back_in_the_order_they_were_written() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDirectory::open(Some(folder.path())).unwrap();
        assert_eq!(state.receipts(usize::MAX).unwrap(), []);
        let written = [
            receipt(Phase::Verify, "first"),
            receipt(Phase::Seed, "second"),
            receipt(Phase::Verify, "third"),
        ];
        for receipt in &written {
            state.write_receipt(receipt).unwrap();
        }
        std::fs::write(folder.path().join("receipts/000009-seed.json.77.tmp"), b"{").unwrap();
        let read = |most| -> Vec<Receipt> {
            state.receipts(most).unwrap().into_iter().map(|(_, read)| read).collect()
        };
        assert_eq!(read(3), written);
        assert_eq!(read(1), written[2..]);
        assert_eq!(state.newest_receipt(Phase::Verify).unwrap().unwrap().subject, "third");
        assert_eq!(state.newest_receipt(Phase::Lock).unwrap(), None);
        let first = state.newest_receipt_where(Phase::Verify, |receipt| receipt.subject == "first");
        assert_eq!(first.unwrap().unwrap(), written[0]);
    }
}
