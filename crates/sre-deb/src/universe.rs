//! Everything that can be had: the packages of all repositories, for one architecture.

use std::collections::HashMap;
use std::io::BufRead;

use crate::error::MetadataError;
use crate::limits::{MAX_INDEX, MAX_PACKAGES};
use crate::package::Package;
use crate::paragraph::Paragraphs;

/// The packages of some repositories that fit one architecture.
pub struct Universe {
    architecture: String,
    packages: Vec<Package>,
    by_name: HashMap<Box<str>, Vec<u32>>,
    /// For each provided name: the package, and which of its provisions.
    provided: HashMap<Box<str>, Vec<(u32, u32)>>,
    repositories: u16,
}

/// A package that is described wrongly, so that nothing can be known of it.
#[derive(Debug, thiserror::Error)]
#[error("left out: {0}")]
pub struct Ignored(MetadataError);

/// How much a repository is preferred: apt's default, of which a higher one wins.
pub const DEFAULT_PREFERENCE: i32 = 500;

impl Universe {
    /// Begins without any package.
    #[must_use]
    pub fn new(architecture: &str) -> Self {
        Self {
            architecture: architecture.to_owned(),
            packages: Vec::new(),
            by_name: HashMap::new(),
            provided: HashMap::new(),
            repositories: 0,
        }
    }

    /// Begins the next repository and gives its number; indexes that are added from now on are its own.
    pub fn begin_repository(&mut self) -> usize {
        self.repositories += 1;
        usize::from(self.repositories - 1)
    }

    /// Reads an index of packages, packed or not, into the last repository that was begun.
    ///
    /// `name` is what messages call the index; `preference` is apt's priority of a repository. Packages of
    /// other architectures are left out, and so are those that are described wrongly, which are given
    /// back: one careless package must not close a whole repository.
    pub fn add(
        &mut self,
        name: &str,
        index: impl BufRead,
        preference: i32,
    ) -> Result<Vec<Ignored>, MetadataError> {
        let unreadable = |source| MetadataError::Read { name: name.to_owned(), source };
        let plain = sre_compression::unpack(index, MAX_INDEX).map_err(unreadable)?;
        let mut paragraphs = Paragraphs::new(name.to_owned(), plain);
        let (mut count, mut ignored) = (0, Vec::new());
        while let Some(paragraph) = paragraphs.next()? {
            count += 1;
            if count > MAX_PACKAGES {
                return Err(MetadataError::TooLarge { name: name.to_owned() });
            }
            let repository = self.repositories.saturating_sub(1);
            match Package::read(paragraph, &self.architecture) {
                Ok(mut package) => {
                    (package.preference, package.repository) = (preference, repository);
                    self.insert(package);
                }
                Err(reason) => ignored.push(Ignored(paragraphs.wrong(reason))),
            }
        }
        Ok(ignored)
    }

    /// Gives the architecture.
    #[must_use]
    pub fn architecture(&self) -> &str {
        &self.architecture
    }

    /// Gives the count of packages.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.packages.len()
    }

    /// Says whether there is no package at all.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.packages.is_empty()
    }

    /// Gives every package in the order of reading.
    pub fn packages(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter()
    }

    pub(crate) fn package(&self, id: u32) -> &Package {
        &self.packages[id as usize]
    }

    /// Gives the packages of a name, the most preferred first.
    pub(crate) fn named(&self, name: &str) -> &[u32] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// Gives the packages that provide a name, and which of their provisions.
    pub(crate) fn providing(&self, name: &str) -> &[(u32, u32)] {
        self.provided.get(name).map_or(&[], Vec::as_slice)
    }

    fn insert(&mut self, package: Package) {
        if !matches!(package.architecture(), "all") && package.architecture() != self.architecture {
            return;
        }
        let id = u32::try_from(self.packages.len()).unwrap_or(u32::MAX);
        let rank = |one: &Package| (one.preference, one.version().clone());
        let ids = self.by_name.entry(package.about.name.clone()).or_default();
        let new = rank(&package);
        let at = ids.partition_point(|id| rank(&self.packages[*id as usize]) >= new);
        // Of two equal ones the first counts, as for apt.
        if at > 0 && ids.get(at - 1).is_some_and(|id| rank(&self.packages[*id as usize]) == new) {
            return;
        }
        ids.insert(at, id);
        for (number, one) in (0..).zip(&package.about.provides) {
            self.provided.entry(one.name.clone()).or_default().push((id, number));
        }
        self.packages.push(package);
    }
}

impl std::fmt::Debug for Universe {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Universe")
            .field("architecture", &self.architecture)
            .field("packages", &self.packages.len())
            .finish_non_exhaustive()
    }
}
