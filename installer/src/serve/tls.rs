//! Certificates: given by the operator, or made on the spot.
//!
//! Without files the server makes itself a certificate authority, once, in the state directory; nodes
//! are told its fingerprint on paper or by voice and keep trusting it across restarts. The server's
//! own certificate lives as long as the process: one is made for each address that somebody connects
//! to, because only the connection knows which of the machine's addresses that is, and asking the
//! system for all of them would miss those that come later.
//!
//! Nothing here expires: a clock behind an air gap may say anything, and both keys can be replaced by
//! deleting a file.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use sre_steps::{Readers, write_atomically};

use super::ServeError;
use crate::host::CertificateFingerprint;

/// The largest certificate or key file that is read, in bytes.
const MAX_FILE: u64 = 1 << 20;
/// For how many addresses of the machine certificates are kept.
const MAX_ADDRESSES: usize = 256;
/// The name in the authority's certificate.
const AUTHORITY_NAME: &str = "SRE bundle server authority";

/// Gives the TLS settings for each connection.
pub struct Certificates {
    origin: Origin,
}

enum Origin {
    Given(Arc<ServerConfig>),
    Made(Box<Made>),
}

struct Made {
    authority: Authority,
    issuer: Issuer<'static, KeyPair>,
    names: Vec<String>,
    by_address: Mutex<HashMap<IpAddr, Arc<ServerConfig>>>,
}

/// The certificate authority that the server made, as clients must come to trust it.
#[derive(Clone, Debug)]
pub struct Authority {
    /// Where its certificate is.
    pub path: PathBuf,
    /// Its certificate.
    pub pem: String,
    /// The SHA-256 of its certificate in DER.
    pub fingerprint: CertificateFingerprint,
}

impl Certificates {
    /// Uses a chain and its key, both PEM.
    pub fn given(chain: &Path, key: &Path) -> Result<Self, ServeError> {
        let wrong =
            |path: &Path, reason: String| ServeError::Certificate { path: path.to_owned(), reason };
        let text = super::read_text(chain, MAX_FILE)?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(text.as_bytes())
            .collect::<Result<_, _>>()
            .map_err(|error| wrong(chain, error.to_string()))?;
        if certificates.is_empty() {
            return Err(wrong(chain, "it holds no certificate".to_owned()));
        }
        let text = super::read_text(key, MAX_FILE)?;
        let secret = PrivateKeyDer::from_pem_slice(text.as_bytes())
            .map_err(|_| wrong(key, "it holds no private key without a passphrase".to_owned()))?;
        let config =
            config(certificates, secret).map_err(|error| wrong(chain, error.to_string()))?;
        Ok(Self { origin: Origin::Given(config) })
    }

    /// Makes certificates for names, addresses and whatever address is connected to; the authority
    /// is kept in a folder and made only when it is missing.
    pub fn made(folder: &Path, names: Vec<String>) -> Result<Self, ServeError> {
        let (authority, key) = Authority::load_or_make(folder)?;
        let issuer = Issuer::new(authority_params()?, key);
        let made = Made { authority, issuer, names, by_address: Mutex::default() };
        // Finds names that cannot stand in a certificate now, and not at the first connection.
        made.config_for(IpAddr::from([127, 0, 0, 1]))?;
        Ok(Self { origin: Origin::Made(Box::new(made)) })
    }

    /// Gives the authority that clients must trust, where the server made one.
    #[must_use]
    pub fn authority(&self) -> Option<&Authority> {
        match &self.origin {
            Origin::Given(_) => None,
            Origin::Made(made) => Some(&made.authority),
        }
    }

    /// Gives the settings for a connection to one of the machine's addresses.
    pub(super) fn config_for(&self, address: IpAddr) -> Result<Arc<ServerConfig>, ServeError> {
        match &self.origin {
            Origin::Given(config) => Ok(Arc::clone(config)),
            Origin::Made(made) => made.config_for(address.to_canonical()),
        }
    }
}

impl Made {
    fn config_for(&self, address: IpAddr) -> Result<Arc<ServerConfig>, ServeError> {
        let mut known = self.by_address.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(config) = known.get(&address) {
            return Ok(Arc::clone(config));
        }
        let made = self.make(address)?;
        if known.len() < MAX_ADDRESSES {
            known.insert(address, Arc::clone(&made));
        }
        Ok(made)
    }

    fn make(&self, address: IpAddr) -> Result<Arc<ServerConfig>, ServeError> {
        let mut names = self.names.clone();
        names.push(address.to_string());
        names.sort();
        names.dedup();
        let failed = |source| ServeError::MakeCertificate { names: names.join(", "), source };
        let mut params = CertificateParams::new(names.clone()).map_err(failed)?;
        params.distinguished_name.push(DnType::CommonName, "SRE bundle server");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        let key = KeyPair::generate().map_err(failed)?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(failed)?;
        let secret = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        config(vec![certificate.der().clone()], secret).map_err(|error| ServeError::Certificate {
            path: self.authority.path.clone(),
            reason: error.to_string(),
        })
    }
}

impl Authority {
    fn load_or_make(folder: &Path) -> Result<(Self, KeyPair), ServeError> {
        let (certificate, secret) = (folder.join("ca.pem"), folder.join("ca.key"));
        if secret.exists() {
            return Self::load(certificate, &secret);
        }
        let names = AUTHORITY_NAME.to_owned();
        let failed = |source| ServeError::MakeCertificate { names, source };
        let made = KeyPair::generate().and_then(|key| {
            let params = params()?;
            Ok((params.self_signed(&key)?, key))
        });
        let (made, key) = made.map_err(failed)?;
        let write = |path: &Path, text: &str, readers| {
            write_atomically(path, text.as_bytes(), readers)
                .map_err(|source| ServeError::Write { path: path.to_owned(), source })
        };
        std::fs::create_dir_all(folder)
            .map_err(|source| ServeError::Write { path: folder.to_owned(), source })?;
        // The key last: its presence says that both are there.
        write(&certificate, &made.pem(), Readers::Everyone)?;
        write(&secret, &key.serialize_pem(), Readers::Owner)?;
        Ok((Self::of(certificate, made.pem(), made.der()), key))
    }

    fn load(certificate: PathBuf, secret: &Path) -> Result<(Self, KeyPair), ServeError> {
        let wrong = |reason: String| {
            let folder = certificate.parent().unwrap_or(Path::new("")).to_owned();
            ServeError::Authority { folder, reason }
        };
        let pem = super::read_text(&certificate, MAX_FILE)?;
        let der = CertificateDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| wrong(format!("ca.pem is no certificate: {error}")))?;
        let text = super::read_text(secret, MAX_FILE)?;
        let key = KeyPair::from_pem(&text)
            .map_err(|error| wrong(format!("ca.key is no private key: {error}")))?;
        let public = key.public_key_raw();
        if !der.windows(public.len()).any(|window| window == public) {
            return Err(wrong("ca.pem and ca.key do not belong together".to_owned()));
        }
        Ok((Self::of(certificate, pem, &der), key))
    }

    fn of(path: PathBuf, pem: String, der: &CertificateDer<'_>) -> Self {
        let path = std::path::absolute(&path).unwrap_or(path);
        Self { path, pem, fingerprint: CertificateFingerprint::of(der) }
    }
}

fn authority_params() -> Result<CertificateParams, ServeError> {
    let names = AUTHORITY_NAME.to_owned();
    params().map_err(|source| ServeError::MakeCertificate { names, source })
}

fn params() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, AUTHORITY_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    Ok(params)
}

fn config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The names and addresses that a certificate has without being told.
pub(crate) fn own_names() -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    if host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
        names.extend(Some(host).filter(|host| !host.is_empty()));
    }
    names
}

impl fmt::Debug for Certificates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Certificates").finish_non_exhaustive()
    }
}

/// Reads a small text file with a limit.
pub(super) fn read_text(path: &Path, limit: u64) -> Result<String, ServeError> {
    use io::Read as _;
    let failed = |source| ServeError::Read { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    let read = file.take(limit + 1).read_to_string(&mut text).map_err(failed)?;
    if read as u64 > limit {
        return Err(failed(io::Error::other("the file is too large")));
    }
    Ok(text)
}
