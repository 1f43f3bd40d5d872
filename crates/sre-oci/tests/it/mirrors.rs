//! Mirrors: asked first, believed only as far as digests go, and passed over when they fail.

use sre_oci::{CredentialStore, Reference, RegistryClient};
use sre_testkit::upstream::Kind;
use sre_testkit::{Misbehaviour, Trouble, Upstream};
use url::Url;

use crate::client::{Told, client_with, image, plain};

fn tag(tag: &str) -> Reference {
    Reference::tag(tag)
}

/// A client of the first upstream that asks the mirrors first.
fn client(origin: &Upstream, mirrors: &[String], told: &Told) -> RegistryClient {
    let mut options = told.of(plain(origin));
    let urls = mirrors.iter().map(|url| Url::parse(url).unwrap()).collect();
    options.hosts.entry(origin.host()).or_default().mirrors = urls;
    client_with(origin, options, &CredentialStore::empty())
}

#[tokio::test]
async fn mirrors_are_asked_first_and_told_the_registry() {
    let (origin, mirror) = (Upstream::plain(), Upstream::plain());
    let artifact = image(6, 1000);
    origin.push(&artifact, "app", "1");
    origin.push(&artifact, "app", "2");
    mirror.push(&artifact, "cache/app", "1");
    let told = Told::default();
    let client = client(&origin, &[format!("{}/cache", mirror.url())], &told);
    assert!(client.manifest("app", &tag("1")).await.unwrap().is_some());
    assert_eq!(origin.log().len(), 0);
    let asked = mirror.log()[0].path.clone();
    assert!(asked.starts_with("/v2/cache/app/manifests/1?ns=127.0.0.1"), "{asked}");
    assert!(client.manifest("app", &tag("2")).await.unwrap().is_some());
    assert_eq!(origin.count(Kind::ManifestRead), 1);
    assert!(told.skips().is_empty(), "what a mirror does not have is no failure");
}

#[tokio::test]
async fn a_mirror_that_is_down_is_passed_over_and_then_left_alone() {
    let (origin, down, good) = (Upstream::plain(), Upstream::plain(), Upstream::plain());
    let artifact = image(6, 1000);
    good.push(&artifact, "app", "1");
    let dead = down.url().to_owned();
    down.stop();
    let told = Told::default();
    let client = client(&origin, &[dead.clone(), good.url().to_owned()], &told);
    for _ in 0..3 {
        assert!(client.manifest("app", &tag("1")).await.unwrap().is_some());
    }
    assert_eq!(origin.log().len(), 0);
    let skips = told.skips();
    assert_eq!(skips.len(), 1, "{skips:?}");
    assert_eq!(skips[0].mirror.to_string(), format!("{dead}/"));
    assert!(skips[0].reason.starts_with("no connection: "), "{skips:?}");
    assert_eq!(told.retries().len(), 1, "the next place is the better next try");
}

#[tokio::test]
async fn a_mirror_that_refuses_or_lies_is_passed_over() {
    for trouble in [
        Misbehaviour::status(403),
        Misbehaviour::busy(503),
        Misbehaviour::Corrupt { at: 10 },
        Misbehaviour::MediaType("text/html".to_owned()),
        Misbehaviour::RedirectLoop,
    ] {
        let (origin, mirror) = (Upstream::plain(), Upstream::plain());
        let artifact = image(6, 1000);
        for upstream in [&origin, &mirror] {
            upstream.push(&artifact, "app", "1");
        }
        mirror.trouble(Trouble::on("/manifests/").does(trouble.clone()));
        let told = Told::default();
        let client = client(&origin, &[mirror.url().to_owned()], &told);
        let found = client.manifest("app", &artifact.digest().into()).await.unwrap().unwrap();
        assert_eq!(found.digest(), artifact.digest());
        assert_eq!((told.skips().len(), origin.log().len()), (1, 1), "{trouble:?}");
    }
}

#[tokio::test]
async fn blobs_come_from_the_registry_where_the_mirror_breaks_off_for_good() {
    let (origin, mirror) = (Upstream::plain(), Upstream::plain());
    let artifact = image(6, 300_000);
    for upstream in [&origin, &mirror] {
        upstream.push(&artifact, "app", "1");
    }
    let told = Told::default();
    let client = client(&origin, &[mirror.url().to_owned()], &told);
    let manifest = client.manifest("app", &tag("1")).await.unwrap().unwrap();
    let layer = manifest.blobs().nth(1).unwrap();
    mirror.trouble(Trouble::on("/blobs/").times(1).does(Misbehaviour::Drop { after: 100_000 }));
    mirror.trouble(Trouble::on("/blobs/").does(Misbehaviour::busy(502)));
    let bytes = client.whole_blob("app", layer, 1 << 20).await.unwrap();
    assert_eq!(sre_format::Digest::of(&bytes), layer.digest);
    let ranged = origin.log().iter().filter(|seen| seen.headers.contains_key("range")).count();
    assert_eq!(ranged, 1, "the registry gives what was missing, not all of it");
}
