//! What `seed` says when the target does not give back what it was sent.

use sre_format::bundle::VerifiedBundle;
use sre_format::{Digest, Explain as _, Fault};
use sre_testkit::image::Artifact;
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use crate::bundle::Builder;
use crate::seed::{image, seed};

fn one_image() -> (VerifiedBundle, Artifact, Digest) {
    let image = image(1, &[200_000]);
    let layer = image.blobs.iter().max_by_key(|(_, blob)| blob.size()).unwrap().0;
    (Builder::default().with("quay.io/team/app:1", &image).build(), image, layer)
}

/// Seeds into a target that misbehaves once everything was sent, and gives what is said.
async fn failed_audit(trouble: Trouble) -> String {
    let (bundle, ..) = one_image();
    let target = Upstream::plain();
    target.trouble(trouble);
    let error = seed(&bundle, target.url()).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Site, "{error}");
    assert!(error.hint().is_some());
    error.to_string().replace(&target.host(), "HOST")
}

#[tokio::test]
async fn every_failure_says_which_thing_where_and_why() {
    let (_, image, layer) = one_image();
    let manifest = image.digest();
    let manifest_read = || Trouble::on(&format!("manifests/{manifest}")).method("GET");
    let tag = || Trouble::on("/manifests/1").method("HEAD").skip(1);
    let blob = || Trouble::on(&format!("blobs/{layer}")).method("GET");
    for (trouble, thing, why) in [
        (blob().does(Misbehaviour::Corrupt { at: 9 }), layer, "came back have the digest sha256:"),
        (blob().does(Misbehaviour::status(403)), layer, "403"),
        (manifest_read().does(Misbehaviour::status(404)), manifest, "is not there any more"),
        (manifest_read().does(Misbehaviour::status(418)), manifest, "answered 418"),
        (manifest_read().does(Misbehaviour::Corrupt { at: 3 }), manifest, "has the digest sha256:"),
        (manifest_read().does(Misbehaviour::MediaType("text/html".into())), manifest, "text/html"),
        (tag().does(Misbehaviour::WrongDigestHeader), manifest, "the tag names sha256:"),
        (tag().does(Misbehaviour::status(404)), manifest, "the tag is not there any more"),
    ] {
        let said = failed_audit(trouble).await;
        assert!(said.contains("HOST/quay.io/team/app"), "{said}");
        assert!(said.contains(&thing.to_string()), "{said}");
        assert!(said.contains(why), "{why}: {said}");
    }
}

#[tokio::test]
async fn all_failures_are_told_at_once() {
    let said =
        failed_audit(Trouble::on("/blobs/").method("GET").does(Misbehaviour::status(403))).await;
    let (_, image, _) = one_image();
    for (digest, _) in &image.blobs {
        assert!(said.contains(&digest.to_string()), "{said}");
    }
}

#[tokio::test]
async fn a_project_that_is_not_there_is_named_as_the_cause() {
    let (bundle, ..) = one_image();
    let target = Upstream::plain();
    target.trouble(Trouble::on("/blobs/uploads/").does(Misbehaviour::status(404)));
    let error = seed(&bundle, target.url()).await.unwrap_err();
    assert_eq!(error.fault(), Fault::Site);
    assert!(error.hint().unwrap().contains("make the project first"), "{error:?}");
}
