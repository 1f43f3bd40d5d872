//! The Sigstore bundle v0.3 that carries a statement and its signature to `cosign`.
//!
//! It is written in one form only. Reading takes the payload and the signature out and leaves
//! the comparison with that one form to the caller, so that nothing else in it is ever used.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::statement::PAYLOAD_TYPE;
use super::{PublicKey, Statement};

const MEDIA_TYPE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

/// The largest file that is read, in bytes: a statement has a few hundred.
pub const MAX_SIZE: usize = 64 * 1024;

/// What stands in an envelope, believed by nobody yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Bytes of the statement.
    pub payload: Vec<u8>,
    /// Signature in DER over the pre-authentication encoding of the payload.
    pub signature: Vec<u8>,
}

/// Says why a file is no envelope.
#[derive(Debug, thiserror::Error)]
pub enum OpenEnvelopeError {
    /// Larger than any envelope of ours.
    #[error("it has {size} bytes, more than the {MAX_SIZE} of any envelope")]
    Size {
        /// Size of the file in bytes.
        size: usize,
    },
    /// No JSON, or JSON with other keys.
    #[error("it is not a Sigstore bundle v0.3 with a DSSE envelope: {0}")]
    Json(#[source] serde_json::Error),
    /// Payload or signature are not base64.
    #[error("its payload or its signature is not base64")]
    Base64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Bundle {
    media_type: String,
    verification_material: Material,
    dsse_envelope: Dsse,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Material {
    public_key: KeyHint,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyHint {
    hint: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Dsse {
    payload: String,
    payload_type: String,
    signatures: [Signature; 1],
}

// A `keyid` would be a hint nobody may trust, and cosign skips signatures whose keyid is not its own
// kind of fingerprint; left out, protobuf's JSON reads it as empty.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signature {
    sig: String,
}

/// Writes the envelope: the same inputs give the same bytes.
#[must_use]
pub fn write(key: &PublicKey, statement: &Statement, signature: &[u8]) -> Vec<u8> {
    write_payload(key, statement.bytes(), signature)
}

pub(super) fn write_payload(key: &PublicKey, payload: &[u8], signature: &[u8]) -> Vec<u8> {
    let hint = STANDARD.encode(key.id().as_bytes());
    let bundle = Bundle {
        media_type: MEDIA_TYPE.to_owned(),
        verification_material: Material { public_key: KeyHint { hint } },
        dsse_envelope: Dsse {
            payload: STANDARD.encode(payload),
            payload_type: PAYLOAD_TYPE.to_owned(),
            signatures: [Signature { sig: STANDARD.encode(signature) }],
        },
    };
    #[expect(clippy::expect_used, reason = "no map keys and no own serializers in it")]
    let mut bytes = serde_json::to_vec(&bundle).expect("strings are always JSON");
    bytes.push(b'\n');
    bytes
}

/// Takes payload and signature out of an envelope without believing either.
pub fn open(bytes: &[u8]) -> Result<Opened, OpenEnvelopeError> {
    if bytes.len() > MAX_SIZE {
        return Err(OpenEnvelopeError::Size { size: bytes.len() });
    }
    let bundle: Bundle = serde_json::from_slice(bytes).map_err(OpenEnvelopeError::Json)?;
    let [signature] = bundle.dsse_envelope.signatures;
    let decode = |text: String| STANDARD.decode(text).map_err(|_| OpenEnvelopeError::Base64);
    Ok(Opened { payload: decode(bundle.dsse_envelope.payload)?, signature: decode(signature.sig)? })
}
