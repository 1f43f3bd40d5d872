//! Fetching: every payload goes once, straight to its final place in `NAME.partial`.
//!
//! The lock names sizes and digests, so the layout is known before the first byte is downloaded.
//! [`PartialFile`] allocates the space; [`fetch`] fills raw entries in parallel, each hashed on
//! the way, and puts what will be compressed later into the [`BlobCache`]. A journal beside the
//! file remembers what was written, as a hint: a later run reads it back before it believes it.
//!
//! Deliberately absent: any second copy of a raw payload.

mod cache;
mod derive;
mod error;
mod in_order;
mod item;
mod journal;
mod late;
mod partial_file;
mod raw;
mod reuse;
mod run;
mod transfer;

pub use cache::{BlobCache, CacheWriter};
pub use derive::{bring, take_out};
pub use error::FetchError;
pub use item::{Filling, Item, Source};
pub use partial_file::PartialFile;
pub use reuse::Reuse;
pub use run::{FetchOptions, Fetched, fetch};
pub use transfer::Upstreams;

pub(crate) use journal::claims_of;
