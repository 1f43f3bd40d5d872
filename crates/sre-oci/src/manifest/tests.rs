use serde_json::{Value, json};

use super::*;
use crate::media_type::{DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST};

fn descriptor(fill: &str, size: u64) -> Value {
    json!({"mediaType": "application/x", "digest": format!("sha256:{}", fill.repeat(64)), "size": size})
}

fn image() -> Value {
    json!({"schemaVersion": 2, "mediaType": OCI_MANIFEST,
        "config": descriptor("a", 2), "layers": [descriptor("b", 3)]})
}

fn parse(value: &Value, media_type: &str) -> Result<Manifest, ManifestError> {
    Manifest::parse(Bytes::from(serde_json::to_vec(value).unwrap()), media_type)
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut value = image();
    change(&mut value);
    value
}

#[test]
fn reads_images_and_indexes_of_both_families() {
    let image =
        parse(&image(), "application/vnd.oci.image.manifest.v1+json; charset=utf-8").unwrap();
    assert_eq!(image.blobs().map(|blob| blob.size).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(image.artifact_type(), Some("application/x"));
    for media_type in [OCI_INDEX, DOCKER_LIST] {
        let value = json!({"schemaVersion": 2, "manifests": [descriptor("c", 4)]});
        let index = parse(&value, media_type).unwrap();
        assert_eq!((index.children().len(), index.blobs().count()), (1, 0));
        assert_eq!(index.media_type(), media_type);
    }
    let docker = changed(|value| value["mediaType"] = json!(DOCKER_MANIFEST));
    assert!(parse(&docker, DOCKER_MANIFEST).is_ok());
}

#[test]
fn keeps_the_bytes_and_their_digest() {
    let bytes = Bytes::from(serde_json::to_string_pretty(&image()).unwrap());
    let manifest = Manifest::parse(bytes.clone(), OCI_MANIFEST).unwrap();
    assert_eq!(manifest.bytes(), &bytes);
    assert_eq!(manifest.digest(), Digest::of(&bytes));
    assert_eq!(manifest.descriptor().size, bytes.len() as u64);
}

#[test]
fn refuses_what_two_readers_could_see_differently() {
    for (value, message) in [
        (changed(|value| value["manifests"] = json!([])), "beside"),
        (changed(|value| value["Layers"] = json!([])), "only in case"),
        (changed(|value| value["layers"][0]["Digest"] = json!("x")), "only in case"),
        (changed(|value| value["config"]["SIZE"] = json!(1)), "only in case"),
        (changed(|value| value["schemaVersion"] = json!(3)), "schemaVersion"),
        (changed(|value| value["mediaType"] = json!(OCI_INDEX)), "was delivered as"),
        (changed(|value| value["schemaVersion"] = json!(1)), "schema 1"),
    ] {
        let error = parse(&value, OCI_MANIFEST).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    }
    let twice = br#"{"schemaVersion":2,"layers":[],"layers":[]}"#;
    assert!(Manifest::parse(Bytes::from_static(twice), OCI_MANIFEST).is_err());
}

#[test]
fn refuses_missing_parts_other_algorithms_and_absurd_sizes() {
    let key =
        |name: &'static str| changed(|value| drop(value.as_object_mut().unwrap().remove(name)));
    for value in [
        key("config"),
        key("layers"),
        key("schemaVersion"),
        changed(|value| value["config"]["size"] = json!(-1)),
        changed(|value| value["config"]["size"] = json!(MAX_BLOB + 1)),
        changed(|value| value["config"]["size"] = json!(1.5)),
        changed(|value| value["config"]["digest"] = json!(format!("sha512:{}", "a".repeat(128)))),
        changed(|value| value["layers"] = json!(vec![descriptor("b", 1); MAX_DESCRIPTORS + 1])),
        json!([]),
    ] {
        assert!(parse(&value, OCI_MANIFEST).is_err());
    }
    assert!(parse(&image(), OCI_INDEX).is_err());
    assert!(parse(&image(), "text/html").is_err());
    assert!(parse(&image(), "application/vnd.docker.distribution.manifest.v1+prettyjws").is_err());
    let long = Bytes::from(vec![b' '; usize::try_from(MAX_MANIFEST).unwrap() + 1]);
    assert!(matches!(Manifest::parse(long, OCI_MANIFEST), Err(ManifestError::TooLong { .. })));
}

#[test]
fn takes_any_word_as_an_annotation_and_any_unknown_key() {
    let value = changed(|value| {
        value["annotations"] = json!({"Digest": "x", "LAYERS": "y"});
        value["org.example"] = json!({"deep": [1, 2.5, null, true, {"x": "y"}]});
    });
    assert_eq!(parse(&value, OCI_MANIFEST).unwrap().annotations().len(), 2);
}

proptest::proptest! {
    #[test]
    fn never_panics_on_altered_bytes(at in 0_usize..400, with: u8, cut in 0_usize..400) {
        let mut bytes = serde_json::to_vec(&image()).unwrap();
        if let Some(byte) = bytes.get_mut(at) {
            *byte = with;
        }
        bytes.truncate(cut.max(1));
        drop(Manifest::parse(Bytes::from(bytes), OCI_MANIFEST));
    }

    #[test]
    fn never_panics_on_any_text(text in ".{0,200}") {
        for media_type in media_type::MANIFESTS {
            drop(Manifest::parse(Bytes::from(text.clone()), media_type));
        }
    }
}

#[test]
fn flags_foreign_layers() {
    let value = changed(|value| {
        value["layers"][0]["mediaType"] =
            json!("application/vnd.docker.image.rootfs.foreign.diff.tar.gzip");
    });
    let manifest = parse(&value, OCI_MANIFEST).unwrap();
    assert_eq!(manifest.blobs().map(Descriptor::is_foreign).collect::<Vec<_>>(), [false, true]);
}
