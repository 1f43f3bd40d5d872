//! The in-toto statement, which says in a stranger's words what a signature is about.

use serde::Serialize;

use crate::{Digest, Word};

/// Name of the contents table inside a bundle, the one subject of a bundle's statement.
pub const TABLE_NAME: &str = "sre.json";
/// The one subject of a trust file's statement, whatever the file is called on disk.
pub const TRUST_FILE_NAME: &str = "trust.toml";

/// Type of the payload inside the DSSE envelope, part of what is signed.
pub(super) const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";

const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
const BUNDLE_PREDICATE: &str = "urn:sre:bundle:v1";
/// What a statement about an image says that it is: a signature as `cosign sign` makes it.
pub const IMAGE_PREDICATE: &str = "https://sigstore.dev/cosign/sign/v1";
const TRUST_PREDICATE: &str = "urn:sre:trust:v1";

/// What a person wants to know about a bundle before anything else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BundleFacts {
    /// Name of the product, from the manifest.
    pub name: Word,
    /// Version of the product, from the manifest.
    pub version: Word,
    /// Channel within which serials rise.
    pub channel: Word,
    /// Count that rises with every change of the lock.
    pub serial: u64,
}

/// An in-toto Statement v1 as bytes: a function of what is signed, made again by every verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    bytes: Vec<u8>,
}

#[derive(Serialize)]
struct Document<'a, P> {
    #[serde(rename = "_type")]
    kind: &'static str,
    subject: [Subject<'a>; 1],
    #[serde(rename = "predicateType")]
    predicate_type: &'static str,
    predicate: &'a P,
}

#[derive(Serialize)]
struct Subject<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    digest: SubjectDigest,
}

#[derive(Serialize)]
struct SubjectDigest {
    sha256: String,
}

#[derive(Serialize)]
struct NoFacts {}

#[derive(Serialize)]
struct TrustFacts {
    version: u64,
}

impl Statement {
    /// States which bundle a contents table is of; `table` is `sre.json` with its padding.
    #[must_use]
    pub fn of_table(facts: &BundleFacts, table: &[u8]) -> Self {
        Self::new(TABLE_NAME, Digest::of(table), BUNDLE_PREDICATE, facts)
    }

    /// States which version of a trust file its bytes are.
    #[must_use]
    pub fn of_trust_file(version: u64, file: &[u8]) -> Self {
        Self::new(TRUST_FILE_NAME, Digest::of(file), TRUST_PREDICATE, &TrustFacts { version })
    }

    /// States what `cosign sign` states of an image, or of any manifest or index in a registry.
    #[must_use]
    pub fn of_image(manifest: Digest) -> Self {
        Self::new("", manifest, IMAGE_PREDICATE, &NoFacts {})
    }

    /// Gives the JSON.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the bytes that are signed: the DSSE pre-authentication encoding.
    #[must_use]
    pub fn pre_authentication_encoding(&self) -> Vec<u8> {
        pre_authentication_encoding(&self.bytes)
    }

    fn new<P: Serialize>(
        name: &str,
        signed: Digest,
        predicate_type: &'static str,
        predicate: &P,
    ) -> Self {
        let digest = SubjectDigest { sha256: signed.hex() };
        let subject = [Subject { name, digest }];
        let document = Document { kind: STATEMENT_TYPE, subject, predicate_type, predicate };
        #[expect(clippy::expect_used, reason = "no map keys and no own serializers in it")]
        let bytes = serde_json::to_vec(&document).expect("strings and numbers are always JSON");
        Self { bytes }
    }
}

/// Encodes a payload as DSSE signs it (`protocol.md`, "Signature Definition").
pub(super) fn pre_authentication_encoding(payload: &[u8]) -> Vec<u8> {
    let head = format!("DSSEv1 {} {PAYLOAD_TYPE} {} ", PAYLOAD_TYPE.len(), payload.len());
    [head.as_bytes(), payload].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> BundleFacts {
        BundleFacts {
            name: "sre".parse().unwrap(),
            version: "1.0.0".parse().unwrap(),
            channel: "stable".parse().unwrap(),
            serial: 7,
        }
    }

    #[test]
    fn states_name_version_channel_and_serial_of_one_subject() {
        let statement = Statement::of_table(&facts(), b"");
        let expected = concat!(
            r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"name":"sre.json","#,
            r#""digest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}],"#,
            r#""predicateType":"urn:sre:bundle:v1","#,
            r#""predicate":{"name":"sre","version":"1.0.0","channel":"stable","serial":7}}"#,
        );
        assert_eq!(String::from_utf8_lossy(statement.bytes()), expected);
    }

    #[test]
    fn states_of_an_image_what_cosign_does() {
        let statement = Statement::of_image(Digest::of(b""));
        let expected = concat!(
            r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"#,
            r#""digest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}],"#,
            r#""predicateType":"https://sigstore.dev/cosign/sign/v1","predicate":{}}"#,
        );
        assert_eq!(String::from_utf8_lossy(statement.bytes()), expected);
    }

    #[test]
    fn encodes_lengths_before_type_and_payload() {
        let encoded = pre_authentication_encoding(b"hello");
        assert_eq!(encoded, b"DSSEv1 28 application/vnd.in-toto+json 5 hello");
    }

    #[test]
    fn a_trust_file_is_never_taken_for_a_table() {
        let table = Statement::of_table(&facts(), b"x");
        assert_ne!(table, Statement::of_trust_file(7, b"x"));
    }
}
