//! The bundle container: one file that stock `tar` and `zstd` read and that proves itself.
//!
//! `docs/format.md` is its specification. The way from bytes to trust:
//! [`UntrustedBundle::open`] reads the head within limits and believes nothing;
//! [`UntrustedBundle::verify`] checks signatures and tables and gives a [`VerifiedBundle`];
//! every read of that is checked against signed checkpoints; [`VerifiedBundle::verify_everything`]
//! checks every byte. The way from a lock to a file: [`Layout`] computes the places, [`RawWriter`]
//! and [`LateWriter`] fill them, [`finish`] puts tables and signatures in front.
//!
//! Deliberately absent: extraction, and any parser of tar headers that are not ours.

mod checkpoint;
mod checksums;
mod errors;
mod file;
mod frames;
mod layout;
pub mod limits;
mod open;
mod path;
mod piece;
mod proofs;
mod raw_frame;
mod read_at;
mod seek_table;
mod shares;
mod signature_region;
mod table;
mod tar_header;
mod verified;
mod verify;
mod write;

pub use checkpoint::{Chain, CheckpointHasher, pieces_of};
pub use errors::{OpenError, ReadError};
pub use file::{FileError, open_file};
pub use layout::{HEADER_FRAME, Head, Layout, PlannedEntry};
pub use open::UntrustedBundle;
pub use path::{BundlePath, ParsePathError};
pub use proofs::Proof;
pub use read_at::ReadAt;
pub use signature_region::RegionError;
pub use table::{
    BLOBS_FOLDER, CHECKPOINTS_PATH, CHECKSUMS_PATH, Encoding, Entry, EntryKind, FORMAT_VERSION,
    IMAGE_SIGNATURES_PATH, INDEX_PATH, Identity, LAYOUT_PATH, LOCK_PATH, Place, SIGNATURES_FOLDER,
    TABLE_PATH, Table, TableError,
};
pub use verified::VerifiedBundle;
pub use verify::{Damage, Report};
pub use write::{Flushed, LateWriter, RawWriter, SignatureSlot, WriteAt, WriteError, finish};
