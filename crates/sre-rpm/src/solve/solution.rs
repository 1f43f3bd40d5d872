//! What comes out.

use std::fmt;

use super::scope::Scope;
use super::search::Found;
use super::wishes::Wishes;
use super::world::World;
use crate::catalog::{PackageId, RepositoryId};
use crate::metadata::ModuleStream;

/// A consistent set of packages that meets the request.
#[derive(Clone, Debug)]
pub struct Solution {
    /// The packages to carry, by full name; those of the base system are not among them.
    pub packages: Vec<PackageId>,
    /// The active module streams, of which the metadata must be carried too.
    pub streams: Vec<ModuleStream>,
    /// What people should know.
    pub notes: Vec<Note>,
}

/// Something that is no error, but that people should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A group names a package that no repository has.
    GroupMemberMissing {
        /// The group.
        group: String,
        /// The package.
        package: String,
    },
    /// An environment names a group that no repository has.
    GroupMissing {
        /// The environment.
        environment: String,
        /// The group.
        group: String,
    },
    /// The newest version of something that was asked for does not fit.
    OlderVersion {
        /// What was asked for.
        wish: String,
        /// What was taken.
        taken: String,
        /// What would be preferred.
        preferred: String,
    },
    /// Something recommended does not fit.
    WeakLeftOut {
        /// The package that recommends it.
        package: String,
        /// What it recommends.
        wish: String,
    },
    /// A package that supplements others does not fit.
    SupplementLeftOut {
        /// The package.
        package: String,
        /// What it supplements.
        wish: String,
    },
}

impl Solution {
    /// Gives the packages of one repository.
    pub fn of_repository<'a>(
        &'a self,
        catalog: &'a crate::Catalog,
        repository: RepositoryId,
    ) -> impl Iterator<Item = PackageId> + 'a {
        self.packages.iter().copied().filter(move |id| catalog.repository(*id) == repository)
    }
}

pub(super) fn assemble(
    world: &World<'_>,
    wishes: &Wishes,
    scope: &Scope<'_>,
    found: &Found,
) -> Solution {
    let mut packages: Vec<PackageId> =
        found.chosen.iter().filter(|id| !world.is_assumed(*id)).collect();
    packages.sort_by_cached_key(|id| {
        (world.catalog.nevra(*id).to_string(), world.catalog.repository(*id))
    });
    let mut notes = wishes.notes.clone();
    notes.extend(older_versions(world, wishes, found));
    notes.extend(found.notes.iter().cloned());
    let streams = scope.streams.values().map(|stream| (*stream).clone()).collect();
    Solution { packages, streams, notes }
}

/// Names what was taken although something newer of the same name was preferred.
fn older_versions(world: &World<'_>, wishes: &Wishes, found: &Found) -> Vec<Note> {
    let name = |id: PackageId| world.catalog.package(id).name;
    let note = |wish: &super::wishes::Wish| {
        let preferred = *wish.clause.wanted.first()?;
        let taken = wish.clause.wanted.iter().copied().find(|id| found.chosen.contains(*id))?;
        let is_older =
            taken != preferred && name(taken) == name(preferred) && world.is_outdated(taken);
        is_older.then(|| Note::OlderVersion {
            wish: wish.label.clone(),
            taken: world.catalog.nevra(taken).to_string(),
            preferred: world.catalog.nevra(preferred).to_string(),
        })
    };
    wishes.wishes.iter().filter_map(note).collect()
}

impl fmt::Display for Note {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GroupMemberMissing { group, package } => {
                write!(formatter, "the group {group} names {package}, which no repository has")
            }
            Self::GroupMissing { environment, group } => {
                write!(
                    formatter,
                    "the environment {environment} names {group}, which no repository has"
                )
            }
            Self::OlderVersion { wish, taken, preferred } => {
                write!(formatter, "{wish}: took {taken}, because {preferred} does not fit")
            }
            Self::WeakLeftOut { package, wish } => {
                write!(
                    formatter,
                    "left out {wish}, which {package} recommends, because it does not fit"
                )
            }
            Self::SupplementLeftOut { package, wish } => {
                write!(
                    formatter,
                    "left out {package}, which supplements {wish}, because it does not fit"
                )
            }
        }
    }
}
