//! New key pairs.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use p256::SecretKey;
use p256::pkcs8::{EncodePrivateKey as _, LineEnding};
use pkcs8::PrivateKeyInfoRef;
use pkcs8::pkcs5::pbes2;
use sre_format::Timestamp;
use sre_format::signature::PublicKey;
use sre_openpgp::Fingerprint;
use sre_openpgp::signing::SigningKey;
use zeroize::Zeroizing;

use super::private::unusable;
use super::{KeyError, Passphrase, PassphraseSource, PrivateKey};

/// Which key pairs are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Pair {
    /// The pair that signs bundles
    Bundle,
    /// The OpenPGP pair that signs metadata of package repositories
    Openpgp,
}

/// The key pairs that were written to disk.
#[derive(Debug)]
pub struct GeneratedKeys {
    /// The pair that signs bundles.
    pub bundle: Option<GeneratedKey<PublicKey>>,
    /// The pair that signs metadata of package repositories.
    pub repository: Option<GeneratedKey<Fingerprint>>,
    /// Whether a passphrase protects the private keys.
    pub encryption: Encryption,
}

/// A key pair that was written to disk.
#[derive(Debug)]
pub struct GeneratedKey<Public> {
    /// Path of the private key.
    pub private: PathBuf,
    /// Path of the public key.
    pub public: PathBuf,
    /// The public key, or how it is known.
    pub key: Public,
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

/// The texts of a pair that is not on disk yet.
struct Made<Public> {
    paths: (PathBuf, PathBuf),
    private: Zeroizing<String>,
    public: String,
    key: Public,
}

/// Makes key pairs and writes `OUT.key` (PKCS#8 PEM, 0600) and `OUT.pub` (SPKI PEM) for bundles,
/// `OUT.pgp.key` (0600) and `OUT.pgp.pub` (both armored) for package repositories.
///
/// One passphrase protects all of them. Nothing is ever overwritten, and nothing is written unless all can
/// be; `user` is the name on the OpenPGP key.
pub fn generate(
    out: &Path,
    pairs: &[Pair],
    user: &str,
    passphrases: &PassphraseSource,
) -> Result<GeneratedKeys, KeyError> {
    let paths =
        |pair| (with_suffix(out, suffix(pair, ".key")), with_suffix(out, suffix(pair, ".pub")));
    let asked = |pair| pairs.contains(&pair).then(|| paths(pair));
    let (bundle, repository) = (asked(Pair::Bundle), asked(Pair::Openpgp));
    for (private, public) in bundle.iter().chain(&repository) {
        for path in [private, public] {
            if path.symlink_metadata().is_ok() {
                return Err(KeyError::Exists { path: path.clone() });
            }
        }
    }
    let asked_for = bundle.as_ref().or(repository.as_ref()).map(|(private, _)| private.as_path());
    let passphrase = passphrases.choose(asked_for.unwrap_or(out))?;
    let passphrase = passphrase.filter(|chosen| !chosen.is_empty());
    let bundle = bundle.map(|paths| make(paths, passphrase.as_ref())).transpose()?;
    let repository =
        repository.map(|paths| make_openpgp(paths, user, passphrase.as_ref())).transpose()?;
    let encryption = passphrase.map_or(Encryption::None, |_| Encryption::Passphrase);
    let bundle = bundle.map(Made::write).transpose()?;
    let repository = repository.map(Made::write).transpose().inspect_err(|_| {
        bundle.iter().for_each(GeneratedKey::take_back);
    })?;
    Ok(GeneratedKeys { bundle, repository, encryption })
}

const fn suffix(pair: Pair, half: &'static str) -> [&'static str; 2] {
    match pair {
        Pair::Bundle => ["", half],
        Pair::Openpgp => [".pgp", half],
    }
}

fn make(
    paths: (PathBuf, PathBuf),
    passphrase: Option<&Passphrase>,
) -> Result<Made<PublicKey>, KeyError> {
    let secret = random_key()?;
    let key =
        PrivateKey::of(&secret).ok_or_else(|| unusable(&paths.0, &"it has no public half"))?;
    let private = encode(&secret, passphrase).map_err(|error| unusable(&paths.0, &error))?;
    let key = key.public_key().clone();
    Ok(Made { paths, private, public: key.to_pem(), key })
}

fn make_openpgp(
    paths: (PathBuf, PathBuf),
    user: &str,
    passphrase: Option<&Passphrase>,
) -> Result<Made<Fingerprint>, KeyError> {
    let key = SigningKey::generate(user, Timestamp::now())?;
    let private = key.private_key(passphrase.map(Passphrase::as_bytes))?;
    Ok(Made { paths, private, public: key.public_key()?, key: key.fingerprint() })
}

impl<Public> Made<Public> {
    fn write(self) -> Result<GeneratedKey<Public>, KeyError> {
        let (private, public) = self.paths;
        write_new(&private, self.private.as_bytes(), 0o600)?;
        let written = write_new(&public, self.public.as_bytes(), 0o644);
        if written.is_err() {
            let _gone = std::fs::remove_file(&private);
        }
        written?;
        Ok(GeneratedKey { private, public, key: self.key })
    }
}

impl<Public> GeneratedKey<Public> {
    /// A key without its other half, or without the other pair, would only stand in the way of the next run.
    fn take_back(&self) {
        for path in [&self.private, &self.public] {
            let _gone = std::fs::remove_file(path);
        }
    }
}

fn with_suffix(out: &Path, suffix: [&str; 2]) -> PathBuf {
    let mut path = out.as_os_str().to_owned();
    for part in suffix {
        path.push(part);
    }
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
