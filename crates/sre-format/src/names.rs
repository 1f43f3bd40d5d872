//! Where an image lands in another registry: one rule for seed, serve and the mirrors of nodes.
//!
//! An image `docker.io/library/nginx` becomes the repository `[prefix/]docker.io/library/nginx`. The
//! repository is kept; the host is turned into something that may stand in a repository name:
//!
//! | host | becomes | because |
//! |---|---|---|
//! | `docker.io` | `docker.io` | most hosts are legal as they are |
//! | `Registry.Example.ORG` | `registry.example.org` | hosts have no case, repositories have only one |
//! | `127.0.0.1:5000` | `127.0.0.1_5000` | a colon would begin a tag; no host has an underscore |
//! | `[2001:db8::1]:5000` | `ipv6_2001_db8_0_0_0_0_0_1_5000` | always eight groups, so a port cannot be mistaken for one |
//!
//! Two hosts that are not the same server never become the same name. (A single underscore, because
//! Harbor refuses two of them in the name of a project.) Names that do meet, which takes two spellings of one host,
//! are reported by [`NameMap`].

use std::collections::BTreeMap;
use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use crate::{Explain, Fault, ImageReference, is_path_component};

/// The longest repository name that registries and clients accept, in bytes.
pub const MAX_REPOSITORY: usize = 255;

/// Path components in front of every name in a target registry; often a project of Harbor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Prefix(String);

/// Says why names cannot be mapped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// The prefix is no legal path.
    #[error("`{text}` cannot stand before repository names: expected lowercase path components")]
    Prefix {
        /// What was given.
        text: String,
    },
    /// The mapped name is longer than registries accept.
    #[error("`{name}` becomes `{target}`, which is longer than {MAX_REPOSITORY} bytes")]
    TooLong {
        /// The name before.
        name: String,
        /// The name after.
        target: String,
    },
    /// Two names became one.
    #[error("`{first}` and `{second}` both become `{target}`")]
    Collision {
        /// The name that came first.
        first: String,
        /// The name that met it.
        second: String,
        /// What both became.
        target: String,
    },
}

impl Explain for NameError {
    fn fault(&self) -> Fault {
        match self {
            Self::Prefix { .. } => Fault::Usage,
            Self::TooLong { .. } | Self::Collision { .. } => Fault::Input,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Prefix { .. } => "use a path such as `mirror` or `project/mirror`".to_owned(),
            Self::TooLong { .. } => "use a shorter prefix".to_owned(),
            Self::Collision { .. } => "spell the host the same way in the manifest".to_owned(),
        })
    }
}

impl FromStr for Prefix {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let path = text.trim_matches('/');
        if path.is_empty() || path.split('/').all(is_path_component) {
            return Ok(Self(path.to_owned()));
        }
        Err(NameError::Prefix { text: text.to_owned() })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Prefix {
    /// Gives the path without slashes at its ends.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Says whether names are mapped without anything in front.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Gives the path below which everything of one host lands: `[prefix/]host`.
    ///
    /// Mirrors in `registries.yaml` rewrite a host's images to this path.
    #[must_use]
    pub fn path_of_host(&self, host: &str) -> String {
        let host = component_of_host(host);
        if self.is_empty() { host } else { format!("{}/{host}", self.0) }
    }

    /// Gives the repository in which an image lands, whatever its tag and digest.
    pub fn repository_of(&self, image: &ImageReference) -> Result<String, NameError> {
        let target = format!("{}/{}", self.path_of_host(image.host()), image.repository());
        if target.len() > MAX_REPOSITORY {
            return Err(NameError::TooLong { name: image.name(), target });
        }
        Ok(target)
    }
}

/// The mapped names of a whole bundle, no two of them alike.
#[derive(Clone, Debug, Default)]
pub struct NameMap {
    names_by_target: BTreeMap<String, String>,
}

impl NameMap {
    /// Maps the names of images; the same name may come several times, with other tags.
    pub fn new<'a>(
        prefix: &Prefix,
        images: impl IntoIterator<Item = &'a ImageReference>,
    ) -> Result<Self, NameError> {
        let mut names_by_target: BTreeMap<String, String> = BTreeMap::new();
        for image in images {
            let target = prefix.repository_of(image)?;
            let second = image.name();
            match names_by_target.get(&target) {
                Some(first) if *first != second => {
                    return Err(NameError::Collision { first: first.clone(), second, target });
                }
                Some(_) => {}
                None => {
                    names_by_target.insert(target, second);
                }
            }
        }
        Ok(Self { names_by_target })
    }

    /// Gives the targets with the names they came from, sorted by target.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.names_by_target.iter().map(|(target, name)| (target.as_str(), name.as_str()))
    }
}

/// Turns a registry host into one component of a repository name; the page of this module has the rule.
#[must_use]
pub fn component_of_host(host: &str) -> String {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let address = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let mut component = match address.and_then(|text| text.parse::<Ipv6Addr>().ok()) {
        Some(address) => {
            let groups = address.segments().map(|group| format!("{group:x}"));
            format!("ipv6_{}", groups.join("_"))
        }
        None => name.to_ascii_lowercase(),
    };
    if let Some(port) = port {
        component.push('_');
        component.push_str(port);
    }
    component
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn image(text: &str) -> ImageReference {
        text.parse().unwrap()
    }

    #[test]
    fn keeps_the_host_in_front_of_the_repository() {
        let mirror: Prefix = "/mirror/all/".parse().unwrap();
        for (name, target) in [
            ("docker.io/library/nginx:1", "docker.io/library/nginx"),
            ("Quay.IO/a/b:1", "quay.io/a/b"),
            ("127.0.0.1:5000/bench/app1:1.0.1", "127.0.0.1_5000/bench/app1"),
            ("localhost/a:1", "localhost/a"),
            ("[::1]/a:1", "ipv6_0_0_0_0_0_0_0_1/a"),
            ("[2001:DB8::1]:5000/a:1", "ipv6_2001_db8_0_0_0_0_0_1_5000/a"),
        ] {
            assert_eq!(Prefix::default().repository_of(&image(name)).unwrap(), target);
            let below = mirror.repository_of(&image(name)).unwrap();
            assert_eq!(below, format!("mirror/all/{target}"));
        }
    }

    #[test]
    fn refuses_prefixes_that_registries_refuse() {
        for text in ["A", "a b", "a//b", "../x", "a:1", "https://a"] {
            assert!(text.parse::<Prefix>().is_err(), "{text}");
        }
    }

    #[test]
    fn refuses_names_that_grow_too_long() {
        let long = image(&format!("docker.io/{}:1", "a".repeat(250)));
        let error = Prefix::default().repository_of(&long).unwrap_err();
        assert!(matches!(error, NameError::TooLong { .. }));
    }

    #[test]
    fn reports_two_spellings_of_one_host_and_takes_two_tags_of_one_image() {
        let [first, second] = [image("quay.io/a:1"), image("Quay.io/a:2")];
        let error = NameMap::new(&Prefix::default(), [&first, &second]).unwrap_err();
        assert_eq!(error.to_string(), "`quay.io/a` and `Quay.io/a` both become `quay.io/a`");
        let other = image("quay.io/a:2");
        let map = NameMap::new(&Prefix::default(), [&first, &other]).unwrap();
        assert_eq!(map.iter().collect::<Vec<_>>(), [("quay.io/a", "quay.io/a")]);
    }

    fn any_host() -> impl Strategy<Value = String> {
        let label = "[a-zA-Z0-9]([a-zA-Z0-9-]{0,5}[a-zA-Z0-9])?";
        let name = proptest::string::string_regex(&format!("{label}(\\.{label}){{1,3}}")).unwrap();
        let address = any::<u128>().prop_map(|bits| format!("[{}]", Ipv6Addr::from_bits(bits)));
        let host = prop_oneof![4 => name, 1 => address];
        (host, proptest::option::of(any::<u16>())).prop_map(|(host, port)| match port {
            Some(port) => format!("{host}:{port}"),
            None => host,
        })
    }

    proptest! {
        #[test]
        fn every_host_becomes_a_legal_component(host in any_host()) {
            prop_assert!(is_path_component(&component_of_host(&host)), "{host}");
        }

        #[test]
        fn only_spellings_of_one_host_meet(first in any_host(), second in any_host()) {
            let meet = component_of_host(&first) == component_of_host(&second);
            prop_assert_eq!(meet, first.eq_ignore_ascii_case(&second));
        }

        #[test]
        fn mapped_names_are_names_again(host in any_host(), path in "[a-z0-9]{1,8}(/[a-z0-9]{1,8}){0,3}") {
            let image = ImageReference::new(&host, &path, Some("v1"), None).unwrap();
            let target = Prefix::default().repository_of(&image).unwrap();
            prop_assert!(ImageReference::new("example.org", &target, Some("v1"), None).is_ok());
        }
    }
}
