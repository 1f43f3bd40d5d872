//! New key pairs.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use p256::SecretKey;
use p256::pkcs8::{EncodePrivateKey as _, LineEnding};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2;
use sre_format::signature::PublicKey;
use zeroize::Zeroizing;

use super::private::unusable;
use super::{KeyError, Passphrase, PassphraseSource, PrivateKey};

/// A key pair that was written to disk.
#[derive(Debug)]
pub struct GeneratedKey {
    /// Path of the private key.
    pub private: PathBuf,
    /// Path of the public key.
    pub public: PathBuf,
    /// The public key.
    pub key: PublicKey,
    /// Whether a passphrase protects the private key.
    pub encryption: Encryption,
}

/// Whether a passphrase protects a private key on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// It is encrypted.
    Passphrase,
    /// Whoever reads the file has the key.
    None,
}

/// Rounds of PBKDF2-HMAC-SHA-256 (OWASP Password Storage Cheat Sheet, 2023). PBKDF2 and AES-256-CBC,
/// not scrypt: every OpenSSL opens them, the ones in FIPS mode included.
const ROUNDS: u32 = 600_000;

/// Makes a key pair and writes `OUT.key` (PKCS#8 PEM, 0600) and `OUT.pub` (SPKI PEM).
///
/// Nothing is ever overwritten.
pub fn generate(out: &Path, passphrases: &PassphraseSource) -> Result<GeneratedKey, KeyError> {
    let (private, public) = (with_suffix(out, ".key"), with_suffix(out, ".pub"));
    for path in [&private, &public] {
        if path.symlink_metadata().is_ok() {
            return Err(KeyError::Exists { path: path.clone() });
        }
    }
    let passphrase = passphrases.choose(&private)?.filter(|chosen| !chosen.is_empty());
    let secret = random_key()?;
    let key =
        PrivateKey::of(&secret).ok_or_else(|| unusable(&private, &"it has no public half"))?;
    let pem = encode(&secret, passphrase.as_ref()).map_err(|error| unusable(&private, &error))?;
    write_new(&private, pem.as_bytes(), 0o600)?;
    let written = write_new(&public, key.public_key().to_pem().as_bytes(), 0o644);
    if written.is_err() {
        // A key without its public half would only stand in the way of the next run.
        let _gone = std::fs::remove_file(&private);
    }
    written?;
    let encryption = passphrase.map_or(Encryption::None, |_| Encryption::Passphrase);
    Ok(GeneratedKey { private, public, key: key.public_key().clone(), encryption })
}

fn with_suffix(out: &Path, suffix: &str) -> PathBuf {
    let mut path = out.as_os_str().to_owned();
    path.push(suffix);
    path.into()
}

fn random_key() -> Result<SecretKey, KeyError> {
    let mut bytes = Zeroizing::new([0; 32]);
    // About one number in 2^32 is no private key; FIPS 186-5, A.2.2 tries the next one as well.
    loop {
        getrandom::fill(&mut *bytes).map_err(KeyError::Random)?;
        if let Ok(secret) = SecretKey::from_slice(&*bytes) {
            return Ok(secret);
        }
    }
}

fn encode(
    secret: &SecretKey,
    passphrase: Option<&Passphrase>,
) -> Result<Zeroizing<String>, pkcs8::Error> {
    let Some(passphrase) = passphrase else { return secret.to_pkcs8_pem(LineEnding::LF) };
    let (mut salt, mut vector) = ([0; 16], [0; 16]);
    for bytes in [&mut salt, &mut vector] {
        getrandom::fill(bytes).map_err(|_| pkcs8::Error::ParametersMalformed)?;
    }
    let scheme = pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(ROUNDS, &salt, vector)?;
    let document = secret.to_pkcs8_der()?;
    let encrypted = PrivateKeyInfoRef::try_from(document.as_bytes())?
        .encrypt_with_params(scheme, passphrase.as_bytes())?;
    Ok(encrypted.to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF)?)
}

fn write_new(path: &Path, bytes: &[u8], mode: u32) -> Result<(), KeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
        _ => KeyError::Write { path: path.to_owned(), source },
    };
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| File::open(folder.unwrap_or(Path::new(".")))?.sync_all());
    written.map_err(|source| {
        // On a full disk the file would be there without a key in it, and a later run would spare it.
        let _gone = std::fs::remove_file(path);
        failed(source)
    })
}
