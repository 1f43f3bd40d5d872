//! Versions as upstreams write them, and which of them follow one another.

use std::cmp::Ordering;

use serde::Serialize;

/// A version out of a tag: `v1.27.3-alpine3.20` has a prefix, numbers, and a suffix with numbers of its own.
///
/// Semantic versioning would read `-alpine` as a preview and compare it by letters; upstreams of images
/// mean a variant, and never mix variants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    text: String,
    prefix: String,
    numbers: Vec<u64>,
    /// The suffix with `#` for each of its numbers.
    shape: String,
    suffix: Vec<u64>,
}

/// How far a newer version is from the one that is pinned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Only the last numbers differ.
    Patch,
    /// The second number differs.
    Minor,
    /// The first number differs.
    Major,
}

impl Version {
    /// Reads a tag; nothing where it holds no version.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let start = text.find(|c: char| c.is_ascii_digit())?;
        let (prefix, rest) = text.split_at(start);
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (numbers, suffix) = rest.split_at(end);
        let numbers = numbers.split('.').map(str::parse).collect::<Result<Vec<u64>, _>>().ok()?;
        let (shape, suffix) = shape(suffix)?;
        Some(Self { text: text.to_owned(), prefix: prefix.to_owned(), numbers, shape, suffix })
    }

    /// Gives the version as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Says how far another version is ahead, if it follows this one: nothing where it is no newer one
    /// of the same variant.
    #[must_use]
    pub fn step_to(&self, other: &Self) -> Option<Step> {
        let family = |it: &Self| (it.prefix.clone(), it.numbers.len(), it.shape.clone());
        if family(self) != family(other) || self.order(other) != Ordering::Less {
            return None;
        }
        let differs = self.numbers.iter().zip(&other.numbers).position(|(one, other)| one != other);
        Some(match differs {
            Some(0) => Step::Major,
            Some(1) => Step::Minor,
            _ => Step::Patch,
        })
    }

    /// Compares two versions of one family.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        (&self.numbers, &self.suffix).cmp(&(&other.numbers, &other.suffix))
    }
}

/// Takes the numbers out of a suffix.
fn shape(suffix: &str) -> Option<(String, Vec<u64>)> {
    let (mut shape, mut numbers, mut run) = (String::new(), Vec::new(), String::new());
    for c in suffix.chars().chain([' ']) {
        if c.is_ascii_digit() {
            run.push(c);
            continue;
        }
        if !run.is_empty() {
            numbers.push(run.parse().ok()?);
            shape.push('#');
            run.clear();
        }
        shape.push(c);
    }
    Some((shape, numbers))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(from: &str, to: &str) -> Option<Step> {
        Version::parse(from).unwrap().step_to(&Version::parse(to)?)
    }

    #[test]
    fn newer_versions_of_the_same_variant_follow() {
        for (from, to, wanted) in [
            ("1.27.3", "1.27.4", Step::Patch),
            ("v1.9.4", "v1.10.0", Step::Minor),
            ("13.2.0", "14.0.0", Step::Major),
            ("1.6.45-alpine", "1.6.46-alpine", Step::Patch),
            ("v3.14.0-distroless", "v3.15.0-distroless", Step::Minor),
            ("v1.35.7-rke2r1", "v1.35.7-rke2r2", Step::Patch),
            ("1.35.7+rke2r9", "1.36.0+rke2r1", Step::Minor),
            ("6", "7", Step::Major),
        ] {
            assert_eq!(step(from, to), Some(wanted), "{from} -> {to}");
        }
    }

    #[test]
    fn older_ones_other_variants_and_previews_do_not_follow() {
        for (from, to) in [
            ("1.27.3", "1.27.3"),
            ("1.27.3", "1.26.9"),
            ("1.27.3", "v1.28.0"),
            ("1.27.3", "1.28.0-alpine"),
            ("1.27.3", "1.28.0-rc.1"),
            ("1.27.3-alpine", "1.28.0"),
            ("1.27.3", "1.28"),
            ("1.27.3", "20260101"),
            ("1.27.3", "latest"),
            ("1.27.3", "sha256-99"),
        ] {
            assert_eq!(step(from, to), None, "{from} -> {to}");
        }
        assert_eq!(Version::parse("99999999999999999999.1"), None);
    }
}
