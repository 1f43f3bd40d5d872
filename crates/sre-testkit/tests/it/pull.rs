use serde_json::Value;
use sre_testkit::image::{Family, Index, referrer};
use sre_testkit::upstream::{Kind, Referrers, Settings, Transport};
use sre_testkit::{Content, Upstream, chart};

use super::{client, client_for, get, header, image};

#[tokio::test]
async fn serves_manifests_by_tag_and_digest_with_their_own_media_type() {
    let upstream = Upstream::plain();
    let image = image();
    let digest = upstream.push(&image, "bench/app", "v1");
    for reference in ["v1", &digest.to_string()] {
        let answer = get(&upstream, &format!("/v2/bench/app/manifests/{reference}")).await;
        assert_eq!(header(&answer, "content-type"), Family::Oci.manifest());
        assert_eq!(header(&answer, "docker-content-digest"), digest.to_string());
        assert_eq!(answer.bytes().await.unwrap(), image.top().bytes);
    }
    assert_eq!(get(&upstream, "/v2/bench/app/manifests/v2").await.status(), 404);
    assert_eq!(upstream.count(Kind::ManifestRead), 3);
}

#[tokio::test]
async fn serves_blobs_whole_and_in_part() {
    let upstream = Upstream::plain();
    let image = image();
    upstream.push(&image, "a", "v1");
    let (digest, content) = &image.blobs[1];
    let url = format!("{}/v2/a/blobs/{digest}", upstream.url());
    let whole = content.read_all().unwrap();
    assert_eq!(client().get(&url).send().await.unwrap().bytes().await.unwrap(), whole);
    let request = client().get(&url).header("range", "bytes=10-19");
    let part = request.send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(header(&part, "content-range"), format!("bytes 10-19/{}", whole.len()));
    assert_eq!(part.bytes().await.unwrap(), whole[10..20]);
    let outside = client().get(&url).header("range", "bytes=900000-").send().await.unwrap();
    assert_eq!(outside.status(), 416);
    assert_eq!(upstream.blob_bytes_sent(), whole.len() as u64 + 10);
}

#[tokio::test]
async fn pages_through_tags() {
    let upstream = Upstream::plain();
    for tag in ["c", "a", "b"] {
        upstream.push(&image(), "a", tag);
    }
    let first = get(&upstream, "/v2/a/tags/list?n=2").await;
    assert_eq!(header(&first, "link"), "</v2/a/tags/list?n=2&last=b>; rel=\"next\"");
    let tags: Value = serde_json::from_slice(&first.bytes().await.unwrap()).unwrap();
    assert_eq!(tags["tags"], serde_json::json!(["a", "b"]));
    let last = get(&upstream, "/v2/a/tags/list?n=2&last=b").await;
    assert_eq!(header(&last, "link"), "");
}

#[tokio::test]
async fn lists_referrers_unless_it_is_told_not_to_know_them() {
    let image = image();
    let signature = referrer(&image, "application/x.signature", b"signed");
    for api in [Referrers::Api, Referrers::FallbackTag] {
        let upstream = Upstream::start(Settings { referrers: api, ..Settings::default() });
        upstream.push(&image, "a", "v1");
        upstream.push(&signature, "a", &signature.digest().to_string());
        let path =
            format!("/v2/a/referrers/{}?artifactType=application/x.signature", image.digest());
        let answer = get(&upstream, &path).await;
        if api == Referrers::FallbackTag {
            assert_eq!(answer.status(), 404);
            continue;
        }
        assert_eq!(header(&answer, "oci-filters-applied"), "artifactType");
        let index: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(index["manifests"][0]["digest"], signature.digest().to_string());
    }
}

#[tokio::test]
async fn serves_over_tls_with_its_own_authority() {
    let settings = Settings { transport: Transport::Tls, ..Settings::default() };
    let upstream = Upstream::start(settings);
    let client = client_for(upstream.authority());
    let answer = client.get(format!("{}/v2/", upstream.url())).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn serves_files_charts_and_computed_content() {
    let upstream = Upstream::plain();
    let demo = chart::Chart::new("demo", "0.1.0");
    let url = chart::serve_repository(&upstream, "/charts", std::slice::from_ref(&demo));
    let archive = client().get(format!("{url}/demo-0.1.0.tgz")).send().await.unwrap();
    assert_eq!(archive.bytes().await.unwrap(), demo.archive());
    let large = Content::Generated { seed: 1, size: 3_000_000 };
    let url = upstream.put_file("/large", "application/octet-stream", large.clone());
    let answer = client().get(url).send().await.unwrap();
    assert_eq!(answer.bytes().await.unwrap(), large.read_all().unwrap());
}

#[tokio::test]
async fn serves_sparse_indexes() {
    let upstream = Upstream::plain();
    let index = Index::new(Family::Docker).image("linux/amd64", image()).absent("linux/s390x");
    let index = index.build();
    upstream.push(&index, "a", "v1");
    let answer = get(&upstream, "/v2/a/manifests/v1").await;
    assert_eq!(header(&answer, "content-type"), Family::Docker.index());
    assert_eq!(answer.bytes().await.unwrap(), index.top().bytes);
}
