//! Architectures of packages, and which of them one machine takes.

use std::fmt;
use std::str::FromStr;

/// The architecture of the machines that a repository is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Architecture {
    /// 64-bit x86, the first level.
    X86_64,
    /// 64-bit Arm.
    Aarch64,
    /// 64-bit POWER, little endian.
    Ppc64le,
    /// IBM Z.
    S390x,
}

/// Says that an architecture is none that repositories are made for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no known architecture: expected x86_64, aarch64, ppc64le or s390x")]
pub struct UnknownArchitecture {
    text: String,
}

/// How well an architecture suits a machine; the smaller one is preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Suitability {
    /// The machine's own, or none in particular.
    Native,
    /// A 32-bit relative that a 64-bit machine runs as well, best first.
    Foreign(u8),
}

/// 32-bit relatives of x86-64, best first.
const X86: [&str; 5] = ["i686", "i586", "i486", "i386", "athlon"];

impl Architecture {
    /// All architectures.
    pub const ALL: [Self; 4] = [Self::X86_64, Self::Aarch64, Self::Ppc64le, Self::S390x];

    /// Gives the word that packages use.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
            Self::Ppc64le => "ppc64le",
            Self::S390x => "s390x",
        }
    }

    /// Tells how well packages of an architecture suit this one; nothing when they do not run.
    pub(crate) fn suits(self, package: &str) -> Option<Suitability> {
        if package == "noarch" || package == self.as_str() {
            return Some(Suitability::Native);
        }
        let rank = X86.iter().position(|known| *known == package)?;
        (self == Self::X86_64).then(|| Suitability::Foreign(u8::try_from(rank).unwrap_or(u8::MAX)))
    }
}

impl FromStr for Architecture {
    type Err = UnknownArchitecture;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|architecture| architecture.as_str() == text)
            .ok_or_else(|| UnknownArchitecture { text: text.chars().take(40).collect() })
    }
}

impl fmt::Display for Architecture {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_takes_its_own_and_its_relatives() {
        let x86 = Architecture::X86_64;
        assert_eq!(x86.suits("x86_64"), Some(Suitability::Native));
        assert_eq!(x86.suits("noarch"), Some(Suitability::Native));
        assert!(x86.suits("i686") < x86.suits("i386"));
        assert_eq!(x86.suits("src"), None);
        assert_eq!(Architecture::Aarch64.suits("i686"), None);
        assert_eq!("aarch64".parse(), Ok(Architecture::Aarch64));
        assert!("amd64".parse::<Architecture>().is_err());
    }
}
