//! The certificate that a server shows, taken if it is the one that the site names.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE64;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::ring::default_provider;
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use sre_format::{Digest, Explain, Fault};
use sre_oci::Resolver;
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::TlsConnector;

/// How long a server may take to show its certificate.
const PATIENCE: Duration = Duration::from_secs(20);
/// The letters of a line of PEM (RFC 7468, section 2).
const PEM_LINE: usize = 64;

/// A SHA-256 fingerprint, written as `openssl x509 -fingerprint -sha256` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CertificateFingerprint(Digest);

impl CertificateFingerprint {
    /// Gives that of a certificate in DER.
    #[must_use]
    pub fn of(der: &[u8]) -> Self {
        Self(Digest::of(der))
    }
}

impl fmt::Display for CertificateFingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.as_bytes().iter().enumerate() {
            let colon = if index == 0 { "" } else { ":" };
            write!(formatter, "{colon}{byte:02X}")?;
        }
        Ok(())
    }
}

/// Says why the certificate was not taken.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// It is another one.
    #[error("{server} shows a certificate whose SHA-256 is {shown}")]
    Other {
        /// Its name and port.
        server: String,
        /// The SHA-256 of what it shows.
        shown: CertificateFingerprint,
    },
    /// It shows none.
    #[error("{server} shows no certificate")]
    None {
        /// Its name and port.
        server: String,
        /// Why not.
        source: io::Error,
    },
}

impl Explain for CertificateError {
    fn fault(&self) -> Fault {
        match self {
            Self::Other { .. } => Fault::Trust,
            Self::None { .. } => Fault::Site,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Other { .. } => "compare it on the console of Proxmox, `openssl x509 -noout -fingerprint -sha256 \
                                   -in /etc/pve/local/pve-ssl.pem`; if it is another one there, write it as \
                                   `fingerprint`, and if not, somebody stands between"
                .into(),
            Self::None { .. } => {
                "check `endpoint` under `[proxmox]`, and that its API answers on that port".into()
            }
        })
    }
}

/// Asks a server for its certificate and gives it as PEM if it has this fingerprint, in large or small letters.
pub async fn certificate_of(
    host: &str,
    port: u16,
    fingerprint: &str,
) -> Result<String, CertificateError> {
    let server = format!("{host}:{port}");
    let shown = tokio::time::timeout(PATIENCE, shown(host, port)).await;
    let shown = shown.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
    match shown {
        Err(source) => Err(CertificateError::None { server, source }),
        Ok(certificate) => {
            let shown = CertificateFingerprint::of(&certificate);
            if shown.to_string().eq_ignore_ascii_case(fingerprint) {
                Ok(pem(&certificate))
            } else {
                Err(CertificateError::Other { server, shown })
            }
        }
    }
}

async fn shown(host: &str, port: u16) -> io::Result<CertificateDer<'static>> {
    let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
    let name = ServerName::try_from(host.to_owned()).map_err(invalid)?;
    let stream = connect(host, port).await?;
    let provider = Arc::new(default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anybody(provider)))
        .with_no_client_auth();
    // Nothing is said to the server: it only proves that the key of its certificate is its own.
    let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let certificates = stream.get_ref().1.peer_certificates().unwrap_or_default();
    let first = certificates.first().ok_or(io::ErrorKind::NotFound)?;
    Ok(first.clone().into_owned())
}

async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let addresses = match host.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(address) => vec![address],
        Err(_) => Resolver::default().addresses(host).await.map_err(io::Error::other)?,
    };
    let mut failed = io::ErrorKind::NotFound.into();
    for address in addresses {
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
        match socket?.connect(SocketAddr::new(address, port)).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failed = error,
        }
    }
    Err(failed)
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let text = BASE64.encode(certificate);
    let lines = text.as_bytes().chunks(PEM_LINE).map(String::from_utf8_lossy);
    let lines: Vec<_> = lines.collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}

/// Takes every certificate, because only then its fingerprint is looked at.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
