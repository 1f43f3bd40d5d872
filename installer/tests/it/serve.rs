//! `serve` over real sockets, from bundles that the testkit wrote.

use std::fs::File;
use std::os::unix::fs::{FileExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};
use sre_install::serve::{Certificates, Limits, Passwords, Settings};
use sre_testkit::bundle::Bundle;
use sre_testkit::image::{Family, Index, referrer};
use sre_testkit::{Content, chart::Chart};
use tokio::time::timeout;

use crate::server::{MIB, PROMPTLY, client, image, start, start_with};

/// Offset of a piece of content inside the bundle file.
fn find(path: &Path, needle: &[u8]) -> u64 {
    let bytes = std::fs::read(path).unwrap();
    bytes.windows(needle.len()).position(|window| window == needle).unwrap() as u64
}

fn flip(path: &Path, offset: u64) {
    let file = File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).unwrap();
    file.write_all_at(&[byte[0] ^ 1], offset).unwrap();
}

#[tokio::test]
async fn gives_back_images_indexes_and_charts_byte_for_byte() {
    let list = Index::new(Family::Docker)
        .image("linux/amd64", image(1, 3 * MIB + 7))
        .image("linux/arm64/v8", image(2, 1000))
        .attestation()
        .build();
    let chart = Chart::new("demo", "0.1.0+7");
    let server = start(
        Bundle::new()
            .carry("docker.io/library/app:v1", &list)
            .carry(&format!("quay.io/charts/demo:{}", chart.tag()), &chart.artifact()),
    )
    .await;
    server.pull("library/app", "v1", &list).await;
    server.pull("docker.io/library/app", "v1", &list).await;
    server.pull("charts/demo", "0.1.0_7", &chart.artifact()).await;
    let tags: Value =
        serde_json::from_slice(&server.bytes("/v2/library/app/tags/list").await).unwrap();
    assert_eq!(tags, json!({"name": "library/app", "tags": ["v1"]}));
}

#[tokio::test]
async fn serves_a_sparse_index_as_it_is() {
    let arm = image(2, 1000);
    let index = Index::new(Family::Oci)
        .image("linux/amd64", image(1, 1000))
        .image("linux/arm64", arm.clone())
        .build();
    let bundle = Bundle::new().carry("docker.io/app:v1", &index).without(&arm.digest());
    let server = start(bundle).await;
    assert_eq!(server.bytes("/v2/app/manifests/v1").await, index.top().bytes);
    assert_eq!(server.status(&format!("/v2/app/manifests/{}", arm.digest())).await, 404);
}

#[tokio::test]
async fn lists_referrers_that_the_bundle_carries() {
    let image = image(1, 1000);
    let signature = referrer(&image, "application/x.signature", b"signed");
    let reference = format!("docker.io/app@{}", signature.digest());
    let bundle = Bundle::new().carry("docker.io/app:v1", &image).carry(&reference, &signature);
    let server = start(bundle).await;
    let path = format!("/v2/app/referrers/{}?artifactType=application/x.signature", image.digest());
    let index: Value = serde_json::from_slice(&server.bytes(&path).await).unwrap();
    let [found] = index["manifests"].as_array().unwrap().as_slice() else { panic!("{index}") };
    assert_eq!(found["digest"], signature.digest().to_string());
    assert_eq!(found["artifactType"], "application/x.signature");
    assert!(found["annotations"].is_object());
    server.pull("app", &signature.digest().to_string(), &signature).await;
}

#[tokio::test]
async fn tells_upstreams_with_the_same_repository_apart() {
    let (first, second) = (image(1, 1000), image(2, 1000));
    let settings = Settings { prefix: "site".parse().unwrap(), ..Settings::default() };
    let bundle =
        Bundle::new().carry("docker.io/app:v1", &first).carry("127.0.0.1:5000/app:v1", &second);
    let server = start_with(bundle, settings).await;
    assert_eq!(server.status("/v2/app/manifests/v1").await, 404);
    for (path, image) in [
        ("/v2/app/manifests/v1?ns=docker.io", &first),
        ("/v2/app/manifests/v1?ns=127.0.0.1:5000", &second),
        ("/v2/site/docker.io/app/manifests/v1", &first),
        ("/v2/site/127.0.0.1_5000/app/manifests/v1?ns=127.0.0.1:5000", &second),
    ] {
        assert_eq!(server.bytes(path).await, image.top().bytes, "{path}");
    }
}

#[tokio::test]
async fn gives_out_files_in_ranges_and_shows_what_is_there() {
    let tool = Content::Generated { seed: 9, size: 2 * MIB + 5 };
    let bundle = Bundle::new()
        .carry("docker.io/library/app:v1", &image(1, 1000))
        .file("tools/tool.bin", &tool.read_all().unwrap());
    let server = start(bundle).await;
    let whole = tool.read_all().unwrap();
    assert!(server.bytes("/files/tools/tool.bin").await == whole);
    let request = server.client.get(format!("{}/files/tools/tool.bin", server.url));
    let part = request.header("range", "bytes=-10").send().await.unwrap();
    assert_eq!(part.status(), 206);
    assert_eq!(part.bytes().await.unwrap(), whole[whole.len() - 10..]);
    assert_eq!(server.status("/files/tools/other").await, 404);
    assert_eq!(server.status("/files/..%2Fsre.json").await, 404);
    let page = server.text("/").await;
    assert_eq!(server.text("/files/").await, page);
    for words in
        ["sre 1.0.0", "docker.io/library/app:v1", "/files/tools/tool.bin", "stable, serial 1"]
    {
        assert!(page.contains(words), "{words}");
    }
    assert!(!page.contains("signed bundle"), "nobody signed this one");
    assert_eq!(server.text("/healthz").await, "ok\n");
    let figures = server.text("/metrics").await;
    assert!(figures.contains("sre_bundle_readable 1\n"));
    assert!(figures.contains("sre_http_answers_total{class=\"4xx\"} 2\n"));
    assert_eq!(server.status("/elsewhere").await, 404);
}

#[tokio::test]
async fn never_sends_a_wrong_byte_and_comes_back_when_the_bundle_is_whole_again() {
    let image = image(1, 4 * MIB);
    let (digest, content) = image.blobs[1].clone();
    let right = content.read_all().unwrap();
    let server = start(Bundle::new().carry("docker.io/app:v1", &image)).await;
    let (path, other) = (format!("/v2/app/blobs/{digest}"), "/v2/app/manifests/v1");
    let start = usize::try_from(2 * MIB).unwrap() + 4000;
    let offset = find(&server.path, &right[start..start + 64]);
    flip(&server.path, offset);
    let mut answer = server.get(&path).await;
    assert_eq!(answer.status(), 200);
    let mut got = Vec::new();
    let ended = loop {
        match answer.chunk().await {
            Ok(Some(piece)) => got.extend_from_slice(&piece),
            Ok(None) => break true,
            Err(_) => break false,
        }
    };
    assert!(!ended && right.starts_with(&got) && got.len() < right.len());
    for path in [&path, other, "/v2/", "/healthz"] {
        assert_eq!(server.status(path).await, 503, "{path}");
    }
    assert!(server.text("/metrics").await.contains("sre_bundle_readable 0\n"));
    flip(&server.path, offset);
    assert!(server.bytes(&path).await == right);
    assert_eq!(server.status("/healthz").await, 200);
}

#[tokio::test]
async fn answers_503_while_the_bundle_is_cut_off_gone_or_another_one() {
    let image = image(1, 2 * MIB);
    let bundle = Bundle::new().carry("docker.io/app:v1", &image);
    let server = start(bundle.clone()).await;
    let path = format!("/v2/app/blobs/{}", image.blobs[1].0);
    let kept = std::fs::read(&server.path).unwrap();
    File::options().write(true).open(&server.path).unwrap().set_len(kept.len() as u64 / 2).unwrap();
    assert!(server.get(&path).await.bytes().await.is_err() || server.status(&path).await == 503);
    assert_eq!(server.status(&path).await, 503);
    std::fs::remove_file(&server.path).unwrap();
    assert_eq!(server.status(&path).await, 503);
    bundle.serial(2).write(&server.path);
    assert_eq!(server.status(&path).await, 503);
    std::fs::write(&server.path, kept).unwrap();
    assert!(server.bytes(&path).await == image.blobs[1].1.read_all().unwrap());
}

#[tokio::test]
async fn keeps_its_authority_across_restarts() {
    let state = tempfile::tempdir().unwrap();
    let folder = state.path().join("serve");
    let made = || Arc::new(Certificates::made(&folder, vec!["registry.site".to_owned()]).unwrap());
    let first = made().authority().unwrap().clone();
    let settings = Settings { tls: Some(made()), ..Settings::default() };
    let server =
        start_with(Bundle::new().carry("docker.io/app:v1", &image(1, 1000)), settings).await;
    assert!(server.url.starts_with("https://127.0.0.1:"));
    assert_eq!(server.text("/ca.pem").await, first.pem);
    assert!(server.text("/").await.contains(&first.fingerprint.to_string()));
    let permissions = folder.join("ca.key").metadata().unwrap().permissions();
    assert_eq!(permissions.mode() & 0o777, 0o600);
    std::fs::write(folder.join("ca.pem"), server_certificate_of_another()).unwrap();
    assert!(Certificates::made(&folder, Vec::new()).is_err());
}

fn server_certificate_of_another() -> String {
    let folder = tempfile::tempdir().unwrap();
    Certificates::made(folder.path(), Vec::new()).unwrap().authority().unwrap().pem.clone()
}

#[tokio::test]
async fn asks_for_passwords_everywhere_but_at_the_door() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("htpasswd");
    let hash = bcrypt::hash("secret", 4).unwrap();
    std::fs::write(&file, format!("# people\nnode:{hash}\nplain:word:with:colons\n")).unwrap();
    let passwords = Arc::new(Passwords::read(&file).unwrap());
    let settings = Settings { passwords: Some(passwords), ..Settings::default() };
    let server =
        start_with(Bundle::new().carry("docker.io/app:v1", &image(1, 1000)), settings).await;
    for path in ["/v2/", "/", "/files/x", "/metrics", "/v2/app/manifests/v1"] {
        let answer = server.get(path).await;
        assert_eq!(answer.status(), 401, "{path}");
        assert!(answer.headers()["www-authenticate"].to_str().unwrap().starts_with("Basic realm="));
    }
    assert_eq!(server.status("/healthz").await, 200);
    for (user, password, status) in [
        ("node", "secret", 200),
        ("node", "secret", 200),
        ("node", "wrong", 401),
        ("plain", "word:with:colons", 200),
        ("plain", "word", 401),
        ("nobody", "secret", 401),
    ] {
        let request = server.client.get(format!("{}/v2/", server.url));
        let answer = request.basic_auth(user, Some(password)).send().await.unwrap();
        assert_eq!(answer.status(), status, "{user} {password}");
    }
    for wrong in ["node", "node:", ":x", "a:$apr1$x$y", "a:{SHA}x", "a:b\na:c", "a:$2y$31$x"] {
        std::fs::write(&file, wrong).unwrap();
        assert!(Passwords::read(&file).is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn lets_transfers_end_when_it_is_told_to_stop() {
    let image = image(1, 24 * MIB);
    let mut server = start(Bundle::new().carry("docker.io/app:v1", &image)).await;
    let mut answer = server.get(&format!("/v2/app/blobs/{}", image.blobs[1].0)).await;
    let mut got = answer.chunk().await.unwrap().unwrap().to_vec();
    drop(server.stop.take());
    // The port is closed once it knows; it must then wait for this transfer.
    while client(None).get(&server.url).send().await.is_ok() {}
    assert!(!server.task.is_finished());
    while let Some(piece) = answer.chunk().await.unwrap() {
        got.extend_from_slice(&piece);
    }
    assert!(got == image.blobs[1].1.read_all().unwrap());
    drop(answer);
    server.task.await.unwrap();
    assert!(server.client.get(&server.url).send().await.is_err());
    assert_eq!(server.metrics.open_connections(), 0);
}

#[tokio::test]
async fn lets_connections_wait_beyond_the_limit() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let settings = Settings { limits, ..Settings::default() };
    let bundle = Bundle::new().carry("docker.io/app:v1", &image(1, 24 * MIB));
    let server = start_with(bundle, settings).await;
    let image = image(1, 24 * MIB);
    let mut first = server.get(&format!("/v2/app/blobs/{}", image.blobs[1].0)).await;
    let first_piece = first.chunk().await.unwrap();
    assert!(first_piece.is_some());
    let other = client(None);
    let second = tokio::spawn(other.get(format!("{}/healthz", server.url)).send());
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert!(!second.is_finished());
    drop(first);
    assert_eq!(second.await.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_connection_that_is_kept_for_later_makes_room_for_others() {
    let limits = Limits { connections: 1, ..Limits::default() };
    let settings = Settings { limits, ..Settings::default() };
    let server =
        start_with(Bundle::new().carry("docker.io/app:v1", &image(1, 1000)), settings).await;
    let url = format!("{}/healthz", server.url);
    let clients = [client(None), client(None)];
    for client in clients.iter().cycle().take(6) {
        let answer = timeout(PROMPTLY, client.get(&url).send()).await;
        let answer = answer.expect("a connection that nobody uses is in the way").unwrap();
        assert_eq!(answer.text().await.unwrap(), "ok\n");
    }
}
