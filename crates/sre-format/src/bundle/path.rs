//! Paths of entries.

use std::fmt;
use std::str::FromStr;

use crate::text_form::text_form;

/// The path of an entry: relative, of printable ASCII, legal on exFAT, and short enough for ustar.
///
/// Components are joined by `/`; none is empty, `.` or `..`, ends in a dot or a space, is a
/// device name of Windows, or holds one of `" * : < > ? \ |`. At most 255 bytes, of which a
/// last part of at most 100 bytes can be cut off at a `/` (POSIX.1-1988, ustar `name` and `prefix`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BundlePath(Box<str>);

/// Says why a text cannot be the path of an entry.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` cannot be a path inside a bundle: {reason}")]
pub struct ParsePathError {
    path: String,
    reason: &'static str,
}

/// Bytes of the `name` field of a ustar header.
pub(super) const USTAR_NAME: usize = 100;
/// Bytes of the `prefix` field of a ustar header.
pub(super) const USTAR_PREFIX: usize = 155;

impl BundlePath {
    /// Gives the path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the form in which two paths are equal on a file system that ignores case.
    #[must_use]
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// Splits the path for the `prefix` and `name` fields of a ustar header; the prefix is
    /// empty where the path fits `name` alone, and otherwise as long as possible.
    #[must_use]
    pub(super) fn ustar_parts(&self) -> (&str, &str) {
        split_ustar(&self.0).unwrap_or(("", &self.0))
    }
}

fn split_ustar(path: &str) -> Option<(&str, &str)> {
    if path.len() <= USTAR_NAME {
        return Some(("", path));
    }
    let slashes = path.match_indices('/').map(|(at, _)| at);
    slashes
        .rev()
        .find(|at| *at <= USTAR_PREFIX && path.len() - at - 1 <= USTAR_NAME)
        .map(|at| (&path[..at], &path[at + 1..]))
}

/// The bytes that a path may hold: a table has some hundred thousand paths, so each byte is asked for once.
const ALLOWED: [bool; 256] = {
    let mut allowed = [false; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        allowed[byte as usize] =
            !matches!(byte, b'"' | b'*' | b':' | b'<' | b'>' | b'?' | b'\\' | b'|');
        byte += 1;
    }
    allowed
};

fn is_device_name(component: &[u8]) -> bool {
    // Windows takes `nul .txt` for `nul` as well.
    let stem = component.split(|byte| *byte == b'.').next().unwrap_or_default().trim_ascii_end();
    match *stem {
        [a, b, c] => matches!(
            &[a, b, c].map(|it| it.to_ascii_lowercase()),
            b"con" | b"prn" | b"aux" | b"nul"
        ),
        [a, b, c, b'0'..=b'9'] => {
            matches!(&[a, b, c].map(|it| it.to_ascii_lowercase()), b"com" | b"lpt")
        }
        _ => false,
    }
}

fn check(path: &str) -> Result<(), &'static str> {
    if !path.bytes().all(|byte| ALLOWED[usize::from(byte)]) {
        return Err(if path.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            "exFAT forbids the characters \" * : < > ? \\ |"
        } else {
            "only printable ASCII is allowed"
        });
    }
    for component in path.as_bytes().split(|byte| *byte == b'/') {
        match component {
            [] => return Err("it must be relative, without empty components"),
            b"." | b".." => return Err("components `.` and `..` are not allowed"),
            [b' ', ..] | [.., b' ' | b'.'] => {
                return Err("a component must not begin with a space or end in a space or dot");
            }
            _ if is_device_name(component) => return Err("it holds a device name of Windows"),
            _ => {}
        }
    }
    if split_ustar(path).is_none() {
        return Err("it is too long for a ustar header (255 bytes, cut at a `/` into 155 and 100)");
    }
    Ok(())
}

impl FromStr for BundlePath {
    type Err = ParsePathError;

    fn from_str(path: &str) -> Result<Self, Self::Err> {
        check(path).map_err(|reason| ParsePathError {
            path: path.escape_default().take(300).collect(),
            reason,
        })?;
        Ok(Self(path.into()))
    }
}

impl fmt::Display for BundlePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl fmt::Debug for BundlePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, formatter)
    }
}

text_form!(BundlePath);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_every_file_system_accepts() {
        let blob = format!("oci/blobs/sha256/{}", "a".repeat(64));
        let long = format!("{}/{}", "p".repeat(155), "n".repeat(99));
        for path in ["sre.json", "files/a b+c.tar.gz", &blob, &long] {
            assert_eq!(path.parse::<BundlePath>().unwrap().as_str(), path);
        }
    }

    #[test]
    fn refuses_what_escapes_collides_or_does_not_fit() {
        let long = "n".repeat(101);
        for path in [
            "",
            "/etc/passwd",
            "a//b",
            "a/",
            "../a",
            "a/../b",
            "./a",
            "a/.",
            "a\\b",
            "c:/a",
            "a*",
            "nul",
            "x/COM1.txt",
            "aux .h",
            "a.",
            "a /b",
            " a",
            "ä",
            "a\nb",
            "a\0",
            &long,
        ] {
            assert!(path.parse::<BundlePath>().is_err(), "{path:?}");
        }
    }
}
