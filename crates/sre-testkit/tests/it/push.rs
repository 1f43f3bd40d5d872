use reqwest::{Method, Response};
use sre_format::Digest;
use sre_testkit::image::{Family, Index};
use sre_testkit::upstream::{Children, Kind, Mounts, Settings, Storage};
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use super::{client, header, image};

async fn send(method: Method, url: &str, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let mut request = client().request(method, url).body(body.to_vec());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

async fn begin(upstream: &Upstream, repository: &str) -> String {
    let url = format!("{}/v2/{repository}/blobs/uploads/", upstream.url());
    let answer = send(Method::POST, &url, &[], b"").await;
    assert_eq!(answer.status(), 202);
    header(&answer, "location").to_owned()
}

#[tokio::test]
async fn takes_blobs_in_parts_and_says_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    for storage in [Storage::Memory, Storage::Folder(folder.path().to_owned())] {
        let upstream = Upstream::start(Settings { storage, ..Settings::default() });
        let location = begin(&upstream, "a/b").await;
        let first = send(Method::PATCH, &location, &[("content-range", "0-4")], b"hello").await;
        assert_eq!(first.status(), 202);
        assert_eq!(header(&first, "range"), "0-4");
        let wrong = send(Method::PATCH, &location, &[("content-range", "9-10")], b"xx").await;
        assert_eq!(wrong.status(), 416);
        let asked = send(Method::GET, &location, &[], b"").await;
        assert_eq!((asked.status().as_u16(), header(&asked, "range")), (204, "0-4"));
        let digest = Digest::of(b"hello world");
        let last = format!("{location}&digest={digest}");
        assert_eq!(send(Method::PUT, &last, &[], b" world").await.status(), 201);
        let content = upstream.blob("a/b", &digest).unwrap();
        assert_eq!(content.read_all().unwrap(), "hello world");
        assert_eq!(upstream.blob_bytes_received(), 11);
    }
}

#[tokio::test]
async fn keeps_what_arrived_before_the_cable_was_cut() {
    let upstream = Upstream::plain();
    let location = begin(&upstream, "a").await;
    upstream.trouble(
        Trouble::on("/uploads/").method("PATCH").does(Misbehaviour::DropUpload { after: 3 }),
    );
    assert!(client().patch(&location).body("hello").send().await.is_err());
    let asked = send(Method::GET, &location, &[], b"").await;
    assert_eq!(header(&asked, "range"), "0-2");
}

#[tokio::test]
async fn refuses_blobs_with_another_digest_and_uploads_without_their_query() {
    let upstream = Upstream::plain();
    let location = begin(&upstream, "a").await;
    let bare = location.split('?').next().unwrap();
    assert_eq!(send(Method::PATCH, bare, &[], b"x").await.status(), 404);
    let url = format!("{location}&digest={}", Digest::of(b"other"));
    assert_eq!(send(Method::PUT, &url, &[], b"x").await.status(), 400);
}

#[tokio::test]
async fn mounts_blobs_where_it_is_allowed() {
    for (mounts, status) in [(Mounts::Allowed, 201), (Mounts::Refused, 202)] {
        let upstream = Upstream::start(Settings { mounts, ..Settings::default() });
        let image = image();
        upstream.push(&image, "a", "v1");
        let digest = image.blobs[1].0;
        let url = format!("{}/v2/b/blobs/uploads/?mount={digest}&from=a", upstream.url());
        assert_eq!(send(Method::POST, &url, &[], b"").await.status(), status);
        assert_eq!(upstream.blob("b", &digest).is_some(), status == 201);
        assert_eq!(upstream.count(Kind::Upload), 1);
    }
}

#[tokio::test]
async fn refuses_manifests_before_their_blobs_and_children() {
    let settings = Settings { children: Children::Required, ..Settings::default() };
    let upstream = Upstream::start(settings);
    let image = image();
    let put = async |artifact: &sre_testkit::image::Artifact| {
        let top = artifact.top();
        let url = format!("{}/v2/a/manifests/v1", upstream.url());
        let kind = [("content-type", top.media_type.as_str())];
        send(Method::PUT, &url, &kind, &top.bytes).await.status().as_u16()
    };
    assert_eq!(put(&image).await, 404);
    for (digest, content) in &image.blobs {
        upstream.put_blob("a", *digest, content.clone());
    }
    assert_eq!(put(&image).await, 201);
    let sparse = Index::new(Family::Oci).image("linux/amd64", image).absent("linux/arm64").build();
    assert_eq!(put(&sparse).await, 404);
}
