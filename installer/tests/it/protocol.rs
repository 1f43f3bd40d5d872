//! What registry clients and others may rely on, as it goes over the wire.

use reqwest::Method;
use serde_json::Value;
use sre_testkit::bundle::Bundle;

use crate::server::{MIB, image, start};

#[tokio::test]
async fn a_head_tells_what_a_get_would_send() {
    let image = image(1, MIB + 5);
    let server = start(Bundle::new().carry("docker.io/app:v1", &image).file("a", b"12345")).await;
    let blob = format!("/v2/app/blobs/{}", image.blobs[1].0);
    for path in ["/v2/app/manifests/v1", &blob, "/files/a"] {
        let url = format!("{}{path}", server.url);
        let head = server.client.head(&url).send().await.unwrap();
        let get = server.client.get(&url).send().await.unwrap();
        assert_eq!(head.status(), 200, "{path}");
        for name in ["content-length", "content-type", "docker-content-digest", "accept-ranges"] {
            assert_eq!(head.headers().get(name), get.headers().get(name), "{path} {name}");
        }
        assert!(head.bytes().await.unwrap().is_empty());
        let length = get.headers()["content-length"].to_str().unwrap().to_owned();
        assert_eq!(get.bytes().await.unwrap().len().to_string(), length, "{path}");
    }
    let missing = server.client.head(format!("{}/v2/app/manifests/v2", server.url)).send().await;
    assert_eq!(missing.unwrap().status(), 404);
}

#[tokio::test]
async fn ranges_are_one_stretch_or_everything() {
    let image = image(1, 2 * MIB);
    let (digest, content) = image.blobs[1].clone();
    let right = content.read_all().unwrap();
    let size = right.len();
    let server = start(Bundle::new().carry("docker.io/app:v1", &image)).await;
    let url = format!("{}/v2/app/blobs/{digest}", server.url);
    for (range, status, expected) in [
        ("bytes=0-0", 206, &right[..1]),
        ("bytes=1048570-1048590", 206, &right[1_048_570..=1_048_590]),
        ("bytes=1048576-", 206, &right[1_048_576..]),
        ("bytes=-7", 206, &right[size - 7..]),
        ("bytes=0-1,5-6", 200, &right[..]),
        ("bytes=7-3", 200, &right[..]),
        ("bytes=99999999-", 416, &[]),
        ("bytes=-0", 416, &[]),
    ] {
        let answer = server.client.get(&url).header("range", range).send().await.unwrap();
        assert_eq!(answer.status(), status, "{range}");
        let stretch = answer.headers().get("content-range").map(|text| text.to_str().unwrap());
        match status {
            206 => assert!(stretch.unwrap().ends_with(&format!("/{size}")), "{range}"),
            416 => assert_eq!(stretch.unwrap(), format!("bytes */{size}")),
            _ => assert_eq!(stretch, None),
        }
        assert!(answer.bytes().await.unwrap() == expected, "{range}");
    }
}

#[tokio::test]
async fn nothing_can_be_written_and_the_refusal_is_one_that_clients_read() {
    let server = start(Bundle::new().carry("docker.io/app:v1", &image(1, 1000))).await;
    for (method, path) in [
        (Method::POST, "/v2/app/blobs/uploads/"),
        (Method::POST, "/v2/app/blobs/uploads/?mount=sha256:0&from=b"),
        (Method::PUT, "/v2/app/manifests/v2"),
        (Method::PATCH, "/v2/app/blobs/uploads/1"),
        (Method::DELETE, "/v2/app/manifests/v1"),
    ] {
        let request = server.client.request(method.clone(), format!("{}{path}", server.url));
        let answer = request.body(vec![0; 1000]).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{method} {path}");
        assert_eq!(answer.headers()["allow"], "GET, HEAD");
        assert_eq!(answer.headers()["content-type"], "application/json");
        let document: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert_eq!(document["errors"][0]["code"], "UNSUPPORTED");
    }
    for path in ["/", "/files/a", "/metrics", "/healthz"] {
        let answer = server.client.post(format!("{}{path}", server.url)).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
    }
    assert_eq!(server.status("/v2/app/manifests/v1").await, 200);
}

#[tokio::test]
async fn pages_of_tags_are_followed_to_the_end() {
    let mut bundle = Bundle::new();
    for tag in ["1.0", "1.1", "B", "a", "latest"] {
        bundle = bundle.carry(&format!("docker.io/app:{tag}"), &image(1, 10));
    }
    let server = start(bundle).await;
    let (mut path, mut pages) = ("/v2/app/tags/list?n=2&ns=docker.io".to_owned(), Vec::new());
    loop {
        let answer = server.get(&path).await;
        let link = answer.headers().get("link").map(|link| link.to_str().unwrap().to_owned());
        let document: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        pages.push(document["tags"].clone());
        let Some(link) = link else { break };
        path = link.strip_prefix('<').unwrap().split('>').next().unwrap().to_owned();
    }
    let pages = Value::Array(pages);
    assert_eq!(pages, serde_json::json!([["1.0", "1.1"], ["B", "a"], ["latest"]]));
    let none = server.get("/v2/app/tags/list?n=0").await;
    assert!(none.headers().get("link").is_none());
    let all = server.text("/v2/app/tags/list?last=a").await;
    assert_eq!(all, r#"{"name":"app","tags":["latest"]}"#);
}
