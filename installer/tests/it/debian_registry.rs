//! Seeding Debian's `docker-registry` (CNCF Distribution), open and with TLS and a password.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use sre_install::seed::{ExistingTags, Survey};
use sre_steps::Outcome;
use sre_testkit::image::{Family, Index, referrer};
use tempfile::TempDir;

use crate::bundle::Builder;
use crate::seed::{carry_out, image, options, survey_with};

/// The hash of `secret`, by bcrypt, as `htpasswd -B` makes it.
const HTPASSWD: &str = "robot:$2b$05$Qz/g4mE4o.ZXCkr9iTQFNOlpqX2MwbZuBaPfowyUrDAT4VmQQ822q\n";

/// A running registry; it stops when dropped.
struct DebianRegistry {
    child: Child,
    folder: TempDir,
    host: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Door {
    Open,
    Guarded,
}

impl DebianRegistry {
    #[expect(clippy::disallowed_methods, reason = "tests start the programs that they meet")]
    fn start(door: Door) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let root = folder.path().display();
        let mut config = format!(
            "version: 0.1\nlog: {{level: info, formatter: json}}\n\
             storage: {{filesystem: {{rootdirectory: {root}/store}}}}\n\
             http:\n  addr: 127.0.0.1:0\n  secret: tests\n"
        );
        if door == Door::Guarded {
            let names = vec!["127.0.0.1".to_owned()];
            let made = rcgen::generate_simple_self_signed(names).unwrap();
            std::fs::write(path("tls.crt"), made.cert.pem()).unwrap();
            std::fs::write(path("tls.key"), made.signing_key.serialize_pem()).unwrap();
            std::fs::write(path("htpasswd"), HTPASSWD).unwrap();
            config = format!(
                "{config}  tls: {{certificate: {root}/tls.crt, key: {root}/tls.key}}\n\
                 auth: {{htpasswd: {{realm: tests, path: {root}/htpasswd}}}}\n"
            );
        }
        std::fs::write(path("config.yml"), config).unwrap();
        let mut child = Command::new("docker-registry")
            .arg("serve")
            .arg(path("config.yml"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let host = loop {
            let mut line = String::new();
            assert!(log.read_line(&mut line).unwrap() > 0, "the registry does not start");
            if let Some((_, rest)) = line.split_once("listening on ") {
                break rest.split([',', '"']).next().unwrap().to_owned();
            }
        };
        // Nobody reads the rest, but somebody has to take it.
        std::thread::spawn(move || std::io::copy(&mut log, &mut std::io::sink()));
        Self { child, folder, host }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for DebianRegistry {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

async fn seed_twice(bundle: Builder, options: &sre_install::seed::TargetOptions) -> Vec<String> {
    let bundle = bundle.build();
    let survey: Survey = survey_with(&bundle, options).await.unwrap();
    let first = carry_out(&survey, ExistingTags::Keep).await.unwrap();
    assert_eq!(first.sent().bytes, survey.plan().bytes_to_send);
    assert_eq!(first.sent().mounted, survey.plan().blobs_to_mount);
    let survey = survey_with(&bundle, options).await.unwrap();
    let second = carry_out(&survey, ExistingTags::Keep).await.unwrap();
    assert_eq!((second.sent().blobs, second.sent().bytes), (0, 0));
    assert_ne!(second.outcome(), Outcome::Done);
    second.platform_tags().iter().map(|tag| tag.name.clone()).collect()
}

fn everything() -> Builder {
    let shared = image(1, &[2 << 20, 500]);
    let other = image(1, &[2 << 20, 700]);
    let sparse = Index::new(Family::Oci).image("linux/amd64", image(7, &[9])).absent("linux/arm64");
    let whole = Index::new(Family::Docker).image("linux/amd64", image(8, &[9]));
    let sbom = referrer(&shared, "application/spdx+json", b"{}");
    Builder::default()
        .with("docker.io/library/shared:1", &shared)
        .with(&format!("docker.io/library/shared@{}", sbom.digest()), &sbom)
        .with("quay.io/team/other:2", &other)
        .with("quay.io/team/sparse:3", &sparse.build())
        .with("quay.io/team/whole:4", &whole.build())
}

#[tokio::test]
async fn an_open_registry_is_filled_and_filled_again() {
    let registry = DebianRegistry::start(Door::Open);
    let options = options(&format!("http://{}/mirror", registry.host));
    let platform_tags = seed_twice(everything(), &options).await;
    assert_eq!(platform_tags, [format!("{}/mirror/quay.io/team/sparse:3", registry.host)]);
}

#[tokio::test]
async fn a_registry_with_tls_and_password_is_filled_and_filled_again() {
    let registry = DebianRegistry::start(Door::Guarded);
    std::fs::write(registry.path("password"), "secret\n").unwrap();
    let mut options = options(&format!("https://{}", registry.host));
    options.ca_files = vec![registry.path("tls.crt")];
    options.username = Some("robot".to_owned());
    options.password_file = Some(registry.path("password"));
    assert_eq!(seed_twice(everything(), &options).await.len(), 1);
}
