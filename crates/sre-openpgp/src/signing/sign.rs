//! Signatures over repository metadata.

use std::io::Cursor;

use pgp::composed::{ArmorOptions, DetachedSignature};
use pgp::crypto::hash::HashAlgorithm;
use pgp::packet::{Signature, SignatureConfig, SignatureType, Subpacket, SubpacketData};
use pgp::types::{KeyDetails as _, Password, SigningKey as Signs};
use sre_format::Timestamp;

use super::key::{Part, seconds};
use super::{SigningError, SigningKey};

impl SigningKey {
    /// Signs bytes and gives the armored signature: `repomd.xml.asc`, `Release.gpg`.
    ///
    /// The same bytes and time give the same signature. `made` is taken as the time of the key where the
    /// key is younger, since no program believes a signature that is older than its key.
    pub fn sign_detached(&self, bytes: &[u8], made: Timestamp) -> Result<String, SigningError> {
        let armored = self.sign(SignatureType::Binary, bytes, made)?;
        let now = made.max(self.fit_at);
        let checked = self.public.verify_detached(&mut Cursor::new(bytes), armored.as_bytes(), now);
        checked.map_err(SigningError::Check)?;
        Ok(armored)
    }

    /// Signs a text in the clear: `InRelease`.
    ///
    /// The text must have one form only: lines ended by a line feed, none of them by blanks.
    pub fn sign_clear(&self, text: &str, made: Timestamp) -> Result<String, SigningError> {
        let lines = lines(text).map_err(|reason| SigningError::Text { reason })?;
        let signature = self.sign(SignatureType::Text, lines.join("\r\n").as_bytes(), made)?;
        let mut document = String::from("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n");
        for line in lines {
            document.push_str(if line.starts_with('-') { "- " } else { "" });
            document.push_str(line);
            document.push('\n');
        }
        document.push_str(&signature);
        let checked = self.public.verify_clear_signed(document.as_bytes(), made.max(self.fit_at));
        checked.map_err(SigningError::Check)?;
        Ok(document)
    }

    fn since(&self) -> Timestamp {
        let primary = self.key.primary_key.created_at();
        let subkeys = self.key.secret_subkeys.iter().map(|one| one.key.created_at());
        crate::moment::moment(subkeys.fold(primary, std::cmp::Ord::max))
    }

    fn sign(
        &self,
        kind: SignatureType,
        bytes: &[u8],
        made: Timestamp,
    ) -> Result<String, SigningError> {
        let made = made.max(self.since());
        let subkey = match self.part {
            Part::Primary => None,
            Part::Subkey(at) => self.key.secret_subkeys.get(at),
        };
        let signature = match subkey {
            Some(subkey) => signature(&subkey.key, kind, bytes, made),
            None => signature(&self.key.primary_key, kind, bytes, made),
        };
        DetachedSignature::new(signature?)
            .to_armored_string(ArmorOptions::default())
            .map_err(SigningError::making("signature"))
    }
}

fn signature(
    key: &impl Signs,
    kind: SignatureType,
    bytes: &[u8],
    made: Timestamp,
) -> Result<Signature, SigningError> {
    let time = seconds(made)?;
    let sign = || {
        let mut config = SignatureConfig::v4(kind, key.algorithm(), HashAlgorithm::Sha256);
        config.hashed_subpackets = vec![
            Subpacket::regular(SubpacketData::SignatureCreationTime(time))?,
            Subpacket::regular(SubpacketData::IssuerFingerprint(key.fingerprint()))?,
        ];
        config.unhashed_subpackets =
            vec![Subpacket::regular(SubpacketData::IssuerKeyId(key.legacy_key_id()))?];
        config.sign(key, &Password::empty(), bytes)
    };
    sign().map_err(SigningError::making("signature"))
}

/// Gives the lines of a text, without the empty one behind its last line feed.
fn lines(text: &str) -> Result<Vec<&str>, &'static str> {
    let text = text.strip_suffix('\n').ok_or("its last line does not end")?;
    let lines: Vec<&str> = text.split('\n').collect();
    if lines.iter().any(|line| line.ends_with([' ', '\t'])) {
        return Err("a line ends in a blank");
    }
    if text.contains('\r') {
        return Err("it has a carriage return");
    }
    Ok(lines)
}
