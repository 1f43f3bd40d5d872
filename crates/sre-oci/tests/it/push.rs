use std::sync::Arc;

use bytes::Bytes;
use sre_format::{Digest, Explain, Fault};
use sre_oci::client::{Mount, SubjectSupport};
use sre_oci::{CredentialStore, Reference, RegistryClient};
use sre_testkit::image::referrer;
use sre_testkit::upstream::{Locations, Mounts, Referrers, Settings};
use sre_testkit::{Misbehaviour, Trouble, Upstream};

use crate::client::{Told, client_of, client_with, image, plain};

fn bytes(size: usize) -> (Bytes, Digest) {
    let bytes: Bytes = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let digest = Digest::of(&bytes);
    (bytes, digest)
}

async fn upload(client: &RegistryClient, blob: &Bytes) -> Result<u64, sre_oci::ClientError> {
    let (digest, size) = (Digest::of(blob), blob.len() as u64);
    let source = Arc::new(blob.clone());
    client.upload_blob("app", digest, size, source, None).await.map(|done| done.bytes_sent)
}

#[tokio::test]
async fn uploads_a_blob_once_and_finds_it() {
    for locations in [Locations::Absolute, Locations::Relative] {
        let upstream = Upstream::start(Settings { locations, ..Settings::default() });
        let client = client_of(&upstream);
        for size in [0, 1, 300_000] {
            let (blob, digest) = bytes(size);
            assert_eq!(upload(&client, &blob).await.unwrap(), size as u64);
            assert!(client.has_blob("app", digest).await.unwrap());
            assert_eq!(upstream.blob("app", &digest).unwrap().read_all().unwrap(), blob);
        }
    }
}

#[tokio::test]
async fn an_upload_goes_on_where_the_connection_broke() {
    let upstream = Upstream::plain();
    let told = Told::default();
    let client = client_with(&upstream, told.of(plain(&upstream)), &CredentialStore::empty());
    let (blob, digest) = bytes(3 << 20);
    upstream.trouble(
        Trouble::on("/blobs/uploads/")
            .method("PUT")
            .times(1)
            .does(Misbehaviour::DropUpload { after: 2 << 20 }),
    );
    upload(&client, &blob).await.unwrap();
    assert_eq!(upstream.blob("app", &digest).unwrap().digest().unwrap(), digest);
    // The third of the blob that never arrived is what the second request carries.
    assert!(upstream.blob_bytes_received() <= (3 << 20) + (1 << 16));
    let retries = told.retries();
    assert_eq!(retries.len(), 1, "{retries:?}");
    assert_eq!(retries[0].url.to_string(), format!("{}/v2/app/blobs/{digest}", upstream.url()));
    assert!(retries[0].reason.starts_with("it broke off: "), "{retries:?}");
}

#[tokio::test]
async fn smaller_chunks_get_past_a_limit_on_request_bodies() {
    let upstream = Upstream::plain();
    let client = client_of(&upstream);
    let (blob, digest) = bytes(4 << 20);
    upstream.trouble(Trouble::on("digest=").times(1).does(Misbehaviour::status(413)));
    upload(&client, &blob).await.unwrap();
    assert!(client.has_blob("app", digest).await.unwrap());
    let patches = upstream.log().iter().filter(|seen| seen.method == "PATCH").count();
    assert!(patches >= 1);
}

#[tokio::test]
async fn an_upload_survives_a_busy_registry_and_gives_up_on_a_broken_one() {
    let upstream = Upstream::plain();
    let client = client_of(&upstream);
    let (blob, _) = bytes(100_000);
    upstream.trouble(Trouble::on("digest=").times(2).does(Misbehaviour::busy(503)));
    upload(&client, &blob).await.unwrap();
    upstream.trouble(Trouble::on("/blobs/uploads/").does(Misbehaviour::busy(503)));
    let (other, _) = bytes(100_001);
    let error = upload(&client, &other).await.unwrap_err();
    assert_eq!(error.status().map(|status| status.as_u16()), Some(503));
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn a_source_that_fails_ends_the_upload_with_its_own_error() {
    struct Broken;
    impl sre_oci::transport::BlobSource for Broken {
        fn read_at(
            &self,
            _: u64,
        ) -> std::pin::Pin<Box<dyn Future<Output = std::io::Result<Bytes>> + Send + '_>> {
            Box::pin(std::future::ready(Err(std::io::Error::other("the medium is gone"))))
        }
    }
    let upstream = Upstream::plain();
    let client = client_of(&upstream);
    let digest = Digest::of(b"x");
    let error = client.upload_blob("app", digest, 10, Arc::new(Broken), None).await.unwrap_err();
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    assert_eq!(cause.as_deref(), Some("the medium is gone"), "{error:?}");
    assert_eq!(error.fault(), Fault::Site);
    assert!(!client.has_blob("app", digest).await.unwrap());
}

#[tokio::test]
async fn mounts_where_the_registry_can_and_uploads_elsewhere() {
    for mounts in [Mounts::Allowed, Mounts::Refused] {
        let upstream = Upstream::start(Settings { mounts, ..Settings::default() });
        let client = client_of(&upstream);
        let (blob, digest) = bytes(1000);
        upstream.put_blob("other", digest, blob.to_vec());
        match client.mount_blob("app", digest, "other").await.unwrap() {
            Mount::Mounted => assert_eq!(mounts, Mounts::Allowed),
            Mount::Upload(session) => {
                assert_eq!(mounts, Mounts::Refused);
                let source = Arc::new(blob);
                client.upload_blob("app", digest, 1000, source, Some(session)).await.unwrap();
            }
        }
        assert!(client.has_blob("app", digest).await.unwrap());
    }
}

#[tokio::test]
async fn an_upload_location_off_the_protocol_is_refused() {
    let elsewhere = Locations::Elsewhere("http://169.254.169.254".to_owned());
    let upstream = Upstream::start(Settings { locations: elsewhere, ..Settings::default() });
    let error = upload(&client_of(&upstream), &bytes(10).0).await.unwrap_err();
    assert!(error.to_string().contains("link-local"), "{error}");
}

#[tokio::test]
async fn manifests_with_a_subject_are_listed_by_registry_or_by_tag() {
    for (referrers, support) in
        [(Referrers::Api, SubjectSupport::Listed), (Referrers::FallbackTag, SubjectSupport::ByTag)]
    {
        let upstream = Upstream::start(Settings { referrers, ..Settings::default() });
        let client = client_of(&upstream);
        let subject = image(1, 100);
        upstream.push(&subject, "app", "1");
        for text in [b"{}".as_slice(), b"[]"] {
            let sbom = referrer(&subject, "application/spdx+json", text);
            for (digest, content) in &sbom.blobs {
                upstream.put_blob("app", *digest, content.clone());
            }
            let top = sbom.top();
            let reference = Reference::from(sbom.digest());
            let found = client
                .put_manifest("app", &reference, &top.media_type, top.bytes.clone())
                .await
                .unwrap();
            assert_eq!(found, support);
            if support == SubjectSupport::ByTag {
                let manifest =
                    sre_oci::Manifest::parse(top.bytes.clone(), &top.media_type).unwrap();
                let listed = [manifest.referrer_descriptor()];
                assert!(
                    client.add_referrers_by_tag("app", subject.digest(), &listed).await.unwrap()
                );
                assert!(
                    !client.add_referrers_by_tag("app", subject.digest(), &listed).await.unwrap()
                );
            }
        }
        let found = client.referrers("app", subject.digest()).await.unwrap();
        assert_eq!(found.len(), 2);
        assert!(
            found.iter().all(|one| one.artifact_type.as_deref() == Some("application/spdx+json"))
        );
    }
}
