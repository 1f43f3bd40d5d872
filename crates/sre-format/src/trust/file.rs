//! The trust file: keys, a threshold and revoked ids, in TOML.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::Deserialize;

use super::{Signers, Trust, TrustError};
use crate::signature::{KeyId, PublicKey, PublicKeyError, SignatureFile, Statement};
use crate::{Explain, Fault};

/// The largest trust file that is read, in bytes (TUF allows a root of 1 MiB, mostly for keys).
pub(super) const MAX_SIZE: usize = 256 * 1024;
/// The layout that this program reads and writes.
const FORMAT: u64 = 1;

/// Who may sign: keys, how many of them must, and whom nobody believes any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustFile {
    /// Version of the content; each change counts one up.
    pub version: u64,
    /// Count of keys that must sign.
    pub threshold: usize,
    /// Keys whose signatures count.
    pub keys: Vec<TrustedKey>,
    /// Keys whose signatures count nowhere, whatever other trust files say.
    pub revoked: Vec<RevokedKey>,
}

/// One key of a trust file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    /// Name for people.
    pub name: String,
    /// The key.
    pub key: PublicKey,
}

/// One revoked key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokedKey {
    /// Id of the key.
    pub id: KeyId,
    /// Why it is revoked, for people.
    #[serde(default)]
    pub reason: String,
}

/// Says what is wrong with a trust file.
#[derive(Debug, thiserror::Error)]
pub enum TrustFileError {
    /// Larger than any list of keys.
    #[error("a trust file has at most {MAX_SIZE} bytes, this one has {size}")]
    Size {
        /// Size of the file in bytes.
        size: usize,
    },
    /// Not text, or not the TOML of a trust file.
    #[error("not a trust file: {0}")]
    Toml(#[source] Box<toml::de::Error>),
    /// Bytes that are no UTF-8.
    #[error("not a trust file: it is not UTF-8 text")]
    Text,
    /// Written by a newer program.
    #[error("trust file format {found} is newer than this program, which reads {FORMAT}")]
    Format {
        /// The format that the file names.
        found: u64,
    },
    /// One of its keys is none.
    #[error("key `{name}` of the trust file cannot be used: {source}")]
    Key {
        /// Name of the key.
        name: String,
        /// Why it cannot be used.
        source: PublicKeyError,
    },
    /// The same key stands there twice, or is trusted and revoked.
    #[error("key {id} stands in the trust file twice")]
    Twice {
        /// Id of the key.
        id: KeyId,
    },
    /// No count of signatures could satisfy it, or any would.
    #[error("the threshold is {threshold} and the trust file has {keys} keys")]
    Threshold {
        /// The threshold.
        threshold: usize,
        /// Count of keys.
        keys: usize,
    },
    /// Version 0, which no file can follow.
    #[error("the version of a trust file counts from 1")]
    Version,
    /// Not the next one.
    #[error("version {found} cannot follow version {current}: the next one is {}", .current + 1)]
    Order {
        /// Version of the file in use.
        current: u64,
        /// Version of the file that should replace it.
        found: u64,
    },
    /// The keys of the file in use do not want the new one.
    #[error("the keys of version {version} do not vouch for the new trust file")]
    Old {
        /// Version of the file in use.
        version: u64,
        /// What is missing.
        source: TrustError,
    },
    /// The keys of the new file do not show that they exist.
    #[error("the keys of version {version} do not vouch for themselves")]
    New {
        /// Version of the new file.
        version: u64,
        /// What is missing.
        source: TrustError,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Raw {
    format: u64,
    version: u64,
    threshold: usize,
    key: Vec<RawKey>,
    #[serde(default)]
    revoked: Vec<RevokedKey>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct RawKey {
    name: String,
    public_key: String,
}

impl TrustFile {
    /// Reads a trust file, strictly.
    pub fn parse(bytes: &[u8]) -> Result<Self, TrustFileError> {
        if bytes.len() > MAX_SIZE {
            return Err(TrustFileError::Size { size: bytes.len() });
        }
        let text = std::str::from_utf8(bytes).map_err(|_| TrustFileError::Text)?;
        let raw: Raw = toml::from_str(text).map_err(|e| TrustFileError::Toml(Box::new(e)))?;
        if raw.format != FORMAT {
            return Err(TrustFileError::Format { found: raw.format });
        }
        let keys = raw.key.into_iter().map(TrustedKey::try_from).collect::<Result<_, _>>()?;
        let Raw { version, threshold, revoked, .. } = raw;
        Self { version, threshold, keys, revoked }.checked()
    }

    /// Checks what no single field shows.
    pub fn checked(self) -> Result<Self, TrustFileError> {
        if self.version == 0 {
            return Err(TrustFileError::Version);
        }
        let mut seen = BTreeSet::new();
        let revoked = self.revoked.iter().map(|revoked| revoked.id);
        for id in self.keys.iter().map(|key| key.key.id()).chain(revoked) {
            if !seen.insert(id) {
                return Err(TrustFileError::Twice { id });
            }
        }
        if !(1..=self.keys.len()).contains(&self.threshold) {
            let (threshold, keys) = (self.threshold, self.keys.len());
            return Err(TrustFileError::Threshold { threshold, keys });
        }
        Ok(self)
    }

    /// Writes the file as people edit it.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut text = format!(
            "# Who may sign bundles. Every change counts `version` up and is signed by the keys\n\
             # before and after it: `sre-bundle trust sign FILE --key K`.\n\
             format = {FORMAT}\nversion = {}\nthreshold = {}\n",
            self.version, self.threshold
        );
        for TrustedKey { name, key } in &self.keys {
            let name = toml::Value::from(name.as_str());
            let (fingerprint, pem) = (key.id().fingerprint(), key.to_pem());
            let _ = write!(
                text,
                "\n# {fingerprint}\n[[key]]\nname = {name}\npublic-key = \"\"\"\n{pem}\"\"\"\n"
            );
        }
        for RevokedKey { id, reason } in &self.revoked {
            let reason = toml::Value::from(reason.as_str());
            let _ = write!(text, "\n[[revoked]]\nid = \"{id}\"\nreason = {reason}\n");
        }
        text
    }

    /// Reads the next version of this file and checks that the old and the new keys signed it.
    ///
    /// `next` are the bytes of the new file as they were signed, `files` its signatures; what
    /// `others` revoke counts for neither.
    pub fn rotate(
        &self,
        next: &[u8],
        files: &[SignatureFile],
        others: &Trust,
    ) -> Result<Self, TrustFileError> {
        let new = Self::parse(next)?;
        if self.version.checked_add(1) != Some(new.version) {
            return Err(TrustFileError::Order { current: self.version, found: new.version });
        }
        self.vouch(&new, next, files, others)
            .map_err(|source| TrustFileError::Old { version: self.version, source })?;
        new.vouch(&new, next, files, others)
            .map_err(|source| TrustFileError::New { version: new.version, source })?;
        Ok(new)
    }

    /// Checks that the keys of this file, but for those that `others` revoke, signed the bytes of
    /// a trust file.
    pub(super) fn vouch(
        &self,
        next: &Self,
        bytes: &[u8],
        files: &[SignatureFile],
        others: &Trust,
    ) -> Result<Signers, TrustError> {
        let statement = Statement::of_trust_file(next.version, bytes);
        Trust::of_file(self).revoking(others).check(&statement, bytes, files)
    }
}

impl Explain for TrustFileError {
    fn fault(&self) -> Fault {
        match self {
            Self::Old { source, .. } | Self::New { source, .. } => source.fault(),
            Self::Order { .. } => Fault::Trust,
            _ => Fault::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Old { .. } | Self::New { .. } => Some(
                "holders of the old and of the new keys sign with `sre-bundle trust sign FILE --key K`"
                    .to_owned(),
            ),
            Self::Order { current, .. } => {
                Some(format!("install the versions in turn, beginning with {}", current + 1))
            }
            Self::Format { .. } => Some("use a newer release of this program".to_owned()),
            _ => Some("`sre-bundle trust new` writes trust files".to_owned()),
        }
    }
}

impl TryFrom<RawKey> for TrustedKey {
    type Error = TrustFileError;

    fn try_from(raw: RawKey) -> Result<Self, Self::Error> {
        match PublicKey::from_pem(&raw.public_key) {
            Ok(key) => Ok(Self { name: raw.name, key }),
            Err(source) => Err(TrustFileError::Key { name: raw.name, source }),
        }
    }
}
