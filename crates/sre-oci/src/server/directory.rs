//! Which repositories there are, and which one a name means.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use sre_format::ImageReference;

use crate::names::{NameError, Prefix, component_of_host};

/// The repositories of a bundle under all names that they answer to.
///
/// An image `docker.io/library/nginx` is found as `library/nginx`, as `docker.io/library/nginx`
/// and, with a site prefix, as `prefix/docker.io/library/nginx` ([`crate::names`] says how hosts are
/// written). With `?ns=docker.io`, as containerd sends it to mirrors, only images of that host are.
/// A name that could mean two repositories means none: a guess could give the wrong image.
///
/// A path is stored once, however many names lead to it: large bundles have tens of thousands.
#[derive(Debug, Default)]
pub struct Directory {
    prefix: Prefix,
    hosts: Vec<Host>,
    repositories: Vec<Repository>,
    first_by_path: HashMap<Arc<str>, usize>,
    sorted: OnceLock<Vec<usize>>,
}

/// A registry host as the bundle spells it, and as it stands in mapped names.
#[derive(Debug)]
struct Host {
    name: String,
    component: String,
}

#[derive(Debug)]
struct Repository {
    host: usize,
    path: Arc<str>,
    /// The next repository with the same path, of another host.
    next: Option<usize>,
}

impl Directory {
    /// Begins an empty directory for a site prefix.
    #[must_use]
    pub fn new(prefix: Prefix) -> Self {
        Self { prefix, ..Self::default() }
    }

    /// Adds the repository of an image, if it is not there yet; gives its index, counted from 0.
    ///
    /// Two spellings of one host would be one repository under mapped names, so the second one is an
    /// error, as it is for `seed`.
    pub fn add(&mut self, image: &ImageReference) -> Result<usize, NameError> {
        let target = Prefix::default().repository_of(image)?;
        let component = component_of_host(image.host());
        let same = |&index: &usize| self.host_of(index).component == component;
        if let Some(index) = self.with_path(image.repository()).find(same) {
            if self.host_of(index).name == image.host() {
                return Ok(index);
            }
            let (first, second) = (self.name(index), image.name());
            return Err(NameError::Collision { first, second, target });
        }
        let host = self.host(image.host(), component);
        let index = self.repositories.len();
        let path: Arc<str> = image.repository().into();
        let next = self.first_by_path.insert(Arc::clone(&path), index);
        self.repositories.push(Repository { host, path, next });
        self.sorted.take();
        Ok(index)
    }

    fn host(&mut self, name: &str, component: String) -> usize {
        let known = self.hosts.iter().position(|host| host.name == name);
        known.unwrap_or_else(|| {
            self.hosts.push(Host { name: name.to_owned(), component });
            self.hosts.len() - 1
        })
    }

    fn host_of(&self, index: usize) -> &Host {
        &self.hosts[self.repositories[index].host]
    }

    /// Gives the indexes of the repositories with a path, one for each host.
    fn with_path(&self, path: &str) -> impl Iterator<Item = usize> {
        let first = self.first_by_path.get(path).copied();
        std::iter::successors(first, |&index| self.repositories[index].next)
    }

    /// Gives the repository that a mapped name without a prefix means.
    fn mapped(&self, target: &str) -> Option<usize> {
        let (component, path) = target.split_once('/')?;
        self.with_path(path).find(|&index| self.host_of(index).component == component)
    }

    /// Gives the index of the repository that a name means, if it means exactly one.
    ///
    /// `namespace` is the value of `?ns=`: the registry host that the client really wants.
    #[must_use]
    pub fn find(&self, name: &str, namespace: Option<&str>) -> Option<usize> {
        let host = namespace.filter(|text| !text.is_empty()).map(component_of_host);
        let below = name.strip_prefix(self.prefix.as_str()).and_then(|rest| rest.strip_prefix('/'));
        let mapped = [Some(name), below].into_iter().flatten();
        let mapped = mapped.filter_map(|target| self.mapped(target));
        let mut found = self.with_path(name).chain(mapped).filter(|&index| {
            host.as_ref().is_none_or(|host| *host == self.host_of(index).component)
        });
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }

    /// Gives the names that are never ambiguous, `[prefix/]host/path`, sorted, after a given one.
    pub fn names_after<'a>(&'a self, last: &str) -> impl Iterator<Item = String> + use<'a> {
        let sorted = self.sorted.get_or_init(|| {
            let mut sorted: Vec<usize> = (0..self.len()).collect();
            sorted.sort_by_cached_key(|&index| self.target(index));
            sorted
        });
        let start = sorted.partition_point(|&index| self.target(index).as_str() <= last);
        sorted[start..].iter().map(|&index| self.target(index))
    }

    fn target(&self, index: usize) -> String {
        let path = &self.repositories[index].path;
        format!("{}/{path}", self.prefix.path_of_host(&self.host_of(index).name))
    }

    /// Gives the name of a repository as the bundle has it, `host/path`.
    ///
    /// # Panics
    ///
    /// Panics when there is no repository with this index.
    #[must_use]
    pub fn name(&self, index: usize) -> String {
        format!("{}/{}", self.host_of(index).name, self.repositories[index].path)
    }

    /// Gives how many repositories there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.repositories.len()
    }

    /// Says whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.repositories.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(prefix: &str, images: &[&str]) -> Directory {
        let mut directory = Directory::new(prefix.parse().unwrap());
        for image in images {
            directory.add(&image.parse().unwrap()).unwrap();
        }
        directory
    }

    #[test]
    fn finds_an_image_under_its_own_and_its_mapped_name() {
        let directory = directory("site/a", &["docker.io/library/nginx:1", "[::1]:5000/b:1"]);
        for (name, namespace, expected) in [
            ("library/nginx", None, Some(0)),
            ("library/nginx", Some(""), Some(0)),
            ("library/nginx", Some("docker.io"), Some(0)),
            ("library/nginx", Some("DOCKER.io"), Some(0)),
            ("library/nginx", Some("quay.io"), None),
            ("docker.io/library/nginx", None, Some(0)),
            ("docker.io/library/nginx", Some("docker.io"), Some(0)),
            ("docker.io/library/nginx", Some("quay.io"), None),
            ("site/a/docker.io/library/nginx", None, Some(0)),
            ("site/a/docker.io/library/nginx", Some("docker.io"), Some(0)),
            ("site/a/library/nginx", None, None),
            ("site/adocker.io/library/nginx", None, None),
            ("b", Some("[::1]:5000"), Some(1)),
            ("ipv6_0_0_0_0_0_0_0_1_5000/b", None, Some(1)),
            ("nginx", None, None),
        ] {
            assert_eq!(directory.find(name, namespace), expected, "{name} {namespace:?}");
        }
    }

    #[test]
    fn an_ambiguous_name_means_nothing_until_a_namespace_decides() {
        let directory = directory("", &["docker.io/a:1", "quay.io/a:1", "x.io/docker.io/a:1"]);
        assert_eq!(directory.find("a", None), None);
        assert_eq!(directory.find("a", Some("quay.io")), Some(1));
        assert_eq!(directory.find("docker.io/a", None), None);
        assert_eq!(directory.find("docker.io/a", Some("docker.io")), Some(0));
        assert_eq!(directory.find("docker.io/a", Some("x.io")), Some(2));
        assert_eq!(directory.find("x.io/docker.io/a", None), Some(2));
    }

    #[test]
    fn adds_a_repository_once_and_refuses_another_spelling_of_its_host() {
        let mut directory = directory("", &["quay.io/a:1", "quay.io/a:2"]);
        assert_eq!(directory.len(), 1);
        assert!(directory.add(&"Quay.io/a:3".parse().unwrap()).is_err());
    }

    #[test]
    fn lists_names_that_can_be_asked_for() {
        let directory = directory("p", &["quay.io/b:1", "docker.io/a:1"]);
        let all: Vec<String> = directory.names_after("").collect();
        assert_eq!(all, ["p/docker.io/a", "p/quay.io/b"]);
        assert!(all.iter().all(|name| directory.find(name, None).is_some()));
        assert_eq!(directory.names_after(&all[0]).collect::<Vec<_>>(), ["p/quay.io/b"]);
    }
}
