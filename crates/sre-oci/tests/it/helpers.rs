//! Credential files and the helper programs that they name, honest and not.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use sre_format::{Explain, Fault};
use sre_oci::{ClientError, CredentialStore};
use sre_testkit::Upstream;
use sre_testkit::upstream::Auth;
use tempfile::TempDir;

use crate::authorization::{guarded, pull};

/// A registry with a password, and a folder for credential files and helpers.
struct Desk {
    upstream: Upstream,
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let upstream = guarded(Auth::basic("me", "pw"));
        Self { upstream, folder: tempfile::tempdir().unwrap() }
    }

    /// Writes the credential file; `HOST` in the text is the registry.
    fn file(&self, text: &str) -> CredentialStore {
        let path = self.folder.path().join("config.json");
        std::fs::write(&path, text.replace("HOST", &self.upstream.host())).unwrap();
        let missing = self.folder.path().join("missing.json");
        CredentialStore::from_files(vec![missing, path])
            .helpers_in(self.folder.path().to_owned())
            .patience(Duration::from_secs(20))
    }

    /// Writes a helper named `test` that is a shell script, and the file that names it.
    fn helper(&self, script: &str) -> CredentialStore {
        let path = self.folder.path().join("docker-credential-test");
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        self.file(r#"{"credHelpers": {"HOST": "test"}}"#)
    }

    async fn pull(&self, store: &CredentialStore) -> Result<bool, ClientError> {
        pull(&self.upstream, store).await
    }
}

const ANSWER: &str = r#"printf '{"ServerURL":"x","Username":"me","Secret":"pw"}'"#;

#[tokio::test]
async fn every_shape_of_a_credential_file_logs_in() {
    let desk = Desk::new();
    for text in [
        r#"{"auths": {"HOST": {"auth": "bWU6cHc="}}}"#,
        r#"{"auths": {"https://HOST/v1/": {"auth": "bWU6cHc="}}}"#,
        r#"{"auths": {"HOST": {"username": "me", "password": "pw"}}}"#,
        r#"{"auths": {"HOST": {"auth": "bWU6d3Jvbmc="}, "HOST/team": {"auth": "bWU6cHc="}}}"#,
        r#"{"auths": {"HOST/team/app": {"auth": "bWU6cHc="}, "HOST/other": {"auth": "bWU6d3Jvbmc="}}}"#,
        r#"{"auths": {"HOST": {"auth": "bWU6cHc="}}, "credHelpers": null, "credsStore": "", "HttpHeaders": {}}"#,
    ] {
        assert!(desk.pull(&desk.file(text)).await.unwrap(), "{text}");
    }
}

#[tokio::test]
async fn helpers_are_asked_by_host_or_for_all_hosts() {
    let desk = Desk::new();
    // The name of the registry comes on the first line, as docker sends it.
    let script = format!("read -r server; [ \"$server\" = {} ] && {ANSWER}", desk.upstream.host());
    assert!(desk.pull(&desk.helper(&script)).await.unwrap());
    for text in [
        r#"{"credsStore": "test"}"#,
        r#"{"auths": {"HOST": {}}, "credsStore": "test"}"#,
        r#"{"auths": {"HOST": {"auth": "bWU6d3Jvbmc="}}, "credHelpers": {"HOST": "test"}}"#,
    ] {
        assert!(desk.pull(&desk.file(text)).await.unwrap(), "{text}");
    }
    assert!(desk.pull(&desk.helper(ANSWER)).await.unwrap(), "one that reads nothing is fine");
}

#[tokio::test]
async fn a_helper_that_knows_nothing_is_no_failure() {
    let desk = Desk::new();
    let unknown = "echo 'credentials not found in native keychain'; exit 1";
    let error = desk.pull(&desk.helper(unknown)).await.unwrap_err();
    assert!(error.to_string().contains("without a login"), "{error}");
}

#[tokio::test]
async fn a_helper_that_fails_or_prints_rubbish_is_named_and_never_quoted() {
    let desk = Desk::new();
    for (script, reason) in [
        ("echo hunter2; exit 1", "ended with an error"),
        ("kill -9 $$", "ended with an error"),
        ("echo hunter2", "not JSON"),
        (r#"echo '{"Username": "hunter2"}'"#, "not JSON"),
        ("printf '\\377\\376hunter2'", "not JSON"),
        ("yes hunter2", "ended with an error"),
    ] {
        let error = desk.pull(&desk.helper(script)).await.unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains("`docker-credential-test` failed"), "{script}: {text}");
        assert!(text.contains(reason) && !text.contains("hunter2"), "{script}: {text}");
        assert_eq!(error.fault(), Fault::Site);
        assert!(error.hint().unwrap().contains("docker-credential-test list"), "{error:?}");
    }
}

#[tokio::test]
async fn a_helper_that_hangs_is_waited_for_once() {
    let desk = Desk::new();
    let asked = desk.folder.path().join("asked");
    let script = format!("echo asked >> {}; exec tail -f /dev/null", asked.display());
    let store = desk.helper(&script).patience(Duration::from_millis(500));
    for _ in 0..3 {
        let error = desk.pull(&store).await.unwrap_err();
        assert!(error.to_string().contains("no answer in 0.5 s"), "{error}");
    }
    assert_eq!(std::fs::read_to_string(asked).unwrap(), "asked\n");
}

#[tokio::test]
async fn a_helper_that_is_missing_or_no_name_of_a_program_is_named() {
    let desk = Desk::new();
    for (name, reason) in [("absent", "No such file"), ("../evil", "not one of a program")] {
        let store = desk.file(&format!(r#"{{"credHelpers": {{"HOST": "{name}"}}}}"#));
        let error = desk.pull(&store).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains(&format!("docker-credential-{name}")), "{text}");
        assert!(text.contains(reason), "{text}");
    }
}

#[tokio::test]
async fn a_credential_file_that_is_wrong_is_an_error_and_not_quoted() {
    let desk = Desk::new();
    for (text, words, fault) in [
        (r#"{"auths": {"HOST": "hunter2"}}"#, "is not valid at line 1", Fault::Input),
        (
            r#"{"auths": {"HOST": {"auth": "aHVudGVyMg=="}}}"#,
            "not a user and a password",
            Fault::Input,
        ),
        (
            r#"{"auths": {"HOST": {"auth": "!!hunter2"}}}"#,
            "not a user and a password",
            Fault::Input,
        ),
    ] {
        let error = desk.pull(&desk.file(text)).await.unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(words) && !shown.contains("hunter2"), "{shown}");
        assert_eq!(error.fault(), fault);
        assert!(error.hint().unwrap().contains("docker login"), "{error:?}");
    }
    let store = CredentialStore::from_files(vec![Path::new("/dev/zero").into()]);
    let error = desk.pull(&store).await.unwrap_err();
    assert!(format!("{error:?}").contains("far too large"), "{error:?}");
}
