//! Charts that Helm itself signed, in a registry and in a repository.

use sre_testkit::Upstream;
use sre_tests::{Gnupg, Program, Registry, ours};
use std::fs;

const ARCHIVE: &str = "demo-0.1.0.tgz";

/// A folder in which a chart was packed and signed, and where `sre-bundle` is run.
struct Desk {
    gnupg: Gnupg,
    registry: Registry,
    files: Upstream,
}

impl Desk {
    fn new() -> Self {
        let gnupg = Gnupg::new();
        gnupg.generate("release", "rsa3072", &[]);
        // Helm reads keys in the form of GnuPG 1 alone.
        let secret = gnupg.path("secret.gpg");
        gnupg
            .gpg()
            .arg("--output")
            .arg(&secret)
            .args(["--export-secret-keys", "release"])
            .run()
            .ok();
        gnupg.write("release.asc", gnupg.export("release"));
        let desk = Self { gnupg, registry: Registry::start(), files: Upstream::plain() };
        desk.helm(&["create", "demo"]);
        desk.helm(&["package", "demo", "--sign", "--key", "release", "--keyring", "secret.gpg"]);
        desk.publish();
        desk
    }

    fn helm(&self, arguments: &[&str]) {
        let folder = self.gnupg.path(".");
        let helm = Program::tool("helm").args(arguments).folder(&folder).env("HOME", &folder);
        helm.run().ok();
    }

    /// Puts what is in the folder into the registry and into the repository.
    fn publish(&self) {
        self.helm(&[
            "push",
            ARCHIVE,
            &format!("oci://{}/charts", self.registry.host()),
            "--plain-http",
        ]);
        self.helm(&["repo", "index", "."]);
        let provenance = format!("{ARCHIVE}.prov");
        for name in ["index.yaml", ARCHIVE, &provenance] {
            let content = fs::read(self.gnupg.path(name)).unwrap();
            if name != provenance {
                self.put(&format!("/unsigned/{name}"), &content);
            }
            self.put(&format!("/stable/{name}"), &content);
        }
    }

    fn put(&self, path: &str, content: &[u8]) {
        self.files.put_file(path, "application/octet-stream", content.to_vec());
    }

    fn lock(&self, place: &str, keyring: &str) -> Program {
        let (registry, files) = (self.registry.host(), self.files.host());
        let manifest = format!(
            "[bundle]\nname = \"demo\"\nversion = \"1.0.0\"\n\
             [registry.\"{registry}\"]\nplain-http = true\n\
             [registry.\"{files}\"]\nplain-http = true\n\
             [[chart]]\n{place}\nversion = \"0.1.0\"\nkeyring = \"{keyring}\"\n"
        );
        self.gnupg.write("manifest.toml", manifest);
        let folder = self.gnupg.path(".");
        ours::sre_bundle().arg("lock").folder(&folder).env("SRE_CACHE", self.gnupg.path("cache"))
    }

    fn places(&self) -> [String; 2] {
        [
            format!("ref = \"oci://{}/charts/demo\"", self.registry.host()),
            format!("repo = \"http://{}/stable\"\nname = \"demo\"", self.files.host()),
        ]
    }
}

#[test]
fn a_chart_that_helm_signed_is_believed_and_one_that_others_signed_is_not() {
    let desk = Desk::new();
    let fingerprint = desk.gnupg.fingerprints("release").remove(0);
    desk.gnupg.generate("other", "ed25519", &[]);
    desk.gnupg.write("other.asc", desk.gnupg.export("other"));
    for place in desk.places() {
        desk.lock(&place, "release.asc").run().ok();
        let lock = fs::read_to_string(desk.gnupg.path("images.lock")).unwrap();
        let line = format!("by = \"chart-provenance\", key = \"{fingerprint}\"");
        assert!(lock.contains(&line), "no `{line}` in\n{lock}");
        let said = desk.lock(&place, "other.asc").run().fails_with(7);
        assert!(said.contains("provenance file") && said.contains(&fingerprint), "{said}");
    }
    let said = desk.lock(&desk.places()[0], "manifest.toml").run().fails_with(3);
    assert!(said.contains("no file of OpenPGP public keys"), "{said}");
    let said = desk.lock(&desk.places()[0], "absent.asc").run().fails_with(3);
    assert!(said.contains("absent.asc"), "{said}");
}

#[test]
fn an_archive_that_is_not_the_signed_one_is_refused_and_so_is_an_unsigned_one() {
    let desk = Desk::new();
    let [_, place] = desk.places();
    desk.gnupg.write("demo/values.yaml", "replicas: 2\n");
    let provenance = format!("{ARCHIVE}.prov");
    let signed = fs::read(desk.gnupg.path(&provenance)).unwrap();
    desk.helm(&["package", "demo"]);
    desk.gnupg.write(&provenance, &signed);
    desk.publish();
    let said = desk.lock(&place, "release.asc").run().fails_with(4);
    assert!(said.contains("its provenance file says sha256:"), "{said}");

    let unsigned = place.replace("/stable", "/unsigned");
    let said = desk.lock(&unsigned, "release.asc").run().fails_with(7);
    assert!(said.contains("has no provenance file"), "{said}");
}
