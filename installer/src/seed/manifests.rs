//! Sending manifests: images first, then indexes, then what refers to them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sre_format::Digest;
use sre_oci::client::SubjectSupport;
use sre_oci::{ClientError, Descriptor, Reference};

use super::catalog::read_manifest;
use super::each::each;
use super::survey::Place;
use super::{SeedError, Survey};

/// Manifests that are sent at once.
const MANIFESTS: usize = 8;

/// What came of sending the manifests.
#[derive(Default)]
pub(super) struct Published {
    /// The manifests that were sent.
    pub(super) sent: usize,
    /// The indexes that the target refuses because it lacks their other children.
    pub(super) refused: BTreeSet<Place>,
}

enum Put {
    Taken(SubjectSupport),
    Refused,
}

impl Survey {
    /// Sends all manifests that are missing, those of one kind at once.
    pub(super) async fn send_manifests(&self) -> Result<Published, SeedError> {
        let mut published = Published::default();
        let mut referrers: BTreeMap<Place, Vec<Descriptor>> = BTreeMap::new();
        for wave in self.waves() {
            let refused = Arc::new(published.refused.clone());
            let puts =
                each(wave, MANIFESTS, |(at, number)| self.put(at, number, Arc::clone(&refused)));
            for (at, number, put) in puts.await? {
                let carried = &self.repository(at).manifests[number];
                match (put, &carried.referrer) {
                    (Put::Refused, _) => {
                        published.refused.insert((at, carried.descriptor.digest));
                        continue;
                    }
                    (Put::Taken(SubjectSupport::ByTag), Some((subject, descriptor))) => {
                        let listed = referrers.entry((at, *subject)).or_default();
                        listed.push(descriptor.as_ref().clone());
                    }
                    _ => {}
                }
                published.sent += 1;
            }
        }
        self.list_referrers(referrers).await?;
        Ok(published)
    }

    // Images and artifacts, then indexes level by level, then whatever has a subject.
    fn waves(&self) -> Vec<Vec<(usize, usize)>> {
        let mut waves: Vec<Vec<(usize, usize)>> = vec![Vec::new(), Vec::new(), Vec::new()];
        let mut nested = Vec::new();
        for (at, number) in self.missing_manifests() {
            let repository = self.repository(at);
            let carried = &repository.manifests[number];
            let is_index = |digest: &Digest| {
                repository
                    .manifests
                    .iter()
                    .any(|other| other.descriptor.digest == *digest && !other.children.is_empty())
            };
            if carried.referrer.is_some() {
                waves[2].push((at, number));
            } else if carried.children.iter().any(is_index) {
                nested.push(vec![(at, number)]);
            } else if !carried.children.is_empty() || carried.absent > 0 {
                waves[1].push((at, number));
            } else {
                waves[0].push((at, number));
            }
        }
        // The catalog lists children first, so nested indexes one by one are in order.
        let referrers = waves.pop().unwrap_or_default();
        waves.extend(nested);
        waves.push(referrers);
        waves
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
                    Ok((at, number, Put::Refused))
                }
                Err(error) => Err(SeedError::Registry {
                    action: "send the manifest",
                    name: format!("{}/{}@{reference}", client.host(), repository.target),
                    source: Box::new(error),
                }),
            }
        }
    }

    async fn list_referrers(
        &self,
        referrers: BTreeMap<Place, Vec<Descriptor>>,
    ) -> Result<(), SeedError> {
        let listings = each(referrers, MANIFESTS, |((at, subject), listed)| {
            let (client, catalog) = (self.client.clone(), Arc::clone(&self.catalog));
            async move {
                let repository = &catalog.repositories[at].target;
                let listing = client.add_referrers_by_tag(repository, subject, &listed).await;
                listing.map_err(|source| SeedError::Registry {
                    action: "list the referrers of",
                    name: format!("{}/{repository}@{subject}", client.host()),
                    source: Box::new(source),
                })
            }
        });
        listings.await.map(drop)
    }
}

// Registries say in different ways that an index names what they do not have: Distribution 2
// with 400 MANIFEST_BLOB_UNKNOWN, Harbor with 404, others with 422.
fn says_incomplete(error: &ClientError) -> bool {
    matches!(error.status().map(|status| status.as_u16()), Some(400 | 404 | 412 | 422))
}
