//! The rules of the DISA RKE2 STIG, and what answers each of them.
//!
//! The rules are ids, short titles of our own and answers; the texts are DISA's and come from the
//! checklist file that a site drops in. [`RULES`] is the table, [`ciphers`] the lists of V-254553.
//! A test walks the table: every rule has an answer in every release that has the rule, and every
//! setting named there stands in the `config.yaml` of every role that it applies to.

pub mod ciphers;
mod markdown;
mod rules;

#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

pub use markdown::table;
pub use rules::RULES;

/// The releases of the STIG that a site can choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Release {
    /// Version 2, release 3: 24 rules.
    V2R3,
    /// Version 2, release 7, of July 2026: 21 rules.
    V2R7,
}

impl Release {
    /// All of them, oldest first.
    pub const ALL: [Self; 2] = [Self::V2R3, Self::V2R7];

    /// Gives DISA's short form, such as `V2R7`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V2R3 => "V2R3",
            Self::V2R7 => "V2R7",
        }
    }

    /// Gives the rules of this release, in the order of their ids.
    pub fn rules(self) -> impl Iterator<Item = &'static Rule> {
        RULES.iter().filter(move |rule| rule.is_in(self))
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Says that a text names no release of the STIG.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no release of the RKE2 STIG that is known here; V2R3 and V2R7 are")]
pub struct ParseReleaseError {
    text: String,
}

impl FromStr for Release {
    type Err = ParseReleaseError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::ALL.into_iter().find(|release| release.as_str() == text);
        found.ok_or_else(|| ParseReleaseError { text: text.to_owned() })
    }
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Category {
    /// CAT I, high.
    One,
    /// CAT II, medium.
    Two,
}

impl Category {
    /// Gives the word of checklists.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::One => "I",
            Self::Two => "II",
        }
    }
}

/// One rule, with what answers it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// The id of the rule, such as `CNTR-R2-000010`.
    pub id: &'static str,
    /// The id of the vulnerability, such as `V-254553`.
    pub vulnerability: &'static str,
    /// How bad a finding is.
    pub category: Category,
    /// What it wants, in few words of our own.
    pub title: &'static str,
    /// The first release that does not have it any more.
    pub removed_in: Option<Release>,
    /// What answers it; never empty.
    pub answers: &'static [Answer],
}

impl Rule {
    /// Says whether a release has the rule.
    #[must_use]
    pub fn is_in(&self, release: Release) -> bool {
        self.removed_in.is_none_or(|removed| release < removed)
    }
}

/// What answers a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A key of `config.yaml`.
    Setting(&'static str),
    /// An argument of a part of Kubernetes, by its key in `config.yaml` and its name.
    Argument(&'static str, &'static str),
    /// A file that we put on the node.
    File(&'static str),
    /// The table of owners and modes, and what keeps them.
    Modes,
    /// The table of ports.
    Ports,
    /// Something outside of this crate that the platform does.
    Platform(&'static str),
    /// Something that a person does or confirms.
    Manual(&'static str),
    /// The rule is not met to the letter; why, and what stands in its place.
    Deviation(&'static str),
    /// There is nothing to do, because.
    NotApplicable(&'static str),
}
