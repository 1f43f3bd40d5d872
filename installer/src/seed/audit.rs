//! Reading back what was sent.

use std::sync::Arc;

use sre_format::Digest;
use sre_oci::{ClientError, Descriptor, Reference, RegistryClient};
use sre_steps::with_causes;

use super::each::each;
use super::manifests::{Listed, Published};
use super::survey::QUESTIONS;
use super::tags::Setting;
use super::{Audited, SeedError, Survey};

/// Says how deep an audit looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum AuditDepth {
    /// Every manifest is read back and hashed; every blob and tag is asked for by its digest
    #[default]
    Digests,
    /// Every byte of every blob is read back and hashed, too
    Bytes,
}

#[derive(Clone)]
enum Check {
    Manifest(usize, Digest),
    Tag(Setting),
    Blob(usize, Digest, u64),
    Listing(Listed),
}

impl Survey {
    /// Reads everything back, and fails with all that is not as it must be.
    ///
    /// The blobs that are only asked for were asked for in this run before: when they were found,
    /// or right after they were sent or mounted.
    pub(super) async fn audit(
        &self,
        settings: Vec<Setting>,
        published: &Published,
        depth: AuditDepth,
    ) -> Result<Audited, SeedError> {
        let mut checks = Vec::new();
        let mut audited = Audited { tags: settings.len(), ..Audited::default() };
        // Tags that were right in the beginning were read in this run already.
        let moved = settings.into_iter().filter(|setting| !self.names_already(setting));
        checks.extend(moved.map(Check::Tag));
        checks.extend(published.listed.iter().cloned().map(Check::Listing));
        let settled: Vec<_> = self.unsent_indexes(published);
        for (at, repository) in self.catalog.repositories.iter().enumerate() {
            let carried = repository.manifests.iter().map(|carried| carried.descriptor.digest);
            let kept = carried.filter(|digest| !settled.contains(&(at, *digest)));
            let before = checks.len();
            checks.extend(kept.map(|digest| Check::Manifest(at, digest)));
            audited.manifests += checks.len() - before;
            audited.blobs += repository.blobs.len();
            if depth == AuditDepth::Bytes {
                let blobs = repository.blobs.iter();
                checks.extend(blobs.map(|(digest, size)| Check::Blob(at, *digest, *size)));
                audited.bytes_read += repository.blobs.values().sum::<u64>();
            }
        }
        let found = each(checks, QUESTIONS, |check| self.check(check)).await?;
        let mut problems: Vec<String> = found.into_iter().flatten().collect();
        problems.sort();
        if problems.is_empty() { Ok(audited) } else { Err(SeedError::Audit { problems }) }
    }

    fn unsent_indexes(&self, published: &Published) -> Vec<(usize, Digest)> {
        let mut unsent: Vec<_> = published.refused.keys().copied().collect();
        let missing: std::collections::BTreeSet<_> = self.missing_manifests().into_iter().collect();
        for (at, repository) in self.catalog.repositories.iter().enumerate() {
            for (number, carried) in repository.manifests.iter().enumerate() {
                let place = (at, carried.descriptor.digest);
                if !self.manifests.contains(&place) && !missing.contains(&(at, number)) {
                    unsent.push(place);
                }
            }
        }
        unsent
    }

    /// Gives what is wrong: which thing, where, and why.
    fn check(
        &self,
        check: Check,
    ) -> impl Future<Output = Result<Option<String>, SeedError>> + Send + 'static {
        let (client, catalog) = (self.client.clone(), Arc::clone(&self.catalog));
        async move {
            let repository = &catalog.repositories[check.repository()].target;
            let problem = match look(&client, repository, &check).await {
                Ok(problem) => problem,
                Err(error) => Some(with_causes(&error)),
            };
            let full = format!("{}/{repository}", client.host());
            Ok(problem.map(|problem| format!("{full}{}: {problem}", check.place())))
        }
    }
}

impl Check {
    fn repository(&self) -> usize {
        match self {
            Self::Manifest(at, _) | Self::Blob(at, ..) => *at,
            Self::Tag(setting) => setting.at,
            Self::Listing(listed) => listed.at,
        }
    }

    /// Gives what follows the name of the repository.
    fn place(&self) -> String {
        match self {
            Self::Manifest(_, digest) | Self::Blob(_, digest, _) => format!("@{digest}"),
            Self::Tag(Setting { tag, digest, .. }) => format!(":{tag} (for {digest})"),
            Self::Listing(Listed { subject, .. }) => format!("@{subject}"),
        }
    }
}

/// Reads one thing back and says what is not as it must be.
async fn look(
    client: &RegistryClient,
    repository: &str,
    check: &Check,
) -> Result<Option<String>, ClientError> {
    match check {
        Check::Manifest(_, digest) => {
            let found = client.manifest(repository, &(*digest).into()).await?;
            Ok(found.is_none().then(|| "the manifest is not there any more".to_owned()))
        }
        Check::Tag(Setting { tag, digest, .. }) => {
            let found = client.head_manifest(repository, &Reference::tag(tag)).await?;
            Ok(match found {
                None => Some("the tag is not there any more".to_owned()),
                Some(found) if found.digest == *digest => None,
                Some(found) => Some(format!("the tag names {} now", found.digest)),
            })
        }
        Check::Blob(_, digest, size) => {
            let found = hash_blob(client, repository, *digest, *size).await?;
            let other = found != *digest;
            Ok(other.then(|| format!("the bytes that came back have the digest {found}")))
        }
        Check::Listing(Listed { subject, referrers, .. }) => {
            let found = client.referrers(repository, *subject).await?;
            let is_listed = |digest: &Digest| found.iter().any(|found| found.digest == *digest);
            let missing = referrers.iter().find(|digest| !is_listed(digest));
            Ok(missing.map(|digest| format!("{digest} is not listed as a referrer")))
        }
    }
}

async fn hash_blob(
    client: &RegistryClient,
    repository: &str,
    digest: Digest,
    size: u64,
) -> Result<Digest, ClientError> {
    use sha2::Digest as _;
    let blob = Descriptor::new("application/octet-stream", digest, size);
    let mut download = client.blob(repository, &blob, 0);
    let mut hasher = sha2::Sha256::new();
    while let Some(piece) = download.next().await? {
        hasher = tokio::task::spawn_blocking(move || hasher.chain_update(&piece))
            .await
            .unwrap_or_default();
    }
    Ok(Digest::from_bytes(hasher.finalize().into()))
}
