//! What is asked.

use std::fmt;
use std::str::FromStr;

use super::BaseSystem;
use crate::dependency::{Capability, Dependency};
use crate::metadata::EntryKind;

/// Everything that is asked of the repositories at once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Request {
    /// Packages by name, file or capability.
    pub packages: Vec<PackageRequest>,
    /// Groups and environments.
    pub groups: Vec<GroupRequest>,
    /// Module streams, with the profiles to install.
    pub modules: Vec<ModuleRequest>,
    /// Packages that must not be taken.
    pub excluded: Vec<Exclusion>,
    /// Which weak dependencies are followed.
    pub weak: WeakDependencies,
    /// What is there already.
    pub base: BaseSystem,
    /// The platform that module streams require, such as `el9`; nothing admits every platform.
    pub platform: Option<String>,
}

/// A wish for a package: `NAME`, `NAME.ARCH`, a full name, `NAME >= VERSION`, a path or a capability.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PackageRequest {
    text: String,
    capability: Capability,
}

/// Says that a text asks for nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not understood: {reason}")]
pub struct ParseRequestError {
    text: String,
    reason: String,
}

/// A wish for a group or an environment, by identity or by name for people.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct GroupRequest {
    /// The identity or name.
    pub name: String,
    /// Which members are taken.
    pub members: GroupMembers,
}

/// Which members of a group are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GroupMembers {
    /// Those that are mandatory.
    Mandatory,
    /// Those that are mandatory or default.
    #[default]
    Default,
    /// All of them.
    Optional,
}

/// A wish for a module stream: `NAME:STREAM` or `NAME:STREAM/PROFILE`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ModuleRequest {
    /// The module.
    pub name: String,
    /// The stream.
    pub stream: String,
    /// The profiles to install; none enables the stream only.
    pub profiles: Vec<String>,
}

/// A package that must not be taken: a name or a full name, in which `*` stands for any letters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Exclusion(pub String);

/// Which weak dependencies are followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum WeakDependencies {
    /// None: only what packages cannot be without.
    None,
    /// What dnf follows unless told otherwise: `Recommends` and `Supplements`.
    #[default]
    Recommends,
    /// Also the hints `Suggests` and `Enhances`, which no tool follows by itself.
    Suggests,
}

impl WeakDependencies {
    /// Gives what is followed from a package in the set, and what leads to one.
    pub(super) const fn kinds(self) -> (&'static [EntryKind], &'static [EntryKind]) {
        match self {
            Self::None => (&[], &[]),
            Self::Recommends => (&[EntryKind::Recommends], &[EntryKind::Supplements]),
            Self::Suggests => (
                &[EntryKind::Recommends, EntryKind::Suggests],
                &[EntryKind::Supplements, EntryKind::Enhances],
            ),
        }
    }
}

impl PackageRequest {
    /// Gives the text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn capability(&self) -> &Capability {
        &self.capability
    }
}

impl FromStr for PackageRequest {
    type Err = ParseRequestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong =
            |reason: String| ParseRequestError { text: text.chars().take(120).collect(), reason };
        if text.starts_with('(') {
            return Err(wrong("a boolean dependency cannot be asked for".to_owned()));
        }
        match text.parse::<Dependency>() {
            Ok(Dependency::Capability(capability)) => {
                Ok(Self { text: text.trim().to_owned(), capability })
            }
            Ok(_) => Err(wrong("a boolean dependency cannot be asked for".to_owned())),
            Err(error) => Err(wrong(error.to_string())),
        }
    }
}

impl FromStr for ModuleRequest {
    type Err = ParseRequestError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseRequestError {
            text: text.chars().take(120).collect(),
            reason: "expected NAME:STREAM or NAME:STREAM/PROFILE".to_owned(),
        };
        let (name, rest) = text.split_once(':').ok_or_else(wrong)?;
        let (stream, profiles) = match rest.split_once('/') {
            Some((stream, profiles)) => (stream, profiles.split(',').map(str::to_owned).collect()),
            None => (rest, Vec::new()),
        };
        let is_word = |word: &str| {
            !word.is_empty()
                && !word.contains(|letter: char| letter.is_whitespace() || letter == ':')
        };
        if !is_word(name) || !is_word(stream) || !profiles.iter().all(|one: &String| is_word(one)) {
            return Err(wrong());
        }
        Ok(Self { name: name.to_owned(), stream: stream.to_owned(), profiles })
    }
}

impl Exclusion {
    /// Tells whether a name fits, `*` standing for any letters.
    pub(super) fn fits(&self, name: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = name.strip_prefix(first) else { return false };
        let mut parts: Vec<&str> = parts.collect();
        let Some(last) = parts.pop() else { return rest.is_empty() };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = &rest[at + part.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

impl fmt::Display for PackageRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Display for ModuleRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.name, self.stream)?;
        match self.profiles.as_slice() {
            [] => Ok(()),
            profiles => write!(formatter, "/{}", profiles.join(",")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_wishes() {
        for text in
            ["bash", "bash.x86_64", "bash >= 5", "/usr/bin/sh", "perl(Carp)", "a-1-1.noarch"]
        {
            assert_eq!(text.parse::<PackageRequest>().unwrap().to_string(), text);
        }
        for text in ["nodejs:22", "nodejs:22/common", "a:b/c,d"] {
            assert_eq!(text.parse::<ModuleRequest>().unwrap().to_string(), text);
        }
        for text in ["", "(a or b)", "bash >="] {
            assert!(text.parse::<PackageRequest>().is_err(), "{text}");
        }
        for text in ["nodejs", "nodejs:", ":22", "a:b/", "a:b:c"] {
            assert!(text.parse::<ModuleRequest>().is_err(), "{text}");
        }
    }

    #[test]
    fn exclusions_understand_stars() {
        let fits = |pattern: &str, name: &str| Exclusion(pattern.to_owned()).fits(name);
        assert!(fits("kernel*", "kernel-core"));
        assert!(fits("*-debuginfo", "bash-debuginfo"));
        assert!(fits("a*b*c", "axxbyyc"));
        assert!(fits("bash", "bash"));
        assert!(!fits("bash", "bash-doc"));
        assert!(!fits("a*b*c", "acb"));
        assert!(!fits("aa*aa", "aaa"));
    }
}
