//! Charts: from a registry, or from a repository with an index.

use std::fmt::Write as _;
use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use sre_format::lock::{Archive, ChartForm, HttpChart, LockedChart, Verification, chart_tag};
use sre_format::manifest::{Chart, ChartSource};
use sre_format::{Digest, ImageReference, SourceUrl, is_path_component};

use super::file::check;
use super::helm::{self, MAX_ARCHIVE, MAX_INDEX, MAX_PROVENANCE, Release, RepositoryIndex};
use super::{Repositories, ResolveError, Resolver, artifact};

/// The media type by which a registry knows a chart.
const CHART_CONFIG: &str = "application/vnd.cncf.helm.config.v1+json";

/// Gives the name under which people know a chart.
pub(super) fn name_of(chart: &Chart) -> String {
    match &chart.source {
        ChartSource::Oci(reference) => format!("oci://{reference} {}", chart.version),
        ChartSource::Http { repository, name } => {
            format!("{repository} {name} {}", chart.version)
        }
    }
}

impl Resolver<'_> {
    pub(super) async fn chart(
        &self,
        chart: &Chart,
        repositories: &Repositories,
    ) -> Result<LockedChart, ResolveError> {
        match &chart.source {
            ChartSource::Oci(reference) => self.oci_chart(reference, chart).await,
            ChartSource::Http { repository, name } => {
                self.repository_chart(repository, name, chart, repositories).await
            }
        }
    }

    async fn oci_chart(
        &self,
        name: &ImageReference,
        chart: &Chart,
    ) -> Result<LockedChart, ResolveError> {
        let reference = named(name, &chart.version)?;
        let old = self.old_chart(&reference).filter(|old| old.form == ChartForm::Oci);
        let found = self
            .artifact(&reference, artifact::Wanted::default(), old.map(artifact::Known::from))
            .await?;
        let is_new = found.config_type.is_some();
        if let Some(found) = found.config_type.filter(|it| it != CHART_CONFIG) {
            return Err(ResolveError::NoChart { reference, found });
        }
        check(&reference.to_string(), "the manifest", chart.pinned, found.root.digest)?;
        let mut verified: Vec<_> = chart.pinned.iter().map(|_| Verification::Manifest).collect();
        verified.extend(self.check_oci_provenance(chart, &reference, found.root.digest).await?);
        let locked = LockedChart {
            name: name.repository().rsplit('/').next().unwrap_or_default().to_owned(),
            version: chart.version.clone(),
            reference,
            root: found.root,
            referrers: found.referrers,
            bytes: found.bytes,
            source: found.source,
            form: ChartForm::Oci,
            verified,
        };
        // `check` renders it, and should need no network after this.
        if is_new {
            self.chart_archive(&locked).await?;
        }
        Ok(locked)
    }

    async fn repository_chart(
        &self,
        repository: &SourceUrl,
        name: &str,
        chart: &Chart,
        repositories: &Repositories,
    ) -> Result<LockedChart, ResolveError> {
        let (index_url, index) = self.index(repository, repositories).await?;
        let missing = || ResolveError::NoVersion {
            repository: repository.clone(),
            name: name.to_owned(),
            version: chart.version.clone(),
            offered: index.versions(name),
        };
        let release = index.release(name, &chart.version).ok_or_else(missing)?;
        let place = release.urls.first().ok_or_else(missing)?;
        // Some repositories have moved to a registry and kept the index.
        if let Some(moved) = place.strip_prefix("oci://") {
            let moved: ImageReference = moved.parse().map_err(|source| {
                let name = name.to_owned();
                ResolveError::Unnameable { name, repository: repository.clone(), source }
            })?;
            return self.oci_chart(&moved, chart).await;
        }
        let url = index_url.join(place).map_err(|error| ResolveError::Malformed {
            what: index_url.to_string(),
            reason: format!("the URL of {name} {}: {error}", chart.version),
        })?;
        let reference = http_reference(repository, name, &chart.version)?;
        let (http, mut verified) =
            self.http_chart(&reference, url, &index_url, release, chart).await?;
        verified.extend(chart.pinned.iter().map(|_| Verification::Manifest));
        Ok(LockedChart {
            name: name.to_owned(),
            version: chart.version.clone(),
            reference,
            root: http.root(),
            referrers: Vec::new(),
            bytes: http.bytes(),
            source: repository.clone(),
            form: ChartForm::Http(Box::new(http)),
            verified,
        })
    }

    async fn http_chart(
        &self,
        reference: &ImageReference,
        url: SourceUrl,
        index_url: &SourceUrl,
        release: &Release,
        chart: &Chart,
    ) -> Result<(HttpChart, Vec<Verification>), ResolveError> {
        let promised = release
            .digest
            .as_deref()
            .and_then(|text| Digest::from_hex(text.strip_prefix("sha256:").unwrap_or(text)).ok());
        let provenance = self.provenance(&url).await?;
        let archive = match self.known_archive(reference, &url, promised) {
            Some((archive, config)) => (archive, config),
            None => self.new_archive(url, chart).await?,
        };
        let (archive, config) = archive;
        check(&archive.url.to_string(), &index_url.to_string(), promised, archive.digest)?;
        check(&archive.url.to_string(), "the manifest", chart.pinned, archive.digest)?;
        let signed = provenance.as_ref().map(|(_, bytes)| bytes.as_ref());
        let name = archive.url.to_string();
        let signed = self.check_provenance(chart, &name, archive.digest, signed)?;
        let promised =
            promised.iter().map(|_| Verification::RepositoryIndex { url: index_url.clone() });
        let verified = promised.chain(signed).collect();
        let provenance = provenance.map(|(file, _)| file);
        Ok((HttpChart { archive, provenance, config }, verified))
    }

    /// What the old lock knows, where the index still promises the same bytes.
    fn known_archive(
        &self,
        reference: &ImageReference,
        url: &SourceUrl,
        promised: Option<Digest>,
    ) -> Option<(Archive, String)> {
        match &self.old_chart(reference)?.form {
            ChartForm::Http(http)
                if Some(http.archive.digest) == promised && http.archive.url == *url =>
            {
                Some((http.archive.clone(), http.config.clone()))
            }
            _ => None,
        }
    }

    async fn new_archive(
        &self,
        url: SourceUrl,
        chart: &Chart,
    ) -> Result<(Archive, String), ResolveError> {
        let (digest, size) = self.keep(&url, MAX_ARCHIVE).await?;
        let malformed = |reason: String| ResolveError::Malformed { what: url.to_string(), reason };
        let file = self.cache.reader(&digest).ok_or(ResolveError::Task)?;
        let reading = tokio::task::spawn_blocking(move || helm::metadata(file));
        let metadata = reading.await.map_err(|_| ResolveError::Task)?.map_err(malformed)?;
        if metadata.version != chart.version {
            let found = format!("its Chart.yaml says {} {}", metadata.name, metadata.version);
            return Err(malformed(found));
        }
        let config =
            serde_json::to_string(&metadata).map_err(|error| malformed(error.to_string()))?;
        Ok((Archive { url, digest, size }, config))
    }

    /// The provenance file beside an archive. A server that refuses to say whether there is one
    /// gets a warning: object stores do so for what does not exist, too.
    async fn provenance(
        &self,
        archive: &SourceUrl,
    ) -> Result<Option<(Archive, Bytes)>, ResolveError> {
        let mut url = archive.as_url().clone();
        url.set_path(&format!("{}.prov", archive.as_url().path()));
        let Ok(url) = SourceUrl::new(url) else { return Ok(None) };
        match self.small(&url, MAX_PROVENANCE).await {
            Ok(found) => Ok(found.map(|bytes| {
                let (digest, size) = (Digest::of(&bytes), bytes.len() as u64);
                (Archive { url, digest, size }, bytes)
            })),
            Err(error)
                if error.status().is_some_and(|status| matches!(status.as_u16(), 401 | 403)) =>
            {
                self.phase.warn(format!("{url} is not carried: {error}"));
                Ok(None)
            }
            Err(source) => Err(ResolveError::Server { what: url.to_string(), source }),
        }
    }

    /// Fetches the index of a repository, once for all of its charts.
    async fn index(
        &self,
        repository: &SourceUrl,
        repositories: &Repositories,
    ) -> Result<(SourceUrl, Arc<RepositoryIndex>), ResolveError> {
        let mut url = repository.as_url().clone();
        url.set_path(&format!("{}/index.yaml", repository.as_url().path().trim_end_matches('/')));
        let url = SourceUrl::new(url).map_err(|error| ResolveError::Malformed {
            what: repository.to_string(),
            reason: error.to_string(),
        })?;
        let cell = {
            let mut indexes = repositories.indexes.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(indexes.entry(url.clone()).or_default())
        };
        let index = cell.get_or_try_init(|| self.fetch_index(&url)).await?;
        Ok((url, Arc::clone(index)))
    }

    async fn fetch_index(&self, url: &SourceUrl) -> Result<Arc<RepositoryIndex>, ResolveError> {
        let bytes = self.small(url, MAX_INDEX).await;
        let bytes =
            bytes.map_err(|source| ResolveError::Server { what: url.to_string(), source })?;
        let bytes = bytes.ok_or_else(|| ResolveError::NoFile { url: url.clone() })?;
        let parsing = tokio::task::spawn_blocking(move || RepositoryIndex::parse(&bytes));
        let parsed = parsing.await.map_err(|_| ResolveError::Task)?;
        let malformed = |reason| ResolveError::Malformed { what: url.to_string(), reason };
        parsed.map(Arc::new).map_err(malformed)
    }

    fn old_chart(&self, reference: &ImageReference) -> Option<&LockedChart> {
        self.old?.charts.iter().find(|chart| chart.reference == *reference)
    }
}

/// Names a chart of a repository as if its host were a registry: host, path, chart, version.
fn http_reference(
    repository: &SourceUrl,
    name: &str,
    version: &str,
) -> Result<ImageReference, ResolveError> {
    let mut path = String::new();
    for part in repository.as_url().path_segments().into_iter().flatten() {
        let part = component(part);
        if is_path_component(&part) {
            // Writing into a `String` does not fail.
            let _written = write!(path, "{part}/");
        }
    }
    let host = repository.host_and_port();
    // A host without a dot would read as a part of the path.
    let host =
        if host.contains(['.', ':']) || host == "localhost" { host } else { format!("{host}:443") };
    let tag = chart_tag(version);
    ImageReference::new(&host, &format!("{path}{name}"), Some(&tag), None).map_err(|source| {
        let name = name.to_owned();
        ResolveError::Unnameable { name, repository: repository.clone(), source }
    })
}

fn named(name: &ImageReference, version: &str) -> Result<ImageReference, ResolveError> {
    name.at_tag(&chart_tag(version)).map_err(|error| ResolveError::Malformed {
        what: format!("oci://{name} {version}"),
        reason: error.to_string(),
    })
}

/// Makes a part of a URL's path fit for a repository name.
fn component(part: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
    part.to_ascii_lowercase()
        .chars()
        .map(fit)
        .collect::<String>()
        .trim_matches(['.', '_', '-'])
        .into()
}
