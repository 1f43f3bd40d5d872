//! How `seed` brings what refers to other things.

use sre_format::{Digest, Explain as _, Fault};
use sre_steps::{Phase, PhaseReporter};
use sre_testkit::image::{Artifact, Family, Index, fallback_tag, referrer};
use sre_testkit::upstream::{Children, Kind, Referrers, Settings};
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use crate::bundle::Builder;
use crate::seed::{image, options, seed};

const NAME: &str = "quay.io/team/app";

fn signed_image() -> (Builder, Artifact, Artifact) {
    let image = image(4, &[50]);
    let signature = referrer(&image, "application/x.signature", b"signed");
    let builder = Builder::default()
        .with(&format!("{NAME}:1"), &image)
        .with(&format!("{NAME}@{}", signature.digest()), &signature);
    (builder, image, signature)
}

fn without_the_api() -> Upstream {
    Upstream::start(Settings { referrers: Referrers::FallbackTag, ..Settings::default() })
}

async fn listed(target: &Upstream, subject: Digest) -> Vec<Digest> {
    let options = options(target.url());
    let phase = PhaseReporter::silent(Phase::Seed);
    let client = options.client(&options.target().unwrap(), &phase).unwrap();
    let found = client.referrers(NAME, subject).await.unwrap();
    found.into_iter().map(|found| found.digest).collect()
}

#[tokio::test]
async fn a_list_that_a_killed_run_did_not_get_to_is_made_by_the_next() {
    let (builder, image, signature) = signed_image();
    let target = without_the_api();
    target.push(&image, NAME, "1");
    target.push(&signature, NAME, &signature.digest().to_string());
    assert!(listed(&target, image.digest()).await.is_empty());
    let bundle = builder.build();
    seed(&bundle, target.url()).await.unwrap();
    assert_eq!(listed(&target, image.digest()).await, [signature.digest()]);
    target.clear_log();
    seed(&bundle, target.url()).await.unwrap();
    assert_eq!(target.count(Kind::ManifestWrite), 0, "a second run sends nothing");
}

#[tokio::test]
async fn a_list_that_the_target_does_not_keep_fails_the_audit() {
    let (builder, image, signature) = signed_image();
    let target = without_the_api();
    // It is read twice before it is written: to see whether it is needed, and what stands in it.
    let reads = Trouble::on(&fallback_tag(&image.digest())).method("GET").skip(2);
    target.trouble(reads.does(Misbehaviour::status(404)));
    let error = seed(&builder.build(), target.url()).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Site);
    let said = error.to_string();
    assert!(said.contains(&format!("{NAME}@{}", image.digest())), "{said}");
    assert!(said.contains(&format!("{} is not listed", signature.digest())), "{said}");
}

#[tokio::test]
async fn a_target_that_lists_by_itself_gets_no_tag_for_the_list() {
    let (builder, image, signature) = signed_image();
    let target = Upstream::plain();
    seed(&builder.build(), target.url()).await.unwrap();
    assert_eq!(listed(&target, image.digest()).await, [signature.digest()]);
    assert_eq!(target.tags(NAME), [("1".to_owned(), image.digest())]);
}

#[tokio::test]
async fn a_child_with_a_subject_is_sent_before_its_index() {
    let image = image(5, &[70]);
    let attestation = referrer(&image, "application/vnd.in-toto+json", b"{}");
    let index = Index::new(Family::Oci)
        .image("linux/amd64", image)
        .image("unknown/unknown", attestation.clone())
        .build();
    let about_index = referrer(&index, "application/x.signature", b"signed");
    let about_that = referrer(&about_index, "application/x.signature", b"countersigned");
    let bundle = Builder::default()
        .with(&format!("{NAME}@{}", about_that.digest()), &about_that)
        .with(&format!("{NAME}@{}", about_index.digest()), &about_index)
        .with(&format!("{NAME}:1"), &index)
        .build();
    let target = Upstream::start(Settings { children: Children::Required, ..Settings::default() });
    let seeded = seed(&bundle, target.url()).await.unwrap();
    assert!(seeded.platform_tags().is_empty());
    assert_eq!(target.tags(NAME), [("1".to_owned(), index.digest())]);
    let log = target.log();
    let place = |digest: Digest| {
        let written = |seen: &&sre_testkit::upstream::Seen| {
            seen.kind == Kind::ManifestWrite && seen.path.ends_with(&digest.to_string())
        };
        log.iter().position(|seen| written(&seen)).unwrap()
    };
    let order = [&attestation, &index, &about_index, &about_that].map(|one| place(one.digest()));
    assert!(order.is_sorted(), "{order:?}");
}
