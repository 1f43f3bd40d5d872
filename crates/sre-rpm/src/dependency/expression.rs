//! Boolean ("rich") dependencies.

use std::fmt;

use super::Capability;

/// A dependency: one capability or a boolean expression over capabilities (rpm's "boolean dependencies").
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Dependency {
    /// One capability.
    Capability(Capability),
    /// `(A and B ...)`: all of them.
    And(Vec<Self>),
    /// `(A or B ...)`: at least one.
    Or(Vec<Self>),
    /// `(A if B else C)`: A when B holds, otherwise C.
    If {
        /// What is needed when the condition holds.
        then: Box<Self>,
        /// The condition.
        condition: Box<Self>,
        /// What is needed when it does not.
        otherwise: Option<Box<Self>>,
    },
    /// `(A unless B else C)`: A when B does not hold, otherwise C.
    Unless {
        /// What is needed when the condition does not hold.
        then: Box<Self>,
        /// The condition.
        condition: Box<Self>,
        /// What is needed when it does.
        otherwise: Option<Box<Self>>,
    },
    /// `(A with B ...)`: one package that provides all of them.
    With(Vec<Self>),
    /// `(A without B)`: a package that provides A and does not provide B.
    Without(Box<Self>, Box<Self>),
}

impl Dependency {
    /// Gives every capability that the dependency mentions.
    #[must_use]
    pub fn capabilities(&self) -> Vec<&Capability> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Capability>) {
        match self {
            Self::Capability(capability) => found.push(capability),
            Self::And(parts) | Self::Or(parts) | Self::With(parts) => {
                for part in parts {
                    part.collect(found);
                }
            }
            Self::If { then, condition, otherwise }
            | Self::Unless { then, condition, otherwise } => {
                then.collect(found);
                condition.collect(found);
                if let Some(part) = otherwise {
                    part.collect(found);
                }
            }
            Self::Without(part, other) => {
                part.collect(found);
                other.collect(found);
            }
        }
    }
}

impl fmt::Display for Dependency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let join = |formatter: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            formatter.write_str("(")?;
            for (index, part) in parts.iter().enumerate() {
                let before = if index == 0 { "" } else { word };
                write!(formatter, "{before}{part}")?;
            }
            formatter.write_str(")")
        };
        match self {
            Self::Capability(capability) => capability.fmt(formatter),
            Self::And(parts) => join(formatter, parts, " and "),
            Self::Or(parts) => join(formatter, parts, " or "),
            Self::With(parts) => join(formatter, parts, " with "),
            Self::Without(part, other) => write!(formatter, "({part} without {other})"),
            Self::If { then, condition, otherwise } => {
                show_condition(formatter, then, "if", condition, otherwise.as_deref())
            }
            Self::Unless { then, condition, otherwise } => {
                show_condition(formatter, then, "unless", condition, otherwise.as_deref())
            }
        }
    }
}

fn show_condition(
    formatter: &mut fmt::Formatter<'_>,
    then: &Dependency,
    word: &str,
    condition: &Dependency,
    otherwise: Option<&Dependency>,
) -> fmt::Result {
    write!(formatter, "({then} {word} {condition}")?;
    if let Some(otherwise) = otherwise {
        write!(formatter, " else {otherwise}")?;
    }
    formatter.write_str(")")
}
