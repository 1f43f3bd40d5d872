//! `seed`: fills a registry from a bundle.
//!
//! ```text
//! Catalog::read      what the bundle carries, by target repository
//! Survey::take       what the target has of it (HEAD only), hence what is missing
//! Survey::plan       the same for people and programs: the verb `plan`
//! Survey::carry_out  blobs -> manifests, children first -> referrers -> tags -> audit
//! ```
//!
//! No manifest is sent before the last blob, and no tag before the last manifest, so that a
//! damaged bundle or a cut cable leaves nothing visible half-done: registries show what manifests
//! name, and collect the rest. Every blob is sent once and mounted elsewhere. What the target has
//! is asked of the target each time; a receipt is written and never believed.
//!
//! Deliberately absent: anything a particular registry needs beyond the distribution protocol.

mod audit;
mod blobs;
mod carried;
mod catalog;
mod each;
mod error;
mod manifests;
mod plan;
mod report;
mod survey;
mod tags;
mod target;

pub use audit::AuditDepth;
pub use catalog::{Carried, Catalog, Repository};
pub use error::{Conflict, SeedError};
pub use plan::{Plan, PlannedName, TagState};
pub use report::{Audited, PlatformTag, SeededRegistry, Sent};
pub use survey::Survey;
pub use tags::ExistingTags;
pub use target::{Target, TargetOptions};
