//! Where the versions of an input are listed.

use std::sync::Arc;

use bytes::Bytes;
use sre_format::manifest::{ChartSource, DownloadedSet, FileOrigin};
use sre_format::{Explain, Fault, ImageReference, SourceUrl};
use sre_oci::client::ClientError;
use sre_oci::transport::{Request, TransportError};
use url::Url;

use super::git;
use crate::fetch::Upstreams;
use crate::lock::RepositoryIndex;

/// The most bytes of the index of a chart repository.
const MAX_INDEX: u64 = 128 << 20;

/// Servers of releases that are no forge, and the forge with the repository that they release from.
const RELEASED_FROM: [(&str, &str); 2] = [
    ("get.helm.sh", "https://github.com/helm/helm"),
    ("dl.k8s.io", "https://github.com/kubernetes/kubernetes"),
];
/// A server whose folders are named as the repositories of its owner.
const HASHICORP: &str = "releases.hashicorp.com";

/// Says why the versions of an input are not known.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A registry does not list its tags.
    #[error("the registry does not list them")]
    Registry(#[source] ClientError),
    /// A server does not answer.
    #[error("{url} does not list them")]
    Server {
        /// What was asked.
        url: String,
        /// What it said.
        #[source]
        source: TransportError,
    },
    /// An answer cannot be read.
    #[error("{url} gives no list of versions: {reason}")]
    Malformed {
        /// What was asked.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// A list does not even have the version that is pinned.
    #[error("{from} does not have the version that is pinned")]
    Foreign {
        /// The repository.
        from: String,
    },
}

impl Explain for SourceError {
    fn fault(&self) -> Fault {
        match self {
            Self::Registry(source) => source.fault(),
            Self::Server { source, .. } => source.fault(),
            Self::Malformed { .. } | Self::Foreign { .. } => Fault::Upstream,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Registry(source) => source.hint(),
            Self::Server { source, .. } => source.hint(),
            Self::Malformed { .. } => Some("look whether upstream has moved".into()),
            Self::Foreign { .. } => Some("name the right one with `versions-from`".into()),
        }
    }
}

/// Lists the tags of an image, or of a chart in a registry.
pub(super) async fn of_registry(
    upstreams: &Upstreams,
    name: &ImageReference,
) -> Result<Vec<String>, SourceError> {
    let client = upstreams.registry(name.host());
    let client = client.map_err(|error| SourceError::Registry(error.into()))?;
    client.tags(name.repository()).await.map_err(SourceError::Registry)
}

/// Fetches the index of a chart repository.
pub(super) async fn index(
    upstreams: &Upstreams,
    repository: &SourceUrl,
) -> Result<Arc<RepositoryIndex>, SourceError> {
    let mut url = repository.as_url().clone();
    url.set_path(&format!("{}/index.yaml", url.path().trim_end_matches('/')));
    let bytes = whole(upstreams, &url, MAX_INDEX).await?;
    let malformed = |reason| SourceError::Malformed { url: repository.to_string(), reason };
    let parsed = tokio::task::block_in_place(|| RepositoryIndex::parse(&bytes));
    parsed.map(Arc::new).map_err(malformed)
}

/// Lists the versions of a program that is released from a git repository.
pub(super) async fn of_git(
    upstreams: &Upstreams,
    set: &DownloadedSet,
    from: &Url,
) -> Result<Vec<String>, SourceError> {
    let mut url = from.clone();
    url.set_path(&format!("{}/info/refs", url.path().trim_end_matches('/')));
    url.set_query(Some("service=git-upload-pack"));
    let bytes = whole(upstreams, &url, git::MAX_REFERENCES).await?;
    let malformed = || SourceError::Malformed {
        url: from.to_string(),
        reason: "it is no git repository".to_owned(),
    };
    let tags = git::tags(&bytes).ok_or_else(malformed)?;
    let usual = ["v{version}", "{version}"].map(str::to_owned);
    let mut templates = tag_of(set).into_iter().chain(usual);
    let is_there = |template: &String| tags.contains(&template.replace("{version}", &set.version));
    let foreign = || SourceError::Foreign { from: from.to_string() };
    let template = templates.find(is_there).ok_or_else(foreign)?;
    let (before, after) = template.split_once("{version}").unwrap_or(("", ""));
    let versions = tags.iter().filter_map(|tag| tag.strip_prefix(before)?.strip_suffix(after));
    Ok(versions.map(str::to_owned).collect())
}

/// Gives the git repository that something is released from, where its address tells.
pub(super) fn repository_of(set: &DownloadedSet) -> Option<Url> {
    if let Some(from) = &set.versions_from {
        return Some(from.as_url().clone());
    }
    let url = url_of(set)?;
    let parts: Vec<_> = url.path_segments()?.collect();
    match (url.host_str()?, parts.as_slice()) {
        ("github.com", [owner, name, "releases", "download", ..]) => {
            Url::parse(&format!("https://github.com/{owner}/{name}")).ok()
        }
        (HASHICORP, [name, ..]) => Url::parse(&format!("https://github.com/hashicorp/{name}")).ok(),
        (host, _) => {
            let (_, from) = RELEASED_FROM.iter().find(|(known, _)| *known == host)?;
            Url::parse(from).ok()
        }
    }
}

/// Gives how the tag of a release is made, where its address holds it: `kustomize/v{version}`.
fn tag_of(set: &DownloadedSet) -> Option<String> {
    let url = url_of(set)?;
    let mut parts = url.path_segments()?.skip_while(|part| *part != "download").skip(1);
    let tag = parts.next()?.replace("%2F", "/").replace("%2B", "+");
    tag.contains(&set.version).then(|| tag.replace(&set.version, "{version}"))
}

fn url_of(set: &DownloadedSet) -> Option<&Url> {
    match &set.downloads.first()?.origin {
        FileOrigin::Pinned(url, _) | FileOrigin::Checksummed(url, _) => Some(url.as_url()),
        FileOrigin::Local(..) => None,
    }
}

/// Gives the name of a chart without its version, and whether a registry has it.
pub(super) fn chart_name(source: &ChartSource) -> String {
    match source {
        ChartSource::Oci(reference) => format!("oci://{reference}"),
        ChartSource::Http { repository, name } => {
            format!("{}/{name}", repository.to_string().trim_end_matches('/'))
        }
    }
}

async fn whole(upstreams: &Upstreams, url: &Url, limit: u64) -> Result<Bytes, SourceError> {
    let failed = |source| SourceError::Server { url: shown(url), source };
    let response = upstreams.transport().send(&Request::get(url.clone())).await.map_err(failed)?;
    if response.status().as_u16() != 200 {
        return Err(failed(response.into_error().await));
    }
    response.whole(limit).await.map_err(failed)
}

/// A URL without its query.
fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}
