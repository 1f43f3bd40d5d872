//! The images inside an archive of images, as `docker save` and others write it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::ops::ControlFlow;

use serde::Deserialize;
use sre_format::{Digest, ImageReference};

use super::format::Format;
use super::{ArchiveError, MAX_UNPACKED, plain, walk};

/// The most bytes of a list of images.
const MAX_LIST: u64 = 8 << 20;

/// Says why the images of an archive are not known.
#[derive(Debug, thiserror::Error)]
pub enum ImageListError {
    /// The archive cannot be read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// It has no list of images.
    #[error("the archive has neither `manifest.json` nor `index.json`, so it holds no images")]
    NoList,
    /// A list is no JSON of its kind.
    #[error("`{name}` of the archive cannot be understood")]
    Json {
        /// The list.
        name: &'static str,
        /// Why not.
        #[source]
        source: serde_json::Error,
    },
    /// A list is longer than any.
    #[error("`{name}` of the archive has more than {} MiB", MAX_LIST >> 20)]
    TooLong {
        /// The list.
        name: &'static str,
    },
    /// A name that is none.
    #[error("the archive holds an image without a name that can be used")]
    Name(#[from] sre_format::ParseReferenceError),
}

/// `manifest.json`, the list of Docker.
const DOCKER_LIST: &str = "manifest.json";
/// `index.json`, the list of an OCI image layout.
const OCI_LIST: &str = "index.json";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerImage {
    #[serde(default, deserialize_with = "null_is_none")]
    repo_tags: Vec<String>,
}

#[derive(Deserialize)]
struct OciIndex {
    #[serde(default)]
    manifests: Vec<OciImage>,
}

#[derive(Deserialize)]
struct OciImage {
    digest: Digest,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// Where containerd and Docker write the full name of an image of a layout.
const FULL_NAME: &str = "io.containerd.image.name";

/// Lists the images of an archive: by name, and with the digest where the archive tells it (an OCI
/// layout does, the older form of Docker knows only the digests of configurations).
pub fn images_within(archive: &File) -> Result<Vec<ImageReference>, ImageListError> {
    let Lists { docker, oci } = lists(archive)?;
    listed(docker.as_deref(), oci.as_deref())
}

/// Reads the two lists that an archive may have.
pub(crate) fn listed(
    docker: Option<&[u8]>,
    oci: Option<&[u8]>,
) -> Result<Vec<ImageReference>, ImageListError> {
    if docker.is_none() && oci.is_none() {
        return Err(ImageListError::NoList);
    }
    let mut images = BTreeMap::new();
    if let Some(text) = docker {
        let list: Vec<DockerImage> = json(DOCKER_LIST, text)?;
        for name in list.iter().flat_map(|image| &image.repo_tags) {
            images.insert(ImageReference::completed(name)?, None);
        }
    }
    if let Some(text) = oci {
        let index: OciIndex = json(OCI_LIST, text)?;
        for image in &index.manifests {
            if let Some(name) = image.annotations.get(FULL_NAME) {
                images.insert(ImageReference::completed(name)?, Some(image.digest));
            }
        }
    }
    let named = images.into_iter().map(|(name, digest): (ImageReference, Option<Digest>)| {
        ImageReference::new(name.host(), name.repository(), name.tag(), digest.or(name.digest()))
    });
    Ok(named.collect::<Result<_, _>>()?)
}

#[derive(Default)]
struct Lists {
    docker: Option<Vec<u8>>,
    oci: Option<Vec<u8>>,
}

/// Reads both lists in one go: unpacking gigabytes takes seconds.
fn lists(archive: &File) -> Result<Lists, ImageListError> {
    let read = |error| ImageListError::Archive(ArchiveError::Read(error));
    let unpacked = Format::of(archive).and_then(|format| format.unpacked(archive)).map_err(read)?;
    let mut lists = Lists::default();
    walk(unpacked, MAX_UNPACKED, |path, member| -> Result<_, ImageListError> {
        let (name, list) = match plain(path) {
            DOCKER_LIST => (DOCKER_LIST, &mut lists.docker),
            OCI_LIST => (OCI_LIST, &mut lists.oci),
            _ => return Ok(ControlFlow::Continue(())),
        };
        let mut text = Vec::new();
        member.take(MAX_LIST + 1).read_to_end(&mut text).map_err(read)?;
        if text.len() as u64 > MAX_LIST {
            return Err(ImageListError::TooLong { name });
        }
        *list = Some(text);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(lists)
}

fn json<T: serde::de::DeserializeOwned>(
    name: &'static str,
    text: &[u8],
) -> Result<T, ImageListError> {
    serde_json::from_slice(text).map_err(|source| ImageListError::Json { name, source })
}

fn null_is_none<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn archive(files: &[(&str, &str)]) -> File {
        let mut tar = tar::Builder::new(Vec::new());
        for (name, text) in files {
            let mut header = tar::Header::new_ustar();
            header.set_size(text.len() as u64);
            header.set_mode(0o644);
            header.set_cksum();
            tar.append_data(&mut header, name, text.as_bytes()).unwrap();
        }
        let packed = zstd::encode_all(&tar.into_inner().unwrap()[..], 1).unwrap();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&packed).unwrap();
        std::io::Seek::rewind(&mut file).unwrap();
        file
    }

    #[test]
    fn lists_names_and_the_digests_that_a_layout_tells() {
        let digest = Digest::of(b"image");
        let oci = format!(
            r#"{{"manifests":[{{"digest":"{digest}","annotations":{{"{FULL_NAME}":"docker.io/rancher/a:1"}}}}]}}"#
        );
        let docker = r#"[{"Config":"x","RepoTags":["rancher/a:1","rancher/b:2"]},{"RepoTags":null},
            {"RepoTags":["pause:3","registry.example.org:5000/c/d:4"]}]"#;
        let files = [("blobs/x", "layer"), (OCI_LIST, oci.as_str()), ("./manifest.json", docker)];
        let images = images_within(&archive(&files)).unwrap();
        let names: Vec<_> = images.iter().map(ToString::to_string).collect();
        let expected = [
            format!("docker.io/rancher/a:1@{digest}"),
            "docker.io/rancher/b:2".into(),
            "docker.io/library/pause:3".into(),
            "registry.example.org:5000/c/d:4".into(),
        ];
        for name in &expected {
            assert!(names.contains(name), "{name} in {names:?}");
        }
        assert_eq!(names.len(), expected.len());
    }

    #[test]
    fn refuses_what_lists_no_images_or_lies() {
        let long = " ".repeat(usize::try_from(MAX_LIST).unwrap() + 1);
        for (files, said) in [
            (&[("a", "b")][..], "holds no images"),
            (&[(DOCKER_LIST, "{}")], "cannot be understood"),
            (&[(OCI_LIST, "[")], "cannot be understood"),
            (&[(DOCKER_LIST, r#"[{"RepoTags":["../evil"]}]"#)], "without a name"),
            (&[(OCI_LIST, long.as_str())], "more than 8 MiB"),
        ] {
            let error = images_within(&archive(files)).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
        let torn = archive(&[(DOCKER_LIST, "[]")]);
        torn.set_len(20).unwrap();
        assert!(matches!(images_within(&torn), Err(ImageListError::Archive(_))));
    }
}
