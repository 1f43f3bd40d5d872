//! `oci/index.json` and `oci/oci-layout`.

use sre_format::lock::{CarriedManifest, Lock, LockedManifest, LockedReferrer};
use sre_format::{Digest, ImageReference};
use sre_oci::Descriptor;
use sre_oci::media_type::OCI_INDEX;

/// The annotation that names what a descriptor stands for (image-spec, "Annotation keys").
const REFERENCE_NAME: &str = "org.opencontainers.image.ref.name";

/// The marker file of an OCI image layout (image-spec, "oci-layout file").
pub(super) const OCI_LAYOUT: &[u8] = br#"{"imageLayoutVersion":"1.0.0"}"#;

/// Builds `index.json`: one descriptor for each image, chart and referrer, under its full name.
pub(super) fn index_json(lock: &Lock) -> Vec<u8> {
    let mut descriptors = Vec::new();
    for image in &lock.images {
        add(&mut descriptors, &image.reference, &image.root, &image.referrers);
    }
    for chart in &lock.charts {
        add(&mut descriptors, &chart.reference, &chart.root, &chart.referrers);
    }
    for folder in &lock.folders {
        add(&mut descriptors, &folder.reference, &folder.root, &[]);
    }
    let index = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": descriptors,
    });
    let mut bytes = index.to_string().into_bytes();
    bytes.push(b'\n');
    bytes
}

fn add(
    descriptors: &mut Vec<Descriptor>,
    reference: &ImageReference,
    root: &LockedManifest,
    referrers: &[LockedReferrer],
) {
    let name = |repository: &ImageReference, tag: Option<&str>, digest: Digest| match tag {
        Some(tag) => format!("{}:{tag}", repository.name()),
        None => format!("{}@{digest}", repository.name()),
    };
    let mut push = |carried: CarriedManifest<'_>, artifact_type: Option<&str>, tag| {
        let CarriedManifest { repository, digest, size, media_type } = carried;
        let mut descriptor = Descriptor::new(media_type, digest, size);
        descriptor.artifact_type = artifact_type.map(str::to_owned);
        descriptor.annotations.insert(REFERENCE_NAME.to_owned(), name(repository, tag, digest));
        if !descriptors.contains(&descriptor) {
            descriptors.push(descriptor);
        }
    };
    push(root.carried(reference), None, reference.tag());
    for referrer in referrers {
        let artifact_type = Some(referrer.artifact_type.as_str());
        push(referrer.carried(reference), artifact_type, referrer.tag.as_deref());
    }
}
