//! A certificate authority and a server certificate for 127.0.0.1, made on the spot.
//!
//! The certificate also names `registry.test`, which no resolver knows: only a proxy leads there.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use rustls_pki_types::PrivateKeyDer;
use tokio_rustls::TlsAcceptor;

/// Makes both; gives the acceptor and the authority as PEM.
pub(super) fn make() -> (TlsAcceptor, String) {
    let own = "a certificate can be made from constant parameters";
    let mut authority = CertificateParams::new(Vec::new()).expect(own);
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    let key = KeyPair::generate().expect(own);
    let pem = authority.self_signed(&key).expect(own).pem();
    let issuer = Issuer::new(authority, key);
    let names = ["127.0.0.1", "localhost", "registry.test"].map(str::to_owned);
    let server_key = KeyPair::generate().expect(own);
    let server = CertificateParams::new(names).expect(own);
    let server = server.signed_by(&server_key, &issuer).expect(own);
    let secret = PrivateKeyDer::try_from(server_key.serialize_der()).expect(own);
    let mut config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![server.der().clone()], secret)
        .expect("the certificate belongs to the key");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    (TlsAcceptor::from(Arc::new(config)), pem)
}
