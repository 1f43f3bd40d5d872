//! Dependencies: a capability with a constraint, and the boolean expressions over them.

mod capability;
mod expression;
mod parse;

pub use capability::{Capability, Constraint, Relation};
pub(crate) use capability::{VersionRange, overlap};
pub use expression::Dependency;
pub use parse::ParseDependencyError;
