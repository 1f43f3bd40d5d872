use std::os::unix::fs::PermissionsExt as _;

use sre_format::{Explain, Fault};
use sre_oci::{Credential, CredentialStore, Reference};
use sre_testkit::upstream::{Anonymous, Auth, Kind, Locations, Settings, Transport};
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use crate::client::{client_with, image, plain, quick};

fn guarded(auth: Auth) -> Upstream {
    let upstream = Upstream::start(Settings { auth, ..Settings::default() });
    upstream.push(&image(1, 1000), "team/app", "1");
    upstream
}

fn login(upstream: &Upstream, password: &str) -> CredentialStore {
    CredentialStore::empty().with(&upstream.host(), Credential::basic("me", password))
}

async fn pull(
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
    let upstream = guarded(Auth::basic("me", "pw"));
    let storage = Upstream::plain();
    storage.push(&image(1, 1000), "team/app", "1");
    let base = storage.url().to_owned();
    upstream.trouble(Trouble::on("/manifests/").does(Misbehaviour::RedirectTo { base }));
    // The 401 of the registry comes before its redirect.
    upstream.trouble(Trouble::on("/never/"));
    let _any = pull(&upstream, &login(&upstream, "pw")).await;
    assert!(!storage.log().is_empty());
    for seen in storage.log() {
        assert!(!seen.headers.contains_key("authorization"));
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
async fn reads_docker_files_and_asks_helpers() {
    let upstream = guarded(Auth::basic("me", "pw"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json");
    std::fs::write(
        &file,
        format!(r#"{{"auths":{{"{}":{{"auth":"bWU6cHc="}}}}}}"#, upstream.host()),
    )
    .unwrap();
    let store = CredentialStore::from_files(vec![folder.path().join("missing.json"), file.clone()]);
    assert!(pull(&upstream, &store).await.unwrap());

    let helper = folder.path().join("docker-credential-sre-test");
    let script = "#!/bin/sh\nread -r server\nprintf '{\"Username\":\"me\",\"Secret\":\"pw\"}'\n";
    std::fs::write(&helper, script).unwrap();
    std::fs::set_permissions(&helper, std::fs::Permissions::from_mode(0o755)).unwrap();
    // A full path is not a name, and a name is looked up in PATH, which tests must not change.
    let text = format!(r#"{{"credHelpers":{{"{}":"../evil"}}}}"#, upstream.host());
    std::fs::write(&file, text).unwrap();
    let error = pull(&upstream, &CredentialStore::from_files(vec![file])).await.unwrap_err();
    assert!(error.to_string().contains("docker-credential-../evil"), "{error}");
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
