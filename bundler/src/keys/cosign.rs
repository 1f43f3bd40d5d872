//! The encrypted private keys that `cosign generate-key-pair` makes.
//!
//! A PEM block around JSON: the key is derived by scrypt, the document sealed by `NaCl`'s secretbox
//! (XSalsa20-Poly1305), and inside it is PKCS#8 in DER. Format: `go-securesystemslib`,
//! `encrypted/encrypted.go`.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto_secretbox::aead::Aead as _;
use crypto_secretbox::{KeyInit as _, XSalsa20Poly1305};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::derivation::scrypt_params;
use super::private::unusable;
use super::{KeyError, Passphrase};

#[derive(Deserialize)]
struct Sealed {
    kdf: Derivation,
    cipher: Cipher,
    ciphertext: String,
}

#[derive(Deserialize)]
struct Derivation {
    name: String,
    params: Cost,
    salt: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "UPPERCASE")]
struct Cost {
    n: u32,
    #[serde(rename = "r")]
    r: u32,
    #[serde(rename = "p")]
    p: u32,
}

#[derive(Deserialize)]
struct Cipher {
    name: String,
    nonce: String,
}

/// Opens the PEM of a cosign key and gives the PKCS#8 document inside.
pub(super) fn decrypt(
    pem: &str,
    path: &Path,
    passphrase: &Passphrase,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let sealed = parse(pem, path)?;
    let decode = |text: &str| STANDARD.decode(text).map_err(|error| unusable(path, &error));
    let key = derive(&sealed.kdf, &decode(&sealed.kdf.salt)?, path, passphrase)?;
    let nonce: [u8; 24] = decode(&sealed.cipher.nonce)?
        .try_into()
        .map_err(|_| unusable(path, &"its nonce has not 24 bytes"))?;
    let cipher = XSalsa20Poly1305::new((&*key).into());
    let opened = cipher.decrypt(&nonce.into(), decode(&sealed.ciphertext)?.as_slice());
    opened.map(Zeroizing::new).map_err(|_| KeyError::WrongPassphrase { path: path.to_owned() })
}

fn parse(pem: &str, path: &Path) -> Result<Sealed, KeyError> {
    // The block's content is JSON, not DER, so that the PEM reader of `der` does not fit.
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let json = STANDARD.decode(base64.trim()).map_err(|error| unusable(path, &error))?;
    let sealed: Sealed = serde_json::from_slice(&json).map_err(|error| unusable(path, &error))?;
    if sealed.kdf.name != "scrypt" || sealed.cipher.name != "nacl/secretbox" {
        let names = format!("{} with {} is unknown", sealed.kdf.name, sealed.cipher.name);
        return Err(unusable(path, &names));
    }
    Ok(sealed)
}

fn derive(
    kdf: &Derivation,
    salt: &[u8],
    path: &Path,
    passphrase: &Passphrase,
) -> Result<Zeroizing<[u8; 32]>, KeyError> {
    let Cost { n, r, p } = kdf.params;
    let params = scrypt_params(n.into(), r, p)
        .ok_or_else(|| unusable(path, &"its scrypt parameters are out of bounds"))?;
    let mut key = Zeroizing::new([0; 32]);
    scrypt::scrypt(passphrase.as_bytes(), salt, &params, &mut *key)
        .map_err(|error| unusable(path, &error))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_scrypt_are_refused_before_memory_is_taken() {
        let derivation = |n, r, p| Derivation {
            name: "scrypt".to_owned(),
            params: Cost { n, r, p },
            salt: String::new(),
        };
        let passphrase = Passphrase::new("x".to_owned());
        let derive =
            |n, r, p| derive(&derivation(n, r, p), &[0; 32], Path::new("a.key"), &passphrase);
        for (n, r, p) in [
            (u32::MAX, 8, 1),
            (1 << 31, 8, 1),
            (1 << 14, u32::MAX, 1),
            (1 << 14, 8, u32::MAX),
            (0, 8, 1),
            (1, 8, 1),
            (1000, 8, 1),
            (1 << 14, 0, 1),
            (1 << 14, 8, 0),
        ] {
            let error = derive(n, r, p).err().unwrap();
            assert!(matches!(error, KeyError::Unusable { .. }), "{n} {r} {p}: {error}");
        }
        assert!(derive(2, 1, 1).is_ok());
    }
}
