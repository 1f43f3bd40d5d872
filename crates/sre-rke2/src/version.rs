//! Versions of RKE2, and which step from one to another is allowed.

use std::fmt;
use std::str::FromStr;

use sre_format::{Explain, Fault};

/// A version such as `v1.35.7+rke2r1`: that of Kubernetes, and RKE2's own count of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The major version of Kubernetes.
    pub major: u32,
    /// The minor version of Kubernetes.
    pub minor: u32,
    /// The patch of Kubernetes.
    pub patch: u32,
    /// The candidate before the release, counted from 1; a release has none.
    candidate: Candidate,
    /// RKE2's own count, from 1.
    pub release: u32,
}

/// Candidates come before the release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Candidate {
    Number(u32),
    Released,
}

/// Why an upgrade is not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VersionError {
    /// A text is no version of RKE2.
    #[error("`{text}` is no version of RKE2, such as `v1.35.7+rke2r1`")]
    Form {
        /// The text, with escapes.
        text: String,
    },
    /// The new version is an older one.
    #[error("{from} cannot become {to}: etcd and the API's objects do not go back")]
    Downgrade {
        /// What runs.
        from: Version,
        /// What is wanted.
        to: Version,
    },
    /// The new version leaves minor versions out.
    #[error("{from} cannot become {to}: Kubernetes goes one minor version at a time")]
    SkipsMinor {
        /// What runs.
        from: Version,
        /// What is wanted.
        to: Version,
    },
    /// The new version is of another Kubernetes altogether.
    #[error("{from} cannot become {to}: another major version")]
    Major {
        /// What runs.
        from: Version,
        /// What is wanted.
        to: Version,
    },
}

impl Explain for VersionError {
    fn fault(&self) -> Fault {
        match self {
            Self::Form { .. } => Fault::Input,
            Self::Downgrade { .. } | Self::SkipsMinor { .. } | Self::Major { .. } => {
                Fault::Conflict
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Form { .. } => None,
            Self::Downgrade { .. } => Some(
                "to go back, restore a snapshot of etcd that the older version took".to_owned(),
            ),
            Self::SkipsMinor { from, .. } => {
                Some(format!("install a bundle with v{}.{} first", from.major, from.minor + 1))
            }
            Self::Major { .. } => Some("build a new cluster and move what runs there".to_owned()),
        }
    }
}

/// An allowed step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Skew {
    /// The same version; nothing to do.
    Same,
    /// The same minor version, newer.
    Patch,
    /// The next minor version.
    Minor,
}

/// Says which step leads from one version to another, or why none does.
pub fn skew(from: &Version, to: &Version) -> Result<Skew, VersionError> {
    let both = || (from.clone(), to.clone());
    if from.major != to.major {
        let (from, to) = both();
        return Err(VersionError::Major { from, to });
    }
    if to < from {
        let (from, to) = both();
        return Err(VersionError::Downgrade { from, to });
    }
    match to.minor - from.minor {
        0 if from == to => Ok(Skew::Same),
        0 => Ok(Skew::Patch),
        1 => Ok(Skew::Minor),
        _ => {
            let (from, to) = both();
            Err(VersionError::SkipsMinor { from, to })
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { major, minor, patch, candidate, release } = self;
        write!(formatter, "v{major}.{minor}.{patch}")?;
        if let Candidate::Number(number) = candidate {
            write!(formatter, "-rc{number}")?;
        }
        write!(formatter, "+rke2r{release}")
    }
}

impl FromStr for Version {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text).ok_or_else(|| VersionError::Form { text: text.escape_debug().to_string() })
    }
}

fn parse(text: &str) -> Option<Version> {
    let (kubernetes, release) = text.strip_prefix('v')?.split_once("+rke2r")?;
    let (kubernetes, candidate) = match kubernetes.split_once("-rc") {
        Some((before, count)) => (before, Candidate::Number(number(count)?)),
        None => (kubernetes, Candidate::Released),
    };
    let mut parts = kubernetes.split('.').map(number);
    let (major, minor, patch) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() {
        return None;
    }
    Some(Version { major, minor, patch, candidate, release: number(release)? })
}

/// Reads a number in its one form: no sign, no zero in front.
fn number(text: &str) -> Option<u32> {
    let number: u32 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        text.parse().unwrap()
    }

    #[test]
    fn versions_survive_reading_and_writing() {
        for text in ["v1.35.7+rke2r1", "v1.36.5-rc2+rke2r1", "v1.33.13+rke2r2", "v2.0.0+rke2r10"] {
            assert_eq!(version(text).to_string(), text);
        }
    }

    #[test]
    fn refuses_what_is_no_version() {
        for text in [
            "",
            "1.35.7+rke2r1",
            "v1.35+rke2r1",
            "v1.35.7",
            "v1.35.7+k3s1",
            "v1.035.7+rke2r1",
            "v1.35.7+rke2r",
            "v1.35.7.1+rke2r1",
            "v1.35.+7+rke2r1",
            "v1.35.7-rc+rke2r1",
        ] {
            let error = text.parse::<Version>().unwrap_err();
            assert!(matches!(error, VersionError::Form { .. }), "{text}");
        }
    }

    #[test]
    fn candidates_come_before_their_release() {
        let order =
            ["v1.35.7-rc1+rke2r1", "v1.35.7-rc2+rke2r1", "v1.35.7+rke2r1", "v1.35.7+rke2r2"];
        assert!(order.map(version).is_sorted());
    }

    #[test]
    fn goes_one_minor_version_at_a_time_and_never_back() {
        let from = version("v1.35.7+rke2r1");
        for (to, expected) in [
            ("v1.35.7+rke2r1", Ok(Skew::Same)),
            ("v1.35.7+rke2r2", Ok(Skew::Patch)),
            ("v1.35.8-rc1+rke2r1", Ok(Skew::Patch)),
            ("v1.36.0+rke2r1", Ok(Skew::Minor)),
            ("v1.37.0+rke2r1", Err("v1.36")),
            ("v1.35.7-rc1+rke2r1", Err("snapshot")),
            ("v1.34.9+rke2r1", Err("snapshot")),
            ("v2.0.0+rke2r1", Err("new cluster")),
            ("v0.9.0+rke2r1", Err("new cluster")),
        ] {
            match (skew(&from, &version(to)), expected) {
                (Ok(step), Ok(wanted)) => assert_eq!(step, wanted, "{to}"),
                (Err(error), Err(wanted)) => {
                    assert!(error.hint().unwrap().contains(wanted), "{to}: {error}");
                    assert_eq!(error.fault(), Fault::Conflict);
                }
                (found, _) => panic!("{to}: {found:?}"),
            }
        }
    }
}
