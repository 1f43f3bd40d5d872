use sre_format::{Explain, Fault};
use sre_oci::{Credential, CredentialStore, Reference};
use sre_testkit::upstream::{Anonymous, Auth, Kind, Locations, Settings, Transport};
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use crate::client::{client_with, image, plain, quick};

pub(crate) fn guarded(auth: Auth) -> Upstream {
    let upstream = Upstream::start(Settings { auth, ..Settings::default() });
    upstream.push(&image(1, 1000), "team/app", "1");
    upstream
}

fn login(upstream: &Upstream, password: &str) -> CredentialStore {
    CredentialStore::empty().with(&upstream.host(), Credential::basic("me", password))
}

pub(crate) async fn pull(
    upstream: &Upstream,
    credentials: &CredentialStore,
) -> Result<bool, sre_oci::ClientError> {
    let client = client_with(upstream, plain(upstream), credentials);
    client.manifest("team/app", &Reference::tag("1")).await.map(|found| found.is_some())
}

#[tokio::test]
async fn logs_in_with_password_token_and_identity_token() {
    for auth in [Auth::basic("me", "pw"), Auth::bearer("me", "pw")] {
        let upstream = guarded(auth);
        assert!(pull(&upstream, &login(&upstream, "pw")).await.unwrap());
    }
    let upstream = guarded(Auth::bearer("me", "pw"));
    let secret = sre_oci::credentials::Secret::new("pw".to_owned());
    let store = CredentialStore::empty().with(&upstream.host(), Credential::IdentityToken(secret));
    assert!(pull(&upstream, &store).await.unwrap());
}

#[tokio::test]
async fn pulls_as_nobody_where_that_is_allowed() {
    let upstream = guarded(Auth::anonymous_bearer());
    assert!(pull(&upstream, &CredentialStore::empty()).await.unwrap());
}

#[tokio::test]
async fn says_who_was_refused_and_never_the_password() {
    for auth in [Auth::basic("me", "pw"), Auth::bearer("me", "pw")] {
        let upstream = guarded(auth);
        for store in [login(&upstream, "hunter2"), CredentialStore::empty()] {
            let error = pull(&upstream, &store).await.unwrap_err();
            assert_eq!(error.fault(), Fault::Upstream);
            assert!(error.hint().unwrap().contains("login"), "{error:?}");
            assert!(!format!("{error} {error:?} {store:?}").contains("hunter2"), "{error:?}");
        }
    }
}

#[tokio::test]
async fn a_token_is_fetched_once_for_each_scope_and_again_when_it_is_used_up() {
    let upstream = guarded(Auth::bearer("me", "pw"));
    let client = client_with(&upstream, plain(&upstream), &login(&upstream, "pw"));
    let reference = Reference::tag("1");
    for _ in 0..3 {
        client.manifest("team/app", &reference).await.unwrap();
    }
    assert_eq!(upstream.count(Kind::Token), 1);
    let auth = Auth::Bearer {
        user: "me".to_owned(),
        password: "pw".to_owned(),
        anonymous: Anonymous::Refused,
        uses: 1,
    };
    let upstream = guarded(auth);
    let client = client_with(&upstream, plain(&upstream), &login(&upstream, "pw"));
    for _ in 0..3 {
        client.manifest("team/app", &reference).await.unwrap();
    }
    assert_eq!(upstream.count(Kind::Token), 3);
}

#[tokio::test]
async fn stored_credentials_never_go_to_a_foreign_realm() {
    let upstream = guarded(Auth::bearer("me", "pw"));
    let thief = Upstream::start(Settings { auth: Auth::bearer("me", "pw"), ..Settings::default() });
    let realm = format!("http://localhost:{}/token", thief.address().port());
    upstream.trouble(Trouble::on("/v2/").does(Misbehaviour::ForeignRealm { realm }));
    let error = pull(&upstream, &login(&upstream, "pw")).await.unwrap_err();
    assert!(error.to_string().contains("another site"), "{error}");
    assert!(error.hint().unwrap().contains("trusted-realms"));
    assert!(thief.log().is_empty());
    let mut options = plain(&upstream);
    options.hosts.entry(upstream.host()).or_default().trusted_realms = vec!["localhost".into()];
    let client = client_with(&upstream, options, &login(&upstream, "pw"));
    // The token is asked for now; that it opens nothing here is another matter.
    let _refused = client.manifest("team/app", &Reference::tag("1")).await;
    assert_eq!(thief.count(Kind::Token), 1);
}

#[tokio::test]
async fn a_realm_on_the_metadata_address_is_never_asked() {
    let upstream = guarded(Auth::anonymous_bearer());
    let realm = "http://169.254.169.254/latest".to_owned();
    upstream.trouble(Trouble::on("/v2/").does(Misbehaviour::ForeignRealm { realm }));
    let error = pull(&upstream, &CredentialStore::empty()).await.unwrap_err();
    assert!(error.to_string().contains("link-local"), "{error}");
}

#[tokio::test]
async fn a_redirect_to_another_host_is_followed_without_credentials() {
    for auth in [Auth::basic("me", "pw"), Auth::bearer("me", "pw")] {
        let upstream = guarded(auth);
        let storage = Upstream::plain();
        storage.push(&image(1, 1000), "team/app", "1");
        let client = client_with(&upstream, plain(&upstream), &login(&upstream, "pw"));
        // The first exchange tells what the registry wants; from then on it is sent at once.
        client.manifest("team/app", &Reference::tag("1")).await.unwrap();
        upstream.clear_log();
        let base = storage.url().to_owned();
        upstream.trouble(Trouble::on("/manifests/").does(Misbehaviour::RedirectTo { base }));
        let found = client.manifest("team/app", &Reference::tag("1")).await.unwrap();
        assert!(found.is_some());
        let sent = |upstream: &Upstream| -> Vec<bool> {
            let log = upstream.log().into_iter();
            log.map(|seen| seen.headers.contains_key("authorization")).collect()
        };
        assert_eq!((sent(&upstream), sent(&storage)), (vec![true], vec![false]));
    }
}

#[tokio::test]
async fn a_storage_service_that_asks_for_a_login_gets_none_and_changes_nothing() {
    let upstream = guarded(Auth::bearer("me", "pw"));
    let storage = guarded(Auth::basic("me", "pw"));
    let client = client_with(&upstream, plain(&upstream), &login(&upstream, "pw"));
    let reference = Reference::tag("1");
    client.manifest("team/app", &reference).await.unwrap();
    let base = storage.url().to_owned();
    let trouble = Trouble::on("/manifests/").times(1).does(Misbehaviour::RedirectTo { base });
    upstream.trouble(trouble);
    upstream.clear_log();
    let error = client.manifest("team/app", &reference).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(401), "{error}");
    assert_eq!((upstream.log().len(), storage.log().len()), (1, 1));
    client.manifest("team/app", &reference).await.unwrap();
    for seen in upstream.log().iter().chain(&storage.log()) {
        let sent = seen.headers.get("authorization").map(|value| value.to_str().unwrap());
        assert!(sent.is_none_or(|sent| sent.starts_with("Bearer ")), "{sent:?}");
    }
}

#[tokio::test]
async fn an_upload_on_another_host_never_gets_our_token() {
    let elsewhere = Upstream::plain();
    let upstream = Upstream::start(Settings {
        auth: Auth::bearer("me", "pw"),
        locations: Locations::Elsewhere(elsewhere.url().to_owned()),
        ..Settings::default()
    });
    let client = client_with(&upstream, plain(&upstream), &login(&upstream, "pw"));
    let blob = bytes::Bytes::from_static(b"blob");
    let digest = sre_format::Digest::of(&blob);
    let _any = client.upload_blob("team/app", digest, 4, std::sync::Arc::new(blob), None).await;
    assert!(!elsewhere.log().is_empty());
    for seen in elsewhere.log() {
        assert!(!seen.headers.contains_key("authorization"), "{}", seen.path);
    }
}

#[tokio::test]
async fn trusts_the_named_authority_and_nobody_else() {
    let settings = Settings { transport: Transport::Tls, ..Settings::default() };
    let upstream = Upstream::start(settings);
    upstream.push(&image(1, 1000), "team/app", "1");
    let reference = Reference::tag("1");
    let client = client_with(&upstream, quick(), &CredentialStore::empty());
    let error = client.manifest("team/app", &reference).await.unwrap_err();
    assert!(error.hint().unwrap().contains("ca-file"), "{error:?}");

    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), upstream.authority().unwrap()).unwrap();
    let mut options = quick();
    options.hosts.entry(upstream.host()).or_default().ca_files = vec![file.path().to_owned()];
    let client = client_with(&upstream, options.clone(), &CredentialStore::empty());
    assert!(client.manifest("team/app", &reference).await.unwrap().is_some());

    std::fs::write(file.path(), "no certificate").unwrap();
    let client = client_with(&upstream, options, &CredentialStore::empty());
    let error = client.manifest("team/app", &reference).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Input);
}

#[tokio::test]
async fn names_plain_http_when_the_server_speaks_no_tls() {
    let upstream = Upstream::plain();
    let client = client_with(&upstream, quick(), &CredentialStore::empty());
    let error = client.manifest("a", &Reference::tag("1")).await.unwrap_err();
    assert!(error.hint().unwrap().contains("plain-http"), "{error:?}");
}
