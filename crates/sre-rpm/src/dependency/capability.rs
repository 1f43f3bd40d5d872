//! What one package offers or wants: a name, perhaps with a range of versions.

use std::cmp::Ordering;
use std::fmt;

use crate::evr::{Evr, EvrParts};

/// How a constraint compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Relation {
    /// `<`
    Less = 1,
    /// `<=`
    LessOrEqual,
    /// `=`
    Equal,
    /// `>=`
    GreaterOrEqual,
    /// `>`
    Greater,
}

/// A range of versions, such as `>= 1:2.0-3`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Constraint {
    /// The comparison.
    pub relation: Relation,
    /// The version compared with.
    pub evr: Evr,
}

/// A name that packages provide and require, with an optional range of versions.
///
/// Names are package names, file paths, sonames such as `libc.so.6(GLIBC_2.34)(64bit)`, and whatever
/// packagers agree on, such as `perl(Carp)`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Capability {
    /// The name.
    pub name: String,
    /// The range, if not every version will do.
    pub constraint: Option<Constraint>,
}

/// One side of a comparison of ranges, borrowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct VersionRange<'a> {
    pub(crate) relation: Relation,
    pub(crate) evr: EvrParts<'a>,
}

impl Relation {
    /// All relations with the word that repository metadata uses and the sign that people write.
    pub(crate) const WORDS: [(Self, &'static str, &'static str); 5] = [
        (Self::Less, "LT", "<"),
        (Self::LessOrEqual, "LE", "<="),
        (Self::Equal, "EQ", "="),
        (Self::GreaterOrEqual, "GE", ">="),
        (Self::Greater, "GT", ">"),
    ];

    /// Finds the relation of a word such as `GE`.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(_, known, _)| *known == word).map(|(relation, ..)| *relation)
    }

    /// Finds the relation of a sign such as `>=`.
    pub(crate) fn of_sign(sign: &str) -> Option<Self> {
        Self::WORDS.iter().find(|(.., known)| *known == sign).map(|(relation, ..)| *relation)
    }

    /// Gives the word of repository metadata, such as `GE`.
    pub(crate) fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(known, ..)| *known == self).map_or("", |(_, word, _)| word)
    }

    fn sign(self) -> &'static str {
        Self::WORDS.iter().find(|(known, ..)| *known == self).map_or("", |(.., sign)| sign)
    }

    fn admits_less(self) -> bool {
        matches!(self, Self::Less | Self::LessOrEqual)
    }

    fn admits_equal(self) -> bool {
        !matches!(self, Self::Less | Self::Greater)
    }

    fn admits_greater(self) -> bool {
        matches!(self, Self::Greater | Self::GreaterOrEqual)
    }
}

/// Tells whether two ranges of the same name have a version in common, as `rpmdsCompare` decides it.
pub(crate) fn overlap(one: VersionRange<'_>, two: VersionRange<'_>) -> bool {
    let (first, second) = (one.relation, two.relation);
    let same_version = one.evr.epoch == two.evr.epoch
        && crate::evr::compare_versions(one.evr.version, two.evr.version).is_eq();
    if same_version {
        // The side without a release stands for all releases, if it admits its own version at all.
        match (one.evr.release, two.evr.release) {
            (Some(_), None) if second.admits_equal() => return true,
            (None, Some(_)) if first.admits_equal() => return true,
            _ => {}
        }
    }
    match one.evr.compare(two.evr) {
        Ordering::Less => first.admits_greater() || second.admits_less(),
        Ordering::Greater => first.admits_less() || second.admits_greater(),
        Ordering::Equal => {
            (first.admits_equal() && second.admits_equal())
                || (first.admits_less() && second.admits_less())
                || (first.admits_greater() && second.admits_greater())
        }
    }
}

impl Capability {
    /// Makes a capability that every version satisfies.
    #[must_use]
    pub fn any(name: impl Into<String>) -> Self {
        Self { name: name.into(), constraint: None }
    }

    /// Tells whether something offered satisfies what this asks for.
    #[must_use]
    pub fn is_satisfied_by(&self, offered: &Self) -> bool {
        self.name == offered.name
            && match (self.range(), offered.range()) {
                (Some(one), Some(two)) => overlap(one, two),
                _ => true,
            }
    }

    pub(crate) fn range(&self) -> Option<VersionRange<'_>> {
        let constraint = self.constraint.as_ref()?;
        Some(VersionRange { relation: constraint.relation, evr: constraint.evr.parts() })
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.sign())
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.constraint {
            None => formatter.write_str(&self.name),
            Some(Constraint { relation, evr }) => {
                write!(formatter, "{} {relation} {evr}", self.name)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn satisfied(wanted: &str, offered: &str) -> bool {
        let parse = |text: &str| text.parse::<Capability>().unwrap();
        parse(wanted).is_satisfied_by(&parse(offered))
    }

    #[test]
    fn ranges_overlap_as_in_rpm() {
        for (wanted, offered, expected) in [
            ("foo", "foo = 1-1", true),
            ("foo = 1", "foo", true),
            ("foo", "bar", false),
            ("foo >= 1", "foo = 1-1", true),
            ("foo > 1", "foo = 1-1", false),
            ("foo > 1-1", "foo = 1", true),
            ("foo < 1", "foo = 1-1", false),
            ("foo < 2", "foo > 1", true),
            ("foo < 1", "foo > 1", false),
            ("foo = 1-2", "foo = 1-1", false),
            ("foo = 0:1-1", "foo = 1-1", true),
            ("foo >= 1:1", "foo = 5-1", false),
            ("foo <= 3", "foo >= 3", true),
        ] {
            assert_eq!(satisfied(wanted, offered), expected, "{wanted} by {offered}");
        }
    }
}
