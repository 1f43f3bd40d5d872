//! `cosign` checks the signatures that our key made of images, children of indexes and folders.

use sre_testkit::Upstream;
use sre_testkit::image::{Family, Image, Index, Layer, Packing};
use sre_tests::{Journey, Program, Registry, Serving};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A project with an index for two platforms and a folder, signed by the key of the shared journey.
struct Signed {
    folder: TempDir,
    upstream: Upstream,
    child: String,
}

/// The two forms, as `cosign` chooses between them.
const FORMS: [&str; 2] = ["--new-bundle-format=true", "--new-bundle-format=false"];

impl Signed {
    /// Builds the bundle; `keys` are the options that say who signs.
    fn build(keys: &[&str]) -> Self {
        let upstream = Upstream::plain();
        let image = |platform: &str, seed| {
            Image::new(platform).layers([Layer::random(seed, 9_000, Packing::Gzip)]).build()
        };
        let child = image("linux/arm64", 2);
        let index = Index::new(Family::Oci)
            .image("linux/amd64", image("linux/amd64", 1))
            .image("linux/arm64", child.clone());
        upstream.push(&index.build(), "app", "1.0");
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("platform")).unwrap();
        fs::write(folder.path().join("platform/list.yaml"), "kind: List\n").unwrap();
        let host = upstream.host();
        let manifest = format!(
            "[bundle]\nname = \"demo\"\nversion = \"1.0.0\"\n\
             [registry.\"{host}\"]\nplain-http = true\n\
             [[image]]\nref = \"{host}/app:1.0\"\nplatforms = [\"linux/amd64\", \"linux/arm64\"]\n\
             [[folder]]\npath = \"platform\"\nref = \"registry.example.org/platform\"\n",
        );
        fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
        let signed = Self { folder, upstream, child: child.digest().to_string() };
        signed.sre_bundle().arg("lock").run().ok();
        signed.sre_bundle().args(["build", "-o", "sre.tar.zst"]).args(keys).run().ok();
        signed
    }

    fn sre_bundle(&self) -> Program {
        let journey = Journey::shared();
        journey.sre_bundle().folder(self.folder.path()).env("SRE_CACHE", self.path("cache"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn bundle(&self) -> PathBuf {
        self.path("sre.tar.zst")
    }
}

/// Gives the command that checks an image in one form.
fn cosign(key: &Path, form: &str, image: &str, home: &Path) -> Program {
    Program::tool("cosign")
        .args(["verify", "--insecure-ignore-tlog=true", "--allow-http-registry", form, "--key"])
        .arg(key)
        .arg(image)
        .env("HOME", home)
}

/// Checks an image in both forms, and that another key's signature is not found.
fn check(image: &str, home: &Path) {
    let journey = Journey::shared();
    let other = home.join("other.pub");
    if !other.exists() {
        journey.sre_bundle().folder(home).args(["keygen", "--out", "other"]).run().ok();
    }
    for form in FORMS {
        cosign(&journey.key(), form, image, home).run().ok();
        let refused = cosign(&other, form, image, home).run();
        assert_ne!(refused.code(), Some(0), "another key is believed for {image}");
        assert!(refused.stderr().contains("no matching"), "{}", refused.told());
    }
}

fn site_key() -> [String; 2] {
    ["--key".to_owned(), Journey::shared().path("site.key").display().to_string()]
}

#[test]
fn cosign_believes_our_key_for_what_serve_gives_out() {
    let [option, key] = site_key();
    let signed = Signed::build(&[&option, &key]);
    let serving = Serving::start(Journey::shared(), &signed.bundle());
    let host = serving.host();
    check(&format!("{host}/app:1.0"), signed.folder.path());
    check(&format!("{host}/app@{}", signed.child), signed.folder.path());
    check(&format!("{host}/platform:1.0.0"), signed.folder.path());
}

#[test]
fn cosign_believes_our_key_for_what_was_seeded_into_a_registry() {
    let [option, key] = site_key();
    let signed = Signed::build(&[&option, &key]);
    let target = Registry::start();
    let to = format!("http://{}", target.host());
    let seed = || Journey::shared().sre_install("seed", &signed.bundle()).args(["--to", &to]);
    seed().run().ok();
    let before = target.stored_bytes();
    seed().run().ok();
    assert_eq!(target.stored_bytes(), before, "a second run sent something");
    let app = format!("{}/{}/app", target.host(), signed.upstream.host().replace(':', "_"));
    check(&format!("{app}:1.0"), signed.folder.path());
    check(&format!("{app}@{}", signed.child), signed.folder.path());
    let platform = format!("{}/registry.example.org/platform:1.0.0", target.host());
    check(&platform, signed.folder.path());
}

#[test]
fn cosign_believes_a_key_that_only_a_signer_command_holds() {
    let journey = Journey::shared();
    let (private, public) = (journey.path("site.key"), journey.key());
    let command = format!("openssl dgst -sha256 -sign {}", private.display());
    let public = public.display().to_string();
    let signed = Signed::build(&["--key", &public, "--signer-command", &command]);
    let serving = Serving::start(journey, &signed.bundle());
    check(&format!("{}/app:1.0", serving.host()), signed.folder.path());
}

#[test]
fn the_artifact_of_a_folder_is_what_oras_pulls_and_tar_unpacks() {
    let [option, key] = site_key();
    let signed = Signed::build(&[&option, &key]);
    let serving = Serving::start(Journey::shared(), &signed.bundle());
    let reference = format!("{}/platform:1.0.0", serving.host());
    let oras = |words: &[&str]| Program::tool("oras").args(words).arg("--plain-http").run().ok();
    let manifest = oras(&["manifest", "fetch", &reference]);
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let layer = &manifest["layers"][0];
    assert_eq!(layer["mediaType"], "application/vnd.cncf.flux.content.v1.tar+gzip");
    let blob = format!("{}/platform@{}", serving.host(), layer["digest"].as_str().unwrap());
    let file = signed.path("layer.tgz");
    oras(&["blob", "fetch", "--output", file.to_str().unwrap(), &blob]);
    let out = signed.path("out");
    fs::create_dir(&out).unwrap();
    Program::tool("tar").arg("-xzf").arg(&file).arg("-C").arg(&out).run().ok();
    assert_eq!(fs::read_to_string(out.join("list.yaml")).unwrap(), "kind: List\n");
}
