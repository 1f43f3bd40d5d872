//! Whom TLS trusts: the system's authorities, where there are any, and those that are named.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::TransportError;

/// Where distributions keep the system's authorities; the first that exists is read.
const SYSTEM_FILES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// The most bytes of a file of authorities that are read; the system's have 200 kB.
const MAX_FILE: u64 = 16 << 20;

/// Makes the TLS settings for hosts that trust the system's authorities and those of `ca_files`.
pub(super) fn client_config(ca_files: &[PathBuf]) -> Result<ClientConfig, TransportError> {
    let mut roots = RootCertStore::empty();
    // A machine without authorities is no error: with none, only named ones are trusted.
    if let Some(path) = system_file() {
        roots.add_parsable_certificates(certificates(&path).unwrap_or_default());
    }
    for path in ca_files {
        let named = certificates(path)
            .map_err(|source| TransportError::CaFile { path: path.clone(), source })?;
        if roots.add_parsable_certificates(named).0 == 0 {
            return Err(TransportError::CaFileEmpty { path: path.clone() });
        }
    }
    with_roots(roots)
}

/// Makes TLS settings that trust nobody, for connections that are plain HTTP.
pub(super) fn trusting_nobody() -> Result<ClientConfig, TransportError> {
    with_roots(RootCertStore::empty())
}

fn with_roots(roots: RootCertStore) -> Result<ClientConfig, TransportError> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|source| TransportError::Setup {
            host: "TLS".to_owned(),
            source: source.into(),
        })?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn system_file() -> Option<PathBuf> {
    std::env::var_os("SSL_CERT_FILE")
        .map(PathBuf::from)
        .or_else(|| SYSTEM_FILES.iter().map(PathBuf::from).find(|path| path.exists()))
}

fn certificates(path: &Path) -> std::io::Result<Vec<CertificateDer<'static>>> {
    let mut pem = Vec::new();
    std::fs::File::open(path)?.take(MAX_FILE).read_to_end(&mut pem)?;
    Ok(CertificateDer::pem_slice_iter(&pem).filter_map(Result::ok).collect())
}
