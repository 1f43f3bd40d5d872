//! Sending manifests: each after what it names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sre_format::Digest;
use sre_oci::client::SubjectSupport;
use sre_oci::{ClientError, Descriptor, Reference, RegistryClient};
use sre_steps::with_causes;

use super::catalog::read_manifest;
use super::each::each;
use super::error::LIST_REFERRERS;
use super::survey::Place;
use super::{ExistingTags, SeedError, Survey};

/// Manifests that are sent at once.
const MANIFESTS: usize = 8;

/// What came of sending the manifests.
#[derive(Default)]
pub(super) struct Published {
    /// The manifests that were sent.
    pub(super) sent: usize,
    /// The indexes that the target refuses because it lacks their other children, with its words.
    pub(super) refused: BTreeMap<Place, String>,
    /// The referrers that were listed under the tag that stands for the list.
    pub(super) listed: Vec<Listed>,
}

/// Referrers of one manifest that the target does not list by itself.
#[derive(Clone)]
pub(super) struct Listed {
    pub(super) at: usize,
    pub(super) subject: Digest,
    pub(super) referrers: Vec<Digest>,
}

enum Put {
    Taken(SubjectSupport),
    Refused(String),
}

impl Survey {
    /// Sends all manifests that are missing, those of one level at once, and lists the referrers
    /// where the target does not.
    pub(super) async fn send_manifests(
        &self,
        existing: ExistingTags,
    ) -> Result<Published, SeedError> {
        let mut published = Published::default();
        let mut kept_by_target: BTreeSet<Place> = BTreeSet::new();
        for wave in self.waves() {
            let refused: BTreeSet<Place> = published.refused.keys().copied().collect();
            let refused = Arc::new(refused);
            let puts =
                each(wave, MANIFESTS, |(at, number)| self.put(at, number, Arc::clone(&refused)));
            for (at, number, put) in puts.await? {
                let place = (at, self.repository(at).manifests[number].descriptor.digest);
                match put {
                    Put::Refused(reason) => {
                        published.refused.insert(place, reason);
                        continue;
                    }
                    Put::Taken(SubjectSupport::Listed) => drop(kept_by_target.insert(place)),
                    Put::Taken(SubjectSupport::ByTag) => {}
                }
                published.sent += 1;
            }
        }
        let referrers = self.referrers_besides(&kept_by_target);
        published.listed = self.list_referrers(referrers, existing).await?;
        Ok(published)
    }

    /// Groups the missing manifests so that what one names is sent before it.
    fn waves(&self) -> Vec<Vec<(usize, usize)>> {
        let mut waves: BTreeMap<usize, Vec<(usize, usize)>> = BTreeMap::new();
        for (at, number) in self.missing_manifests() {
            let level = self.repository(at).manifests[number].level;
            waves.entry(level).or_default().push((at, number));
        }
        waves.into_values().collect()
    }

    /// Gives the referrers by their subjects, without those that the target has just said it lists.
    ///
    /// Those that were there before are among them: the run that sent them may have been killed
    /// before it listed them.
    fn referrers_besides(&self, kept: &BTreeSet<Place>) -> BTreeMap<Place, Vec<Descriptor>> {
        let mut referrers: BTreeMap<Place, Vec<Descriptor>> = BTreeMap::new();
        for (at, repository) in self.catalog.repositories.iter().enumerate() {
            for carried in &repository.manifests {
                let Some((subject, descriptor)) = &carried.referrer else { continue };
                if !kept.contains(&(at, carried.descriptor.digest)) {
                    let listed = referrers.entry((at, *subject)).or_default();
                    listed.push(descriptor.as_ref().clone());
                }
            }
        }
        referrers
    }

    fn put(
        &self,
        at: usize,
        number: usize,
        refused: Arc<BTreeSet<Place>>,
    ) -> impl Future<Output = Result<(usize, usize, Put), SeedError>> + Send + 'static {
        let (client, bundle) = (self.client.clone(), self.bundle.clone());
        let catalog = Arc::clone(&self.catalog);
        async move {
            let repository = &catalog.repositories[at];
            let carried = &repository.manifests[number];
            let may_be_refused = carried.absent > 0
                || carried.children.iter().any(|child| refused.contains(&(at, *child)));
            let manifest = read_manifest(&bundle, &carried.descriptor)?;
            let reference = Reference::Digest(manifest.digest());
            let put = client
                .put_manifest(
                    &repository.target,
                    &reference,
                    manifest.media_type(),
                    manifest.bytes().clone(),
                )
                .await;
            match put {
                Ok(support) => Ok((at, number, Put::Taken(support))),
                Err(error) if may_be_refused && says_incomplete(&error) => {
                    Ok((at, number, Put::Refused(with_causes(&error))))
                }
                Err(error) => Err(SeedError::Registry {
                    action: "send the manifest",
                    name: format!("{}/{}@{reference}", client.host(), repository.target),
                    source: Box::new(error),
                }),
            }
        }
    }

    /// Lists referrers that the target does not list yet; gives those.
    async fn list_referrers(
        &self,
        referrers: BTreeMap<Place, Vec<Descriptor>>,
        existing: ExistingTags,
    ) -> Result<Vec<Listed>, SeedError> {
        let listings = each(referrers, MANIFESTS, |((at, subject), carried)| {
            let (client, catalog) = (self.client.clone(), Arc::clone(&self.catalog));
            async move {
                let repository = &catalog.repositories[at].target;
                let listing = list(&client, repository, subject, carried, existing).await;
                let referrers = listing.map_err(|source| SeedError::Registry {
                    action: LIST_REFERRERS,
                    name: format!("{}/{repository}@{subject}", client.host()),
                    source: Box::new(source),
                })?;
                Ok(Listed { at, subject, referrers })
            }
        });
        let mut listed = listings.await?;
        listed.retain(|listed| !listed.referrers.is_empty());
        Ok(listed)
    }
}

async fn list(
    client: &RegistryClient,
    repository: &str,
    subject: Digest,
    mut carried: Vec<Descriptor>,
    existing: ExistingTags,
) -> Result<Vec<Digest>, ClientError> {
    let known = match client.referrers(repository, subject).await {
        Err(error) if error.is_unreadable() && existing == ExistingTags::Overwrite => {
            client.put_referrers_tag(repository, subject, &carried).await?;
            return Ok(carried.iter().map(|carried| carried.digest).collect());
        }
        known => known?,
    };
    carried.retain(|carried| !known.iter().any(|known| known.digest == carried.digest));
    if !carried.is_empty() {
        client.add_referrers_by_tag(repository, subject, &carried).await?;
    }
    Ok(carried.iter().map(|carried| carried.digest).collect())
}

// Registries say in different ways that an index names what they do not have: Distribution 2
// with 400 MANIFEST_BLOB_UNKNOWN, Harbor with 404, others with 422.
fn says_incomplete(error: &ClientError) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(400 | 404 | 412 | 422))
}
