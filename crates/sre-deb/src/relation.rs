//! Relations between packages: `Depends`, `Conflicts`, `Provides` and their kind (deb-control(5)).

use std::fmt;

use crate::limits::{MAX_NAME, MAX_RELATIONS};
use crate::version::Version;

/// One alternative of a relation: `name[:qualifier] [(operator version)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Atom {
    /// The name of a package, real or virtual.
    pub name: Box<str>,
    /// What is asked of the architecture.
    pub qualifier: Qualifier,
    /// What is asked of the version.
    pub constraint: Option<(Operator, Version)>,
}

/// What a relation asks of the architecture.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Qualifier {
    /// Nothing.
    None,
    /// `:any`: every architecture, of a package that allows it.
    Any,
    /// An architecture by name.
    Named(Box<str>),
}

/// How a version is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Operator {
    /// `<<`
    Earlier,
    /// `<=`
    EarlierOrEqual,
    /// `=`
    Equal,
    /// `>=`
    LaterOrEqual,
    /// `>>`
    Later,
}

/// Says why a field of relations cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a relation: {reason}")]
pub struct ParseRelationError {
    text: String,
    reason: &'static str,
}

const OPERATORS: [(&str, Operator); 7] = [
    ("<<", Operator::Earlier),
    ("<=", Operator::EarlierOrEqual),
    (">=", Operator::LaterOrEqual),
    (">>", Operator::Later),
    ("=", Operator::Equal),
    // Of before 1996; they mean "or equal" (deb-control(5)).
    ("<", Operator::EarlierOrEqual),
    (">", Operator::LaterOrEqual),
];

impl Operator {
    /// Says whether a version is on the right side of another.
    #[must_use]
    pub fn holds(self, version: &Version, of: &Version) -> bool {
        let order = version.cmp(of);
        match self {
            Self::Earlier => order.is_lt(),
            Self::EarlierOrEqual => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::LaterOrEqual => order.is_ge(),
            Self::Later => order.is_gt(),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Earlier => "<<",
            Self::EarlierOrEqual => "<=",
            Self::Equal => "=",
            Self::LaterOrEqual => ">=",
            Self::Later => ">>",
        }
    }
}

/// Reads a field of relations for one architecture: groups, each satisfied by any of its alternatives.
///
/// Alternatives that are restricted to other architectures are left out, and so are groups of nothing else.
pub fn parse(text: &str, architecture: &str) -> Result<Vec<Vec<Atom>>, ParseRelationError> {
    let mut groups = Vec::new();
    let mut count = 0;
    // An empty part is what a comma at the end leaves; dpkg takes it as well.
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let mut group = Vec::new();
        for alternative in part.split('|') {
            count += 1;
            if count > MAX_RELATIONS {
                return Err(wrong(part, "the field has too many"));
            }
            group.extend(parse_alternative(alternative.trim(), architecture)?);
        }
        if !group.is_empty() {
            groups.push(group);
        }
    }
    Ok(groups)
}

fn wrong(text: &str, reason: &'static str) -> ParseRelationError {
    ParseRelationError { text: text.chars().take(120).collect(), reason }
}

fn parse_alternative(text: &str, architecture: &str) -> Result<Option<Atom>, ParseRelationError> {
    let wrong = |reason| wrong(text, reason);
    let end = text.find(|c: char| c.is_whitespace() || "([<".contains(c)).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let (name, qualifier) = match word.split_once(':') {
        None => (word, Qualifier::None),
        Some((name, "any")) => (name, Qualifier::Any),
        Some((name, other)) if is_architecture(other) => (name, Qualifier::Named(other.into())),
        Some(_) => return Err(wrong("what follows the colon is no architecture")),
    };
    if !is_name(name) {
        return Err(wrong("it has no name of a package"));
    }
    let (constraint, rest) = bracketed(rest.trim_start(), '(', ')').map_err(wrong)?;
    let (restriction, rest) = bracketed(rest.trim_start(), '[', ']').map_err(wrong)?;
    if !rest.trim().is_empty() {
        return Err(wrong("something follows it"));
    }
    let constraint = constraint.map(parse_constraint).transpose().map_err(wrong)?;
    let applies = restriction.map_or(Ok(true), |words| applies(words, architecture));
    let atom = Atom { name: name.into(), qualifier, constraint };
    Ok(applies.map_err(wrong)?.then_some(atom))
}

fn bracketed(text: &str, open: char, close: char) -> Result<(Option<&str>, &str), &'static str> {
    let Some(inner) = text.strip_prefix(open) else { return Ok((None, text)) };
    inner.split_once(close).map(|(inner, rest)| (Some(inner), rest)).ok_or("a bracket does not end")
}

fn parse_constraint(text: &str) -> Result<(Operator, Version), &'static str> {
    let text = text.trim();
    let found = OPERATORS
        .iter()
        .find_map(|(sign, operator)| text.strip_prefix(sign).map(|rest| (*operator, rest.trim())));
    let (operator, version) = found.ok_or("it has no operator such as `>=`")?;
    version.parse().map(|version| (operator, version)).map_err(|_| "it has no valid version")
}

/// Says whether `[amd64 !i386 any-arm64]` includes an architecture.
fn applies(words: &str, architecture: &str) -> Result<bool, &'static str> {
    let mut words = words.split_whitespace().peekable();
    let negated = words.peek().ok_or("a restriction is empty")?.starts_with('!');
    let mut found = false;
    for word in words {
        let plain = word.strip_prefix('!');
        if plain.is_some() != negated {
            return Err("a restriction is half negated");
        }
        found |= is_meant(plain.unwrap_or(word), architecture);
    }
    Ok(found != negated)
}

/// Architectures of the kernel Linux have their name alone, `amd64` for `linux-amd64`.
fn is_meant(pattern: &str, architecture: &str) -> bool {
    let (kernel, processor) = pattern.split_once('-').unwrap_or(("linux", pattern));
    let (own_kernel, own) = architecture.split_once('-').unwrap_or(("linux", architecture));
    (pattern == "any" || kernel == "any" || kernel == own_kernel)
        && (processor == "any" || processor == own)
}

/// Says whether a text can be the name of a package, by the rule of dpkg.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-+._".contains(&byte))
}

/// Says whether a text can be the name of an architecture, by the rule of dpkg.
pub(crate) fn is_architecture(text: &str) -> bool {
    text.len() <= MAX_NAME
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl fmt::Display for Atom {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.name)?;
        match &self.qualifier {
            Qualifier::None => {}
            Qualifier::Any => formatter.write_str(":any")?,
            Qualifier::Named(architecture) => write!(formatter, ":{architecture}")?,
        }
        match &self.constraint {
            Some((operator, version)) => write!(formatter, " ({} {version})", operator.as_str()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let group = |group: &Vec<Atom>| {
            group.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
        };
        parse(text, "amd64").unwrap().iter().map(group).collect()
    }

    #[test]
    fn reads_every_form_of_a_relation() {
        assert_eq!(
            shown("libc6 (>= 2.36), default-mta | mail-transport-agent,perl:any(>>5)\n ,x:amd64,"),
            ["libc6 (>= 2.36)", "default-mta | mail-transport-agent", "perl:any (>> 5)", "x:amd64"]
        );
        assert_eq!(shown("a (= 1:2-3), b (<< 1), c (<= 1), d (< 1), e (> 1)").len(), 5);
        assert!(shown("").is_empty());
    }

    #[test]
    fn leaves_out_what_other_architectures_need() {
        assert_eq!(shown("a [amd64], b [i386], c [!amd64], d [!i386 !arm64]"), ["a", "d"]);
        assert_eq!(shown("a [linux-any], b [any-amd64], c [hurd-any], d [any]"), ["a", "b", "d"]);
        assert_eq!(shown("a [i386] | b"), ["b"]);
    }

    #[test]
    fn refuses_what_is_no_relation() {
        for text in [
            "a b",
            "(>= 1)",
            "a (1)",
            "a (>= )",
            "a (>= 1",
            "a [amd64",
            "a []",
            "a [amd64 !i386]",
            "a:",
            "a:b_c",
            "-a",
            "a <!nocheck>",
            "a | | b",
            "a/b",
            "a ()",
            "${misc:Depends}",
        ] {
            assert!(parse(text, "amd64").is_err(), "{text}");
        }
    }
}
