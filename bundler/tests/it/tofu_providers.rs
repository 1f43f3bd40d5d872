//! Providers of OpenTofu: a mirror that `tofu` can install from, and registries that lie.

use serde_json::{Value, json};
use sre_format::Digest;
use sre_format::lock::{PlacedOrigin, Verification};
use sre_openpgp::signing::SigningKey;
use sre_testkit::package::{Provider, zip};
use sre_testkit::{Misbehaviour, Trouble};

use crate::desk::Desk;

const SOURCE: &str = "registry.example.org/acme/tiny";
const FOLDER: &str = "tofu/providers/registry.example.org/acme/tiny";

fn provider() -> Provider {
    Provider::new("acme", "tiny", "1.2.0", b"\x7fELF a provider")
}

/// A desk whose manifest wants a provider that the upstream has.
fn desk() -> Desk {
    let desk = Desk::new();
    provider().publish(&desk.upstream);
    desk.manifest(&format!(
        "[[tofu-provider]]\nsource = \"{SOURCE}\"\nversion = \"1.2.0\"\nregistry = \"http://HOST\"\n"
    ));
    desk
}

/// Replaces a document of the registry.
fn put(desk: &Desk, path: &str, document: &Value) {
    desk.upstream.put_file(path, "application/json", document.to_string().into_bytes());
}

#[test]
fn a_provider_is_carried_as_a_filesystem_mirror_with_the_hashes_of_a_dependency_lock_file() {
    let desk = desk();
    desk.run("lock").ends_with(0).says("1 tofu-provider");
    let lock = desk.lock();
    let set = &lock.sets[0];
    assert_eq!((set.name.as_str(), set.version.as_str()), (SOURCE, "1.2.0"));
    assert!(matches!(&set.verified[..], [Verification::ChecksumFile { url, .. }]
        if url.to_string().ends_with("SHA256SUMS")));
    let fragment = set.files.iter().find(|file| file.path.as_str().ends_with(".lock.hcl")).unwrap();
    let PlacedOrigin::Lines(lines) = &fragment.origin else { panic!("{:?}", fragment.origin) };
    assert_eq!(lines[0], format!("provider \"{SOURCE}\" {{"));
    assert!(lines[3].starts_with("    \"h1:") && lines[3].ends_with("=\","), "{lines:?}");
    let zip = format!("    \"zh:{}\",", Digest::of(&provider().package).hex());
    assert_eq!(lines[4], zip);
    desk.builds_the_same_twice();
    let path = format!("{FOLDER}/terraform-provider-tiny_1.2.0_linux_amd64.zip");
    assert!(desk.content("one.tar.zst", &path) == provider().package);
    let carried = desk.content("one.tar.zst", fragment.path.as_str());
    assert_eq!(String::from_utf8(carried).unwrap(), lines.join("\n") + "\n");
    desk.run("inspect one.tar.zst").ends_with(0).says("tofu-provider");
}

#[test]
fn a_second_lock_downloads_no_zip_that_is_known_already() {
    let desk = desk();
    desk.run("lock").ends_with(0);
    std::fs::remove_dir_all(desk.path("cache")).unwrap();
    desk.upstream.clear_log();
    desk.run("lock").ends_with(0).says("unchanged");
    let log = desk.upstream.log();
    assert!(log.iter().all(|seen| !seen.path.ends_with(".zip")), "the zip was fetched again");
    let other = Provider::new("acme", "tiny", "1.2.0", b"another build of the same version");
    other.publish(&desk.upstream);
    desk.run("lock --check").ends_with(4).says("upstream no longer matches");
}

#[test]
fn sums_that_contradict_each_other_or_the_zip_are_refused() {
    let desk = desk();
    let honest = provider();
    let mut document = honest.download();
    document["shasum"] = json!(Digest::of(b"another").hex());
    put(&desk, &honest.download_path(), &document);
    desk.run("lock").ends_with(4).says("_SHA256SUMS says").says("hint: do not use it");
    let sums = format!("{}  other.zip\n", Digest::of(&honest.package).hex());
    desk.upstream.put_file(&honest.sums_path(), "text/plain", sums.into_bytes());
    desk.run("lock").ends_with(4).says("does not list `terraform-provider-tiny_1.2.0_linux_amd64");
    honest.publish(&desk.upstream);
    desk.upstream.put_file(&honest.package_path(), "application/zip", zip(&[("a", b"b")]));
    desk.run("lock").ends_with(4).says("has the digest").says("_SHA256SUMS says");
    assert!(!desk.path("images.lock").exists());
}

#[test]
fn a_zip_that_would_be_unpacked_elsewhere_or_holds_no_provider_is_refused() {
    for (files, said) in [
        (&[("terraform-provider-tiny", &b"x"[..]), ("../evil", b"x")][..], "leaves the package"),
        (&[("README.md", b"x")], "holds no program `terraform-provider-tiny`"),
        (&[("bin/terraform-provider-tiny", b"x")], "holds no program `terraform-provider-tiny`"),
    ] {
        let desk = desk();
        Provider { package: zip(files), ..provider() }.publish(&desk.upstream);
        desk.run("lock").ends_with(4).says(said);
    }
    let desk = desk();
    Provider { package: b"no zip at all".to_vec(), ..provider() }.publish(&desk.upstream);
    desk.run("lock").ends_with(4).says("the package").says("is refused");
}

#[test]
fn what_the_registry_does_not_have_is_named_with_what_it_has() {
    let desk = desk();
    let manifest = std::fs::read_to_string(desk.path("manifest.toml")).unwrap();
    desk.write("manifest.toml", manifest.replace("1.2.0\"\nregistry", "1.3.0\"\nregistry"));
    let run = desk.run("lock").ends_with(4).says("has no version 1.3.0");
    run.says("hint: the registry has 1.2.0, 0.1.0");
    let arm = "registry = \"http://HOST\"\nplatforms = [\"linux/arm64\"]\n";
    let arm = arm.replace("HOST", &desk.upstream.host());
    let here = format!("registry = \"http://{}\"\n", desk.upstream.host());
    desk.write("manifest.toml", manifest.replace(&here, &arm));
    let run = desk.run("lock").ends_with(3).says("is not there for linux/arm64");
    run.says("only for linux/amd64, darwin/arm64");
    desk.write("manifest.toml", manifest.replace("acme/tiny", "acme/none"));
    desk.run("lock").ends_with(4).says("knows no registry.example.org/acme/none");
    desk.write("manifest.toml", manifest.clone());
    put(&desk, "/.well-known/terraform.json", &json!({ "modules.v1": "/v1/modules/" }));
    desk.run("lock").ends_with(4).says("offers no `providers.v1`").says("hint: check the host");
}

#[test]
fn documents_of_the_wrong_shape_or_about_something_else_are_refused() {
    let honest = provider();
    let mut other = honest.download();
    other["arch"] = json!("arm64");
    let mut elsewhere = honest.download();
    elsewhere["download_url"] = json!("file:///etc/passwd");
    let mut number = honest.download();
    number["shasum"] = json!(7);
    for (path, document, said) in [
        ("/.well-known/terraform.json", json!({ "providers.v1": 7 }), "cannot be understood"),
        ("/.well-known/terraform.json", json!([]), "cannot be understood"),
        (&honest.versions_path(), json!({ "versions": "none" }), "cannot be understood"),
        (&honest.download_path(), other, "speaks of linux/arm64"),
        (&honest.download_path(), elsewhere, "cannot be understood"),
        (&honest.download_path(), number, "cannot be understood"),
    ] {
        let desk = desk();
        put(&desk, path, &document);
        desk.run("lock").ends_with(4).says(said);
    }
}

#[test]
fn a_registry_that_wants_a_login_or_has_no_zip_is_an_error_with_its_address() {
    for (part, code, said) in [
        ("/versions", 401, "hint: files, packages"),
        ("/download/", 404, "does not exist"),
        (".zip", 404, "404"),
    ] {
        let desk = desk();
        desk.upstream.trouble(Trouble::on(part).does(Misbehaviour::status(code)));
        desk.run("lock").ends_with(4).says(part).says(said);
    }
}

#[test]
fn a_key_of_the_manifest_must_have_signed_the_sums() {
    let desk = desk();
    let (ours, other) = (desk.signing_key("ours"), desk.signing_key("other"));
    let honest = provider();
    let sums = format!("{}  {}\n", Digest::of(&honest.package).hex(), honest.file_name());
    let now = sre_format::Timestamp::now();
    let sign = |key: &SigningKey, text: &str| {
        let signature = key.sign_detached(text.as_bytes(), now).unwrap();
        let path = format!("{}.sig", honest.sums_path());
        desk.upstream.put_file(&path, "application/pgp-signature", signature.into_bytes());
    };
    let manifest = std::fs::read_to_string(desk.path("manifest.toml")).unwrap();
    desk.write("manifest.toml", format!("{manifest}keys = [\"ours.pgp.pub\"]\n"));
    desk.run("lock").ends_with(4).says("_SHA256SUMS.sig does not exist");
    sign(&other, &sums);
    desk.run("lock")
        .ends_with(7)
        .says("_SHA256SUMS is not believed")
        .says("hint: if the publisher");
    sign(&ours, "another text\n");
    desk.run("lock").ends_with(7).says("the bytes are not what was signed");
    sign(&ours, &sums);
    desk.run("lock").ends_with(0);
    let verified = &desk.lock().sets[0].verified;
    let key = ours.fingerprint().to_string();
    let is_ours = |it: &Verification| matches!(it, Verification::ChecksumSignature { key: found, .. } if *found == key);
    assert!(verified.iter().any(is_ours), "{verified:?}");
    desk.write("ours.pgp.pub", "no key");
    desk.run("lock").ends_with(3).says("is no file of OpenPGP public keys");
    std::fs::remove_file(desk.path("ours.pgp.pub")).unwrap();
    desk.run("lock").ends_with(3).says("cannot read").says("ours.pgp.pub");
}
