//! TLS of `serve`: certificates made on the spot, and given ones.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::Client;
use sre_install::serve::{Certificates, ServeError, Settings};
use sre_testkit::bundle::Bundle;

use crate::server::{image, start_with, tls_client};

fn bundle() -> Bundle {
    Bundle::new().carry("docker.io/app:v1", &image(1, 1000))
}

/// A client that trusts an authority and finds a server under any name.
fn client(authority: &str, name: &str, address: SocketAddr) -> Client {
    let builder = Client::builder().tls_backend_preconfigured(tls_client(Some(authority)));
    builder.resolve(name, address).build().unwrap()
}

#[tokio::test]
async fn the_certificate_made_on_the_spot_holds_for_names_and_addresses_alone() {
    let state = tempfile::tempdir().unwrap();
    let names = vec!["registry.site".to_owned(), "192.0.2.7".to_owned()];
    let certificates = Arc::new(Certificates::made(state.path(), names).unwrap());
    let authority = certificates.authority().unwrap().clone();
    let settings = Settings { tls: Some(certificates), ..Settings::default() };
    let server = start_with(bundle(), settings).await;
    let address: SocketAddr = server.url.strip_prefix("https://").unwrap().parse().unwrap();
    assert_eq!(server.status("/v2/").await, 200, "by the address that is connected to");
    for (name, is_right) in [("registry.site", true), ("other.site", false)] {
        let url = format!("https://{name}:{}/v2/", address.port());
        let answer = client(&authority.pem, name, address).get(url).send().await;
        assert_eq!(answer.is_ok(), is_right, "{name}");
    }
    let stranger = crate::server::client(None).get(format!("{}/v2/", server.url)).send().await;
    assert!(stranger.is_err(), "nobody trusts it before the fingerprint was compared");
}

#[tokio::test]
async fn only_http_1_is_agreed_on() {
    let state = tempfile::tempdir().unwrap();
    let certificates = Arc::new(Certificates::made(state.path(), Vec::new()).unwrap());
    let authority = certificates.authority().unwrap().clone();
    let settings = Settings { tls: Some(certificates), ..Settings::default() };
    let server = start_with(bundle(), settings).await;
    for (offered, agrees) in [(vec!["h2", "http/1.1"], true), (vec!["h2"], false)] {
        let mut tls = tls_client(Some(&authority.pem));
        tls.alpn_protocols = offered.iter().map(|name| name.as_bytes().to_vec()).collect();
        let client = Client::builder().tls_backend_preconfigured(tls).build().unwrap();
        let answer = client.get(format!("{}/healthz", server.url)).send().await;
        let version = answer.map(|answer| answer.version()).ok();
        assert_eq!(version, agrees.then_some(reqwest::Version::HTTP_11), "{offered:?}");
    }
}

#[tokio::test]
async fn a_given_chain_is_used_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let made = rcgen::generate_simple_self_signed(vec!["given.site".to_owned()]).unwrap();
    std::fs::write(path("tls.crt"), made.cert.pem()).unwrap();
    std::fs::write(path("tls.key"), made.signing_key.serialize_pem()).unwrap();
    let given = Certificates::given(&path("tls.crt"), &path("tls.key")).unwrap();
    assert!(given.authority().is_none());
    let settings = Settings { tls: Some(Arc::new(given)), ..Settings::default() };
    let server = start_with(bundle(), settings).await;
    let address: SocketAddr = server.url.strip_prefix("https://").unwrap().parse().unwrap();
    let url = format!("https://given.site:{}", address.port());
    let client = client(&made.cert.pem(), "given.site", address);
    assert_eq!(client.get(format!("{url}/v2/")).send().await.unwrap().status(), 200);
    assert_eq!(client.get(format!("{url}/ca.pem")).send().await.unwrap().status(), 404);
}

#[test]
fn chains_and_keys_that_cannot_work_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    for name in ["one", "two"] {
        let made = rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap();
        std::fs::write(path(&format!("{name}.crt")), made.cert.pem()).unwrap();
        std::fs::write(path(&format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    }
    std::fs::write(path("empty"), "").unwrap();
    for (chain, key, wrong) in [
        ("one.crt", "two.key", "one.crt"),
        ("empty", "one.key", "empty"),
        ("one.crt", "empty", "empty"),
        ("missing", "one.key", "missing"),
    ] {
        let error = Certificates::given(&path(chain), &path(key)).unwrap_err();
        assert!(error.to_string().contains(wrong), "{error}");
    }
}

#[test]
fn an_authority_that_does_not_hold_together_says_how_to_make_another() {
    let [own, other] = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for folder in [&own, &other] {
        Certificates::made(folder.path(), Vec::new()).unwrap();
    }
    let pem = std::fs::read(other.path().join("ca.pem")).unwrap();
    for bytes in [pem, b"nothing".to_vec()] {
        std::fs::write(own.path().join("ca.pem"), bytes).unwrap();
        let error = Certificates::made(own.path(), Vec::new()).unwrap_err();
        assert!(matches!(error, ServeError::Authority { .. }), "{error}");
        assert!(sre_format::Explain::hint(&error).unwrap().contains("delete ca.pem and ca.key"));
    }
}
