//! What an image of the manifest may ask for beside its reference.

use sre_format::bundle::open_file;
use sre_format::contents::images;
use sre_testkit::image::{Family, Index, cosign_signature, cosign_tag, referrer};

use crate::desk::Desk;
use crate::lock::{APP, image, image_for};

const PLATFORMS: [&str; 3] = ["linux/amd64", "linux/arm64", "linux/s390x"];

#[test]
fn carries_every_platform_when_all_are_asked_for() {
    let desk = Desk::new();
    let index = PLATFORMS.iter().zip(20..).fold(Index::new(Family::Oci), |index, (name, seed)| {
        index.image(name, image_for(name, seed, Family::Oci))
    });
    desk.upstream.push(&index.build(), "bench/app", "1.0");
    desk.manifest(&format!("{APP}all-platforms = true\n"));
    desk.run("lock").ends_with(0);
    let locked = desk.lock().images.remove(0);
    let carried: Vec<_> = locked.manifests.iter().flat_map(|it| &it.platform).collect();
    assert_eq!(carried.iter().map(ToString::to_string).collect::<Vec<_>>(), PLATFORMS);
    assert!(locked.absent.is_empty() && locked.platforms.is_empty());
    desk.run("lock").ends_with(0).says("unchanged");
    desk.manifest(APP);
    desk.run("lock").ends_with(0).says("serial 2");
    assert_eq!(desk.lock().images[0].absent.len(), 2);
}

#[test]
fn refuses_some_platforms_and_all_of_them_at_once() {
    let desk = Desk::new();
    desk.manifest(&format!("{APP}all-platforms = true\nplatforms = [\"linux/arm64\"]\n"));
    desk.run("lock").ends_with(3).says("some platforms and all of them").says("manifest.toml:");
}

#[test]
fn carries_signatures_that_lie_in_another_repository_under_its_name() {
    let desk = Desk::new();
    let artifact = image(7);
    let digest = artifact.digest();
    desk.upstream.push(&artifact, "bench/app", "1.0");
    let signature = cosign_signature(&digest, "signature");
    desk.upstream.push(&signature, "bench/signatures", &cosign_tag(&digest));
    let bundle = referrer(&artifact, "application/vnd.dev.sigstore.bundle.v0.3+json", b"{}");
    desk.upstream.push(&bundle, "bench/signatures", &bundle.digest().to_string());

    desk.manifest(APP);
    desk.run("lock").ends_with(0);
    assert!(desk.lock().images[0].referrers.is_empty(), "nobody named the other repository");
    desk.manifest(&format!("{APP}signature-repository = \"HOST/bench/signatures\"\n"));
    desk.run("lock").ends_with(0).says("serial 2");
    desk.run("lock").ends_with(0).says("unchanged");
    let found: Vec<_> = desk.lock().images.remove(0).referrers;
    let mut digests: Vec<_> = found.iter().map(|it| it.digest).collect();
    digests.sort();
    let mut expected = [signature.digest(), bundle.digest()];
    expected.sort();
    assert_eq!(digests, expected);

    desk.run("build --unsigned -o sre.tar.zst").ends_with(0);
    let bundle = open_file(&desk.path("sre.tar.zst")).unwrap().blindly_believe_unsigned().unwrap();
    let name = format!("{}/bench/signatures:{}", desk.upstream.host(), cosign_tag(&digest));
    let carried = images(&bundle).unwrap();
    assert!(carried.iter().any(|it| it.reference.to_string() == name), "{name}");
}

#[test]
fn a_repository_of_signatures_has_neither_tag_nor_digest() {
    let desk = Desk::new();
    desk.manifest(&format!("{APP}signature-repository = \"HOST/bench/signatures:1\"\n"));
    desk.run("lock").ends_with(3).says("has a tag or a digest").says("ghcr.io/kyverno/signatures");
}
