//! The upstream as clients meet it.
#![allow(clippy::unwrap_used, reason = "a failing test panics")]

mod auth;
mod pull;
mod push;
mod trouble;

use reqwest::{Client, Response};
use sre_testkit::Upstream;
use sre_testkit::image::{Artifact, Image, Layer, Packing};

fn image() -> Artifact {
    Image::new("linux/amd64").layer(Layer::random(1, 100_000, Packing::Stored)).build()
}

fn client() -> Client {
    client_for(None)
}

fn client_for(authority: Option<&str>) -> Client {
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let mut roots = rustls::RootCertStore::empty();
    if let Some(pem) = authority {
        use rustls_pki_types::pem::PemObject as _;
        let authority = rustls_pki_types::CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        roots.add(authority).unwrap();
    }
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = Client::builder().tls_backend_preconfigured(tls);
    builder.redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

async fn get(upstream: &Upstream, path: &str) -> Response {
    client().get(format!("{}{path}", upstream.url())).send().await.unwrap()
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}
