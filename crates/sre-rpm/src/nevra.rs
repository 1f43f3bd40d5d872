//! The full name of a package.

use std::fmt;
use std::str::FromStr;

use crate::evr::Evr;

/// Name, epoch, version, release and architecture: `bash-5.1.8-9.el9.x86_64`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Nevra {
    /// The name.
    pub name: String,
    /// Epoch, version and release.
    pub evr: Evr,
    /// The architecture, `noarch` or `src`.
    pub architecture: String,
}

/// Says that a text is not the full name of a package.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not the full name of a package: expected `NAME-[EPOCH:]VERSION-RELEASE.ARCH`")]
pub struct ParseNevraError {
    text: String,
}

impl FromStr for Nevra {
    type Err = ParseNevraError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParseNevraError { text: text.chars().take(120).collect() };
        let (rest, architecture) = text.rsplit_once('.').ok_or_else(wrong)?;
        let (rest, release) = rest.rsplit_once('-').ok_or_else(wrong)?;
        let (name, version) = rest.rsplit_once('-').ok_or_else(wrong)?;
        let evr: Evr = format!("{version}-{release}").parse().map_err(|_| wrong())?;
        if name.is_empty() || architecture.is_empty() {
            return Err(wrong());
        }
        Ok(Self { name: name.to_owned(), evr, architecture: architecture.to_owned() })
    }
}

impl fmt::Display for Nevra {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-{}.{}", self.name, self.evr, self.architecture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_names_apart_from_the_right() {
        let nevra: Nevra = "python3-six-1:1.15.0-9.el9.noarch".parse().unwrap();
        assert_eq!(nevra.name, "python3-six");
        assert_eq!(nevra.evr, "1:1.15.0-9.el9".parse().unwrap());
        assert_eq!(nevra.architecture, "noarch");
        assert_eq!(nevra.to_string(), "python3-six-1:1.15.0-9.el9.noarch");
        assert_eq!("a-0:1-1.x".parse::<Nevra>().unwrap().to_string(), "a-1-1.x");
    }

    #[test]
    fn refuses_half_names() {
        for text in ["", "bash", "bash-5.1.x86_64", "bash-5.1-9", "-1-1.x86_64", "a-1-1."] {
            assert!(text.parse::<Nevra>().is_err(), "{text}");
        }
    }
}
