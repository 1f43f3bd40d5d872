use sre_format::{Digest, Explain, Fault};
use sre_oci::transport::Download;
use sre_oci::{Descriptor, Manifest, Reference, TransportError};
use sre_testkit::image::{Artifact, Family, Index, cosign_signature, cosign_tag, referrer};
use sre_testkit::upstream::{Referrers, Settings};
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use crate::client::{client_of, client_with, image, plain};

fn tag(tag: &str) -> Reference {
    Reference::tag(tag)
}

async fn all(mut download: Download) -> Result<Vec<u8>, TransportError> {
    let mut bytes = Vec::new();
    while let Some(piece) = download.next().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

fn layer_of(manifest: &Manifest) -> Descriptor {
    manifest.blobs().nth(1).unwrap().clone()
}

/// An upstream with one image of 300 kB, and its layer.
async fn upstream_with_image() -> (Upstream, Artifact, Descriptor) {
    let upstream = Upstream::plain();
    let artifact = image(1, 300_000);
    upstream.push(&artifact, "app", "1");
    let manifest = client_of(&upstream).manifest("app", &tag("1")).await.unwrap().unwrap();
    let layer = layer_of(&manifest);
    (upstream, artifact, layer)
}

#[tokio::test]
async fn pulls_manifests_and_blobs_of_both_families() {
    let upstream = Upstream::plain();
    let client = client_of(&upstream);
    for family in [Family::Oci, Family::Docker] {
        let index = Index::new(family).image("linux/amd64", image(2, 5000)).attestation().build();
        let digest = upstream.push(&index, "team/app", "1");
        let head = client.head_manifest("team/app", &tag("1")).await.unwrap().unwrap();
        assert_eq!((head.digest, head.media_type.as_str()), (digest, family.index()));
        let found = client.manifest("team/app", &tag("1")).await.unwrap().unwrap();
        assert_eq!(found.bytes(), &index.top().bytes);
        let child = found.children()[0].digest;
        let child = client.manifest("team/app", &child.into()).await.unwrap().unwrap();
        let layer = layer_of(&child);
        let bytes = client.whole_blob("team/app", &layer, 1 << 20).await.unwrap();
        assert_eq!(Digest::of(&bytes), layer.digest);
    }
}

#[tokio::test]
async fn only_a_true_404_means_absent() {
    let upstream = Upstream::plain();
    let client = client_of(&upstream);
    assert!(client.head_manifest("app", &tag("1")).await.unwrap().is_none());
    assert!(client.manifest("app", &tag("1")).await.unwrap().is_none());
    assert!(!client.has_blob("app", Digest::of(b"x")).await.unwrap());
    for status in [400, 403, 405, 410, 429, 500, 503] {
        upstream.heal();
        upstream.trouble(Trouble::on("/manifests/").does(Misbehaviour::busy(status)));
        let error = client.manifest("app", &tag("1")).await.unwrap_err();
        assert_eq!(error.status().map(|found| found.as_u16()), Some(status), "{error}");
        assert_eq!(error.fault(), Fault::Upstream);
    }
}

#[tokio::test]
async fn a_manifest_of_another_digest_is_refused() {
    let (upstream, artifact, _) = upstream_with_image().await;
    let client = client_of(&upstream);
    upstream.trouble(Trouble::on("/manifests/").does(Misbehaviour::Corrupt { at: 40 }));
    let error = client.manifest("app", &artifact.digest().into()).await.unwrap_err();
    assert!(error.to_string().contains("has the digest"), "{error}");
}

#[tokio::test]
async fn manifests_that_lie_about_their_type_are_refused() {
    let (upstream, _, _) = upstream_with_image().await;
    let client = client_of(&upstream);
    for lie in ["application/vnd.oci.image.index.v1+json", "text/html", "application/json"] {
        upstream.heal();
        upstream.trouble(Trouble::on("/manifests/").does(Misbehaviour::MediaType(lie.to_owned())));
        let error = client.manifest("app", &tag("1")).await.unwrap_err();
        assert!(error.to_string().contains("cannot use the manifest"), "{lie}: {error}");
    }
}

#[tokio::test]
async fn the_digest_a_registry_claims_decides_nothing() {
    let (upstream, artifact, _) = upstream_with_image().await;
    let client = client_of(&upstream);
    upstream.trouble(Trouble::on("/manifests/").does(Misbehaviour::WrongDigestHeader));
    let found = client.manifest("app", &tag("1")).await.unwrap().unwrap();
    assert_eq!(found.digest(), artifact.digest());
    upstream.heal();
    upstream.trouble(Trouble::on("/manifests/").does(Misbehaviour::NoDigestHeader));
    let head = client.head_manifest("app", &tag("1")).await.unwrap().unwrap();
    assert_eq!(head.digest, artifact.digest());
    upstream.heal();
    for status in [405, 501] {
        upstream.trouble(
            Trouble::on("/manifests/").method("HEAD").times(1).does(Misbehaviour::status(status)),
        );
        let head = client.head_manifest("app", &tag("1")).await.unwrap().unwrap();
        assert_eq!(head.digest, artifact.digest(), "{status}");
    }
}

#[tokio::test]
async fn one_request_at_a_time_is_enough() {
    let upstream =
        Upstream::start(Settings { referrers: Referrers::FallbackTag, ..Settings::default() });
    let artifact = image(1, 1000);
    upstream.push(&artifact, "app", "1");
    upstream.trouble(Trouble::on("/manifests/").does(Misbehaviour::NoDigestHeader));
    let mut options = plain(&upstream);
    options.requests_per_host = 1;
    let client = client_with(&upstream, options, &sre_oci::CredentialStore::empty());
    let head = client.head_manifest("app", &tag("1")).await.unwrap().unwrap();
    assert_eq!(head.digest, artifact.digest());
    assert!(client.referrers("app", artifact.digest()).await.unwrap().is_empty());
}

#[tokio::test]
async fn blobs_go_on_where_a_connection_broke() {
    let (upstream, _, layer) = upstream_with_image().await;
    let client = client_of(&upstream);
    for trouble in [Misbehaviour::Drop { after: 100_000 }, Misbehaviour::Stall { after: 50_000 }] {
        upstream.heal();
        upstream.clear_log();
        upstream.trouble(Trouble::on("/blobs/").times(2).does(trouble));
        let mut download = client.blob("app", &layer, 0);
        let mut bytes = Vec::new();
        while let Some(piece) = download.next().await.unwrap() {
            bytes.extend_from_slice(&piece);
        }
        assert_eq!(Digest::of(&bytes), layer.digest);
        assert_eq!(download.refetched(), 0);
        let ranges =
            upstream.log().iter().filter(|seen| seen.headers.contains_key("range")).count();
        assert_eq!(ranges, 2);
    }
}

#[tokio::test]
async fn blobs_begin_in_the_middle_even_where_ranges_are_ignored() {
    let (upstream, _, layer) = upstream_with_image().await;
    let client = client_of(&upstream);
    let whole = all(client.blob("app", &layer, 0)).await.unwrap();
    assert_eq!(all(client.blob("app", &layer, 1000)).await.unwrap(), whole[1000..]);
    upstream.trouble(Trouble::on("/blobs/").does(Misbehaviour::IgnoreRange));
    let mut download = client.blob("app", &layer, 1000);
    let mut bytes = Vec::new();
    while let Some(piece) = download.next().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    assert_eq!((bytes.as_slice(), download.refetched()), (&whole[1000..], 1000));
    assert!(all(client.blob("app", &layer, layer.size)).await.unwrap().is_empty());
}

#[tokio::test]
async fn blobs_of_another_size_are_refused_before_they_are_read() {
    let (upstream, _, layer) = upstream_with_image().await;
    let client = client_of(&upstream);
    for (trouble, message) in [
        (Misbehaviour::Append { bytes: 10 }, "announces"),
        (Misbehaviour::Truncate { after: 10 }, "announces"),
    ] {
        upstream.heal();
        upstream.trouble(Trouble::on("/blobs/").does(trouble));
        let error = all(client.blob("app", &layer, 0)).await.unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    upstream.heal();
    upstream.trouble(Trouble::on("/blobs/").does(Misbehaviour::NoLength));
    let short = Descriptor { size: layer.size - 1, ..layer.clone() };
    let error = all(client.blob("app", &short, 0)).await.unwrap_err().to_string();
    assert!(error.contains("more than"), "{error}");
    let long = Descriptor { size: layer.size + 1, ..layer };
    let error = all(client.blob("app", &long, 0)).await.unwrap_err();
    assert!(!error.is_transient(), "{error}");
}

#[tokio::test]
async fn a_small_blob_with_wrong_bytes_is_refused() {
    let (upstream, _, layer) = upstream_with_image().await;
    upstream.trouble(Trouble::on("/blobs/").does(Misbehaviour::Corrupt { at: 7 }));
    let client = client_of(&upstream);
    let error = client.whole_blob("app", &layer, 1 << 20).await.unwrap_err();
    assert!(error.to_string().contains("has the digest"), "{error}");
    let error = client.whole_blob("app", &layer, 1000).await.unwrap_err();
    assert!(error.to_string().contains("more than"), "{error}");
}

#[tokio::test]
async fn lists_tags_over_pages() {
    let upstream = Upstream::plain();
    let artifact = image(3, 10);
    for number in 0..5 {
        upstream.push(&artifact, "app", &format!("v{number}"));
    }
    let client = client_of(&upstream);
    assert_eq!(client.tags("app").await.unwrap(), ["v0", "v1", "v2", "v3", "v4"]);
    assert!(client.tags("other").await.unwrap().is_empty());
}

#[tokio::test]
async fn finds_referrers_by_the_api_and_by_tag() {
    for referrers in [Referrers::Api, Referrers::FallbackTag] {
        let upstream = Upstream::start(Settings { referrers, ..Settings::default() });
        let subject = image(4, 10);
        upstream.push(&subject, "app", "1");
        let sbom = referrer(&subject, "application/spdx+json", b"{}");
        if referrers == Referrers::Api {
            upstream.push(&sbom, "app", &sbom.digest().to_string());
        } else {
            let list = sre_testkit::image::fallback_index(std::slice::from_ref(&sbom));
            upstream.push(&sbom, "app", &sbom.digest().to_string());
            upstream.push(&list, "app", &sre_testkit::image::fallback_tag(&subject.digest()));
        }
        let client = client_of(&upstream);
        let found = client.referrers("app", subject.digest()).await.unwrap();
        assert_eq!(found.iter().map(|one| one.digest).collect::<Vec<_>>(), [sbom.digest()]);
        assert!(client.referrers("app", Digest::of(b"nobody")).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn knows_the_tags_that_cosign_uses() {
    let upstream = Upstream::plain();
    let subject = image(5, 10);
    let signature = cosign_signature(&subject.digest(), "c2ln");
    upstream.push(&signature, "app", &cosign_tag(&subject.digest()));
    let tags = sre_oci::client::cosign_tags(subject.digest());
    let client = client_of(&upstream);
    let found = client.head_manifest("app", &tag(&tags[0])).await.unwrap().unwrap();
    assert_eq!(found.digest, signature.digest());
}
