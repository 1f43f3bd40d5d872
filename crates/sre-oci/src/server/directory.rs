//! Which repositories there are, and which one a name means.

use std::collections::{BTreeMap, HashMap};

use sre_format::ImageReference;

use crate::names::{NameError, Prefix, component_of_host};

/// The repositories of a bundle under all names that they answer to.
///
/// An image `docker.io/library/nginx` is found as `library/nginx`, as `docker.io/library/nginx`
/// and, with a site prefix, as `prefix/docker.io/library/nginx` ([`crate::names`] says how hosts are
/// written). With `?ns=docker.io`, as containerd sends it to mirrors, only images of that host are.
/// A name that could mean two repositories means none: a guess could give the wrong image.
#[derive(Debug, Default)]
pub struct Directory {
    prefix: Prefix,
    repositories: Vec<Repository>,
    by_target: BTreeMap<String, usize>,
    by_path: HashMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Repository {
    host: String,
    name: String,
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
        let name = image.name();
        if let Some(&index) = self.by_target.get(&target) {
            let first = &self.repositories[index].name;
            if *first == name {
                return Ok(index);
            }
            return Err(NameError::Collision { first: first.clone(), second: name, target });
        }
        let index = self.repositories.len();
        self.repositories.push(Repository { host: component_of_host(image.host()), name });
        self.by_target.insert(target, index);
        self.by_path.entry(image.repository().to_owned()).or_default().push(index);
        Ok(index)
    }

    /// Gives the index of the repository that a name means, if it means exactly one.
    ///
    /// `namespace` is the value of `?ns=`: the registry host that the client really wants.
    #[must_use]
    pub fn find(&self, name: &str, namespace: Option<&str>) -> Option<usize> {
        let host = namespace.filter(|text| !text.is_empty()).map(component_of_host);
        let own = self.by_path.get(name).map_or([].as_slice(), Vec::as_slice);
        let below = name.strip_prefix(self.prefix.as_str()).and_then(|rest| rest.strip_prefix('/'));
        let mapped = [Some(name), below].into_iter().flatten();
        let mapped = mapped.filter_map(|target| self.by_target.get(target));
        let mut found = own.iter().chain(mapped).copied().filter(|&index| {
            host.as_ref().is_none_or(|host| *host == self.repositories[index].host)
        });
        let first = found.next()?;
        found.all(|other| other == first).then_some(first)
    }

    /// Gives the names that are never ambiguous, `[prefix/]host/path`, sorted, after a given one.
    pub fn names_after<'a>(&'a self, last: &str) -> impl Iterator<Item = String> + use<'a> {
        let prefix =
            if self.prefix.is_empty() { String::new() } else { format!("{}/", self.prefix) };
        let last = last.to_owned();
        let names = self.by_target.keys().map(move |target| format!("{prefix}{target}"));
        names.skip_while(move |name| *name <= last)
    }

    /// Gives the names as the bundle has them, `host/path`, in the order of their indexes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.repositories.iter().map(|repository| repository.name.as_str())
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
