//! The list of jobs.

use anyhow::{Context as _, Result, bail};

/// What has to be carried.
#[derive(Default)]
pub(crate) struct List {
    pub(crate) blobs: Vec<Blob>,
    pub(crate) manifests: Vec<Manifest>,
}

/// A blob, where its bytes are as a file, and the repositories that need it.
pub(crate) struct Blob {
    pub(crate) digest: String,
    pub(crate) size: u64,
    pub(crate) path: String,
    pub(crate) repositories: Vec<String>,
}

/// A manifest as a file, and where it goes.
pub(crate) struct Manifest {
    pub(crate) path: String,
    pub(crate) repository: String,
    pub(crate) reference: String,
    pub(crate) media_type: String,
}

/// Reads a list; the largest blobs come first, so that no thread is left with one at the end.
pub(crate) fn read(path: &str) -> Result<List> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let mut list = List::default();
    for line in text.lines() {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["blob", digest, size, path, ref repositories @ ..] => list.blobs.push(Blob {
                digest: digest.to_owned(),
                size: size.parse().with_context(|| format!("no size: {line}"))?,
                path: path.to_owned(),
                repositories: repositories.iter().map(|&name| name.to_owned()).collect(),
            }),
            ["manifest", path, repository, reference, media_type] => {
                list.manifests.push(Manifest {
                    path: path.to_owned(),
                    repository: repository.to_owned(),
                    reference: reference.to_owned(),
                    media_type: media_type.to_owned(),
                });
            }
            _ => bail!("no job: {line}"),
        }
    }
    list.blobs.sort_by_key(|blob| std::cmp::Reverse(blob.size));
    Ok(list)
}
