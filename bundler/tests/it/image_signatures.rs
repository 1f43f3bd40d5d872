//! Signatures of images, charts and folders by the keys that sign the bundle.

use std::collections::BTreeMap;
use std::fs::File;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sre_format::Digest;
use sre_format::bundle::{EntryKind, IMAGE_SIGNATURES_PATH, UntrustedBundle, VerifiedBundle};
use sre_format::contents::image_signatures;
use sre_format::signature::{PublicKey, Statement, envelope};
use sre_testkit::image::{Family, Image, Index, Layer, Packing, cosign_signature, cosign_tag};

use crate::desk::Desk;
use crate::lock::image;

/// A desk whose upstream has an index for two platforms, of which one is carried, and a folder.
fn desk() -> Desk {
    let desk = Desk::new();
    let layer = |seed| Layer::random(seed, 5_000, Packing::Stored);
    let build = |platform: &str, seed| Image::new(platform).layers([layer(seed)]).build();
    let both = Index::new(Family::Oci)
        .image("linux/amd64", build("linux/amd64", 1))
        .image("linux/arm64", build("linux/arm64", 2));
    desk.upstream.push(&both.build(), "app", "1.0");
    std::fs::create_dir(desk.path("platform")).unwrap();
    desk.write("platform/a.yaml", "kind: List\n");
    desk.manifest(
        "[[image]]\nref = \"HOST/app:1.0\"\n\
         [[folder]]\npath = \"platform\"\nref = \"registry.example.org/platform:1\"\n",
    );
    desk.run("keygen --out site").ends_with(0);
    desk.run("lock").ends_with(0);
    desk
}

fn open(desk: &Desk, name: &str) -> VerifiedBundle {
    let file = File::open(desk.path(name)).unwrap();
    let bundle = UntrustedBundle::open(std::sync::Arc::new(file)).unwrap();
    bundle.blindly_believe_unsigned().unwrap()
}

fn blob(bundle: &VerifiedBundle, digest: &Digest) -> Vec<u8> {
    bundle.read_whole(bundle.blob(digest).unwrap()).unwrap()
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn digest(value: &Value) -> Digest {
    value.as_str().unwrap().parse().unwrap()
}

fn public(desk: &Desk) -> PublicKey {
    PublicKey::from_pem(&std::fs::read_to_string(desk.path("site.pub")).unwrap()).unwrap()
}

/// Checks every signature and gives the digests that are signed in the older and the newer form.
fn signed(desk: &Desk, bundle: &VerifiedBundle) -> [Vec<Digest>; 2] {
    let (key, mut older, mut newer) = (public(desk), Vec::new(), Vec::new());
    for signature in image_signatures(bundle).unwrap() {
        let manifest = json(&blob(bundle, &signature.digest));
        let layers = manifest["layers"].as_array().unwrap();
        let layer = layers.last().unwrap();
        let content = blob(bundle, &digest(&layer["digest"]));
        if let Some(tag) = signature.reference.tag() {
            let text = &layer["annotations"]["dev.cosignproject.cosign/signature"];
            let der = STANDARD.decode(text.as_str().unwrap()).unwrap();
            key.verify(&content, &der).unwrap();
            let critical = &json(&content)["critical"];
            assert_eq!(critical["identity"]["docker-reference"], signature.reference.name());
            let subject = digest(&critical["image"]["docker-manifest-digest"]);
            assert_eq!(tag, format!("sha256-{}.sig", subject.hex()));
            older.push(subject);
        } else {
            let opened = envelope::open(&content).unwrap();
            let subject = digest(&manifest["subject"]["digest"]);
            let statement = Statement::of_image(subject);
            assert_eq!(opened.payload, statement.bytes());
            key.verify(&statement.pre_authentication_encoding(), &opened.signature).unwrap();
            newer.push(subject);
        }
    }
    older.sort();
    newer.sort();
    [older, newer]
}

#[test]
fn each_index_carried_child_and_folder_is_signed_in_both_forms() {
    let desk = desk();
    desk.run("build --key site.key").ends_with(0);
    let bundle = open(&desk, "sre.tar.zst");
    let lock = desk.lock();
    let image = &lock.images[0];
    assert_eq!((image.manifests.len(), image.absent.len()), (1, 1));
    let mut expected =
        vec![image.root.digest, image.manifests[0].digest, lock.folders[0].root.digest];
    expected.sort();
    assert_eq!(signed(&desk, &bundle), [expected.clone(), expected]);
}

#[test]
fn who_signs_changes_neither_the_content_digest_nor_the_index_nor_the_checksums() {
    let desk = desk();
    desk.run("keygen --out other").ends_with(0);
    desk.run("build --key site.key -o one.tar.zst").ends_with(0);
    desk.run("build --key site.key -o same.tar.zst").ends_with(0);
    desk.run("build --key other.key -o two.tar.zst").ends_with(0);
    desk.run("build --key site.key --key other.key -o both.tar.zst").ends_with(0);
    desk.run("build --unsigned -o none.tar.zst").ends_with(0);
    let read = |name| std::fs::read(desk.path(name)).unwrap();
    assert!(read("one.tar.zst") == read("same.tar.zst"), "the same key gives the same bytes");
    let one = open(&desk, "one.tar.zst");
    for (name, rows) in [("two.tar.zst", 6), ("both.tar.zst", 9), ("none.tar.zst", 0)] {
        let other = open(&desk, name);
        assert_eq!(one.table().content_digest(), other.table().content_digest(), "{name}");
        for path in ["SHA256SUMS", "oci/index.json"] {
            let content = |bundle: &VerifiedBundle| bundle.entry(path).unwrap().clone();
            let (ours, theirs) = (content(&one), content(&other));
            if path == "oci/index.json" {
                assert_eq!(ours.digest, theirs.digest, "{name}");
            }
            assert_eq!(ours.size, theirs.size, "{name}");
        }
        assert_eq!(image_signatures(&other).unwrap().len(), rows, "{name}");
    }
    desk.run("inspect one.tar.zst").ends_with(0).says("image-signature");
}

#[test]
fn the_manifest_can_leave_signatures_of_images_out() {
    let desk = desk();
    let text = std::fs::read_to_string(desk.path("manifest.toml")).unwrap();
    desk.write("manifest.toml", text.replacen("[bundle]", "[bundle]\nsign-images = false", 1));
    desk.run("lock").ends_with(0);
    desk.run("build --key site.key").ends_with(0);
    let bundle = open(&desk, "sre.tar.zst");
    assert!(bundle.entry(IMAGE_SIGNATURES_PATH).is_none());
    let kinds = bundle.table().entries.iter().map(|entry| entry.kind);
    assert_eq!(kinds.filter(|kind| *kind == EntryKind::ImageSignature).count(), 0);
}

#[test]
fn a_signer_command_signs_each_thing_once_and_a_later_run_goes_on_with_its_answers() {
    let desk = desk();
    // It signs with fresh randomness, as hardware does.
    let script = "openssl dgst -sha256 -sign site.key && echo x >> asked";
    desk.write("signer.sh", script);
    let build = "build --key site.pub --signer-command ./signer.sh -o";
    desk.write("signer.sh", format!("#!/bin/sh\n{script}\n"));
    let runs = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(desk.path("signer.sh"), runs).unwrap();
    desk.run(&format!("{build} one.tar.zst")).ends_with(0);
    let asked = || std::fs::read_to_string(desk.path("asked")).unwrap().lines().count();
    assert_eq!(asked(), 3 * 2 + 2, "twice for each image and twice for the bundle");
    desk.run(&format!("{build} two.tar.zst")).ends_with(0);
    assert_eq!(asked(), 3 * 2 + 4, "only the bundle is signed again");
    let [one, two] = ["one.tar.zst", "two.tar.zst"].map(|name| open(&desk, name));
    assert_eq!(signed(&desk, &one), signed(&desk, &two));
    assert_eq!(one.table_bytes(), two.table_bytes());
    // What somebody altered among the kept answers is not believed.
    for file in std::fs::read_dir(desk.path("cache/signatures")).unwrap() {
        std::fs::write(file.unwrap().path(), b"rubbish").unwrap();
    }
    desk.run(&format!("{build} three.tar.zst")).ends_with(0);
    signed(&desk, &open(&desk, "three.tar.zst"));
}

#[test]
fn signatures_of_upstream_stay_beside_ours_under_the_tag_that_both_need() {
    let desk = Desk::new();
    let app = image(7);
    desk.upstream.push(&app, "app", "1.0");
    let tag = cosign_tag(&app.digest());
    let theirs = cosign_signature(&app.digest(), "c2ln");
    desk.upstream.push(&theirs, "app", &tag);
    desk.manifest("[[image]]\nref = \"HOST/app:1.0\"\n");
    desk.run("keygen --out site").ends_with(0);
    desk.run("lock").ends_with(0);
    desk.run("build --key site.key").ends_with(0);
    let bundle = open(&desk, "sre.tar.zst");
    let names: BTreeMap<_, _> = image_signatures(&bundle)
        .unwrap()
        .into_iter()
        .filter_map(|it| Some((it.reference.tag()?.to_owned(), it.digest)))
        .collect();
    let ours = json(&blob(&bundle, &names[&tag]));
    let before = json(&blob(&bundle, &theirs.digest()));
    let layers = ours["layers"].as_array().unwrap();
    assert_eq!((layers.len(), &layers[0]), (2, &before["layers"][0]));
    assert_eq!(signed(&desk, &bundle)[0], [app.digest()]);
}
