//! What `seed` would send, for people and programs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;
use sre_format::Digest;
use sre_format::contents::Size;
use sre_steps::display::Answer;

use super::error::shown;
use super::{Conflict, Survey};

/// What `seed` would do to a target.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The target, as `host[/prefix]`.
    pub target: String,
    /// Every tag, sorted by its name in the bundle.
    pub names: Vec<PlannedName>,
    /// Different blobs that would be sent, each once.
    pub blobs_to_send: usize,
    /// The bytes of those.
    pub bytes_to_send: u64,
    /// Blobs that would be mounted from another repository of the target.
    pub blobs_to_mount: usize,
    /// Blobs that are there, counted in each repository.
    pub blobs_present: usize,
    /// Manifests that would be sent, counted in each repository.
    pub manifests_to_send: usize,
    /// Manifests that are there.
    pub manifests_present: usize,
}

/// A tag of the bundle and its place in the target.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedName {
    /// The name in the bundle, such as `docker.io/library/nginx:1.27`.
    pub name: String,
    /// The name in the target.
    pub target: String,
    /// The digest that it names.
    pub digest: Digest,
    /// What the target has under that name.
    #[serde(flatten)]
    pub state: TagState,
}

/// What a target has under the name of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum TagState {
    /// Nothing.
    New,
    /// The same digest.
    Present,
    /// The manifest of the chosen platform, because the target refused the index before.
    PlatformManifest,
    /// Something else.
    Conflict {
        /// The digest that the target has; none where it has something and cannot tell what.
        found: Option<Digest>,
    },
}

/// What has to be done for one blob.
pub(super) struct MissingBlob {
    pub(super) digest: Digest,
    pub(super) size: u64,
    /// A repository that has it.
    pub(super) home: Option<usize>,
    /// The repositories that lack it.
    pub(super) wanted: Vec<usize>,
}

impl Survey {
    /// Gives what `seed` would do.
    #[must_use]
    pub fn plan(&self) -> Plan {
        let missing = self.missing_blobs();
        let sent = missing.iter().filter(|blob| blob.home.is_none());
        let wanted: usize = missing.iter().map(|blob| blob.wanted.len()).sum();
        let manifests = self.missing_manifests().len();
        let repositories = &self.catalog.repositories;
        let all_blobs: usize = repositories.iter().map(|one| one.blobs.len()).sum();
        let all_manifests: usize = repositories.iter().map(|one| one.manifests.len()).sum();
        let blobs_to_send = sent.clone().count();
        Plan {
            target: self.target.name(),
            names: self.names(),
            blobs_to_send,
            bytes_to_send: sent.map(|blob| blob.size).sum(),
            blobs_to_mount: wanted - blobs_to_send,
            blobs_present: all_blobs - wanted,
            manifests_to_send: manifests,
            manifests_present: all_manifests - manifests,
        }
    }

    /// Gives the tags that name something else in the target.
    pub(super) fn conflicts(&self) -> Vec<Conflict> {
        let conflicts = self.names().into_iter().filter_map(|name| match name.state {
            TagState::Conflict { found } => {
                Some(Conflict { name: name.target, carried: name.digest, found })
            }
            _ => None,
        });
        conflicts.collect()
    }

    /// Gives the blobs that some repository lacks, largest first.
    pub(super) fn missing_blobs(&self) -> Vec<MissingBlob> {
        let mut missing: BTreeMap<Digest, MissingBlob> = BTreeMap::new();
        for (at, repository) in self.catalog.repositories.iter().enumerate() {
            for (digest, size) in &repository.blobs {
                let blob = missing.entry(*digest).or_insert_with(|| MissingBlob {
                    digest: *digest,
                    size: *size,
                    home: None,
                    wanted: Vec::new(),
                });
                if self.blobs.contains(&(at, *digest)) {
                    blob.home = Some(at);
                } else {
                    blob.wanted.push(at);
                }
            }
        }
        let mut missing: Vec<_> =
            missing.into_values().filter(|blob| !blob.wanted.is_empty()).collect();
        missing.sort_by_key(|blob| std::cmp::Reverse(blob.size));
        missing
    }

    /// Gives the manifests that have to be sent, in the order of the catalog.
    ///
    /// An index that the target refused before, whose tag names the platform's manifest since
    /// then, is not offered again.
    pub(super) fn missing_manifests(&self) -> Vec<(usize, usize)> {
        let settled = self.settled_indexes();
        let mut missing = Vec::new();
        for (at, repository) in self.catalog.repositories.iter().enumerate() {
            for (number, carried) in repository.manifests.iter().enumerate() {
                let place = (at, carried.descriptor.digest);
                if !self.manifests.contains(&place) && !settled.contains(&place) {
                    missing.push((at, number));
                }
            }
        }
        missing
    }

    fn settled_indexes(&self) -> BTreeSet<(usize, Digest)> {
        let mut settled = BTreeSet::new();
        for (at, repository) in self.catalog.repositories.iter().enumerate() {
            for (tag, digest) in &repository.tags {
                if self.tag_state(at, tag, *digest) == TagState::PlatformManifest {
                    settled.insert((at, *digest));
                }
            }
        }
        settled
    }

    pub(super) fn tag_state(&self, at: usize, tag: &str, digest: Digest) -> TagState {
        let Some(found) = self.tags.get(&(at, tag.to_owned())).copied() else {
            return TagState::New;
        };
        if found == Some(digest) {
            return TagState::Present;
        }
        let carried = self.repository(at).manifests.iter();
        let child = carried
            .filter(|carried| carried.descriptor.digest == digest && carried.absent > 0)
            .find_map(|carried| carried.platform_child.as_ref());
        match child {
            Some((child, _)) if Some(*child) == found => TagState::PlatformManifest,
            _ => TagState::Conflict { found },
        }
    }

    fn names(&self) -> Vec<PlannedName> {
        let mut names = Vec::new();
        for (at, repository) in self.catalog.repositories.iter().enumerate() {
            for (tag, digest) in &repository.tags {
                names.push(PlannedName {
                    name: format!("{}:{tag}", repository.source),
                    target: format!("{}:{tag}", self.full_name(at)),
                    digest: *digest,
                    state: self.tag_state(at, tag, *digest),
                });
            }
        }
        names.sort_by(|first, second| first.name.cmp(&second.name));
        names
    }
}

impl Answer for Plan {
    const KIND: &'static str = "plan";
}

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for PlannedName { name, target, state, .. } in &self.names {
            match state {
                TagState::New => writeln!(formatter, "new        {name} -> {target}")?,
                TagState::Present => writeln!(formatter, "present    {name} -> {target}")?,
                TagState::PlatformManifest => {
                    writeln!(formatter, "present    {name} -> {target} (as its platform's image)")?;
                }
                TagState::Conflict { found } => {
                    let found = shown(found.as_ref());
                    writeln!(formatter, "CONFLICT   {name} -> {target} has {found}")?;
                }
            }
        }
        writeln!(
            formatter,
            "to send    {} blobs, {}, and {} manifests",
            self.blobs_to_send,
            Size(self.bytes_to_send),
            self.manifests_to_send
        )?;
        writeln!(formatter, "to mount   {} blobs", self.blobs_to_mount)?;
        writeln!(
            formatter,
            "there      {} blobs and {} manifests",
            self.blobs_present, self.manifests_present
        )
    }
}
