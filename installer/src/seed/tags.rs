//! Setting tags, the last thing that makes an image visible under its name.

use std::sync::Arc;

use sre_format::Digest;
use sre_oci::Reference;

use super::catalog::read_manifest;
use super::each::each;
use super::manifests::Published;
use super::plan::TagState;
use super::{PlatformTag, SeedError, Survey};

/// Tags that are set at once.
const TAGS: usize = 8;

/// Says what happens to a tag that names something else in the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExistingTags {
    /// It is a conflict, and nothing is sent at all.
    Keep,
    /// It is moved to what the bundle carries.
    Overwrite,
}

/// A tag and the manifest that it gets.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) at: usize,
    pub(super) tag: String,
    pub(super) digest: Digest,
}

impl Survey {
    /// Gives every tag with what it names in the end, and the platform's manifests among those.
    pub(super) fn settings(
        &self,
        published: &Published,
    ) -> Result<(Vec<Setting>, Vec<PlatformTag>), SeedError> {
        let (mut settings, mut platforms) = (Vec::new(), Vec::new());
        for (at, repository) in self.catalog.repositories.iter().enumerate() {
            for (tag, digest) in &repository.tags {
                let settled = self.tag_state(at, tag, *digest) == TagState::PlatformManifest;
                let mut digest = *digest;
                let refusal = published.refused.get(&(at, digest));
                if settled || refusal.is_some() {
                    let platform = self.platform_tag(at, tag, digest, refusal)?;
                    digest = platform.digest;
                    platforms.push(platform);
                }
                settings.push(Setting { at, tag: tag.clone(), digest });
            }
        }
        Ok((settings, platforms))
    }

    /// Sets the tags that do not name the right thing yet; gives how many that were.
    pub(super) async fn set_tags(&self, settings: &[Setting]) -> Result<usize, SeedError> {
        let missing = settings.iter().filter(|setting| !self.names_already(setting));
        let set = each(missing.cloned(), TAGS, |setting| self.set(setting));
        Ok(set.await?.len())
    }

    /// Says whether the target had this tag right when it was asked.
    pub(super) fn names_already(&self, setting: &Setting) -> bool {
        self.tags.get(&(setting.at, setting.tag.clone())) == Some(&Some(setting.digest))
    }

    fn set(
        &self,
        setting: Setting,
    ) -> impl Future<Output = Result<(), SeedError>> + Send + 'static {
        let (client, bundle) = (self.client.clone(), self.bundle.clone());
        let catalog = Arc::clone(&self.catalog);
        async move {
            let repository = &catalog.repositories[setting.at];
            let mut carried = repository.manifests.iter();
            let carried = carried
                .find(|carried| carried.descriptor.digest == setting.digest)
                .ok_or_else(|| SeedError::Incomplete {
                    what: format!("the manifest {} is missing", setting.digest),
                })?;
            let manifest = read_manifest(&bundle, &carried.descriptor)?;
            let (target, tag) = (&repository.target, Reference::tag(&setting.tag));
            client
                .put_manifest(target, &tag, manifest.media_type(), manifest.bytes().clone())
                .await
                .map(drop)
                .map_err(|source| SeedError::Registry {
                    action: "set the tag",
                    name: format!("{}/{target}:{tag}", client.host()),
                    source: Box::new(source),
                })
        }
    }

    fn platform_tag(
        &self,
        at: usize,
        tag: &str,
        index: Digest,
        refusal: Option<&String>,
    ) -> Result<PlatformTag, SeedError> {
        let name = format!("{}:{tag}", self.full_name(at));
        let mut carried = self.repository(at).manifests.iter();
        let child = carried
            .find(|carried| carried.descriptor.digest == index)
            .and_then(|carried| carried.platform_child.clone());
        match child {
            Some((digest, platform)) => {
                let (platform, reason) = (platform.to_string(), refusal.cloned());
                Ok(PlatformTag { name, index, digest, platform, reason })
            }
            None => Err(SeedError::Incomplete {
                what: format!(
                    "the target refuses the index {index} of {name}, and the bundle carries no \
                     image in it for a chosen platform{}",
                    refusal.map(|reason| format!(" ({reason})")).unwrap_or_default()
                ),
            }),
        }
    }
}
