//! Which packages meet a relation.

use crate::base::Present;
use crate::package::{About, Provided};
use crate::relation::{Atom, Qualifier};
use crate::version::Version;

/// How the lack of a version is taken: so that the answer is never too good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// A need: an unknown version does not meet it.
    Need,
    /// An exclusion: an unknown version falls under it.
    Exclusion,
}

/// Says whether a package meets an atom by its own name.
pub(super) fn is_met_by_name(atom: &Atom, about: &About, native: &str) -> bool {
    *atom.name == *about.name
        && qualifies(&atom.qualifier, about.allows_any, native)
        && in_range(atom, Some(&about.version), Sense::Need)
}

/// Says whether a package meets an atom by a name that it provides.
pub(super) fn is_met_by_provision(
    atom: &Atom,
    about: &About,
    provided: &Provided,
    native: &str,
) -> bool {
    // Only a provision in a version meets a relation that asks for one (Debian policy, section 7.5).
    *atom.name == *provided.name
        && qualifies(&atom.qualifier, about.allows_any, native)
        && in_range(atom, provided.version.as_ref(), Sense::Need)
}

/// Says whether something that is there meets an atom, or falls under it.
pub(super) fn is_met_by_present(
    atom: &Atom,
    name: &str,
    present: &Present,
    native: &str,
    sense: Sense,
) -> bool {
    match present {
        Present::Known(about) => {
            is_met_by_name(atom, about, native)
                || about.provides.iter().any(|one| is_met_by_provision(atom, about, one, native))
        }
        // Nothing says that it allows `:any`, so only exclusions see it then.
        Present::Version(version) => {
            *atom.name == *name
                && qualifies(&atom.qualifier, sense == Sense::Exclusion, native)
                && in_range(atom, Some(version), sense)
        }
        Present::Name => {
            *atom.name == *name
                && qualifies(&atom.qualifier, sense == Sense::Exclusion, native)
                && in_range(atom, None, sense)
        }
    }
}

fn qualifies(qualifier: &Qualifier, allows_any: bool, native: &str) -> bool {
    match qualifier {
        Qualifier::None => true,
        Qualifier::Any => allows_any,
        Qualifier::Named(architecture) => **architecture == *native,
    }
}

fn in_range(atom: &Atom, version: Option<&Version>, sense: Sense) -> bool {
    match (&atom.constraint, version) {
        (None, _) => true,
        (Some((operator, bound)), Some(version)) => operator.holds(version, bound),
        (Some(_), None) => sense == Sense::Exclusion,
    }
}
