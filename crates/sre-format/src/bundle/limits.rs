//! The published limits of a bundle: what a reader accepts before it has reason to trust.
//!
//! Every length that is read from a file is compared with one of these before memory is
//! reserved for it, so that a hostile head costs an error and never a machine.

/// Bytes of one MiB, the unit of checkpoints and of every checked read.
pub const MIB: u64 = 1024 * 1024;

/// The most entries of one bundle.
pub const MAX_ENTRIES: usize = 200_000;

/// The most platforms of one bundle, and the most features that it may require.
pub const MAX_WORDS: usize = 64;

/// The most bytes of `sre.json`: 200,000 entries of 600 bytes.
pub const MAX_TABLE_BYTES: u64 = 120 * MIB;

/// The most bytes of the checkpoint table: enough for the largest raw entry (32 bytes a MiB), or
/// for 7 TiB of text in frames of one MiB (36 bytes each).
pub const MAX_CHECKPOINT_BYTES: u64 = 257 * MIB;

/// The most bytes of `SHA256SUMS`.
pub const MAX_CHECKSUM_BYTES: u64 = 64 * MIB;

/// The most bytes of one entry: 8 TiB, which ustar's base-256 sizes hold with room to spare.
pub const MAX_ENTRY_BYTES: u64 = 8 * 1024 * 1024 * MIB;

/// The most bytes of an entry that is read into memory as a whole (manifests, indexes, evidence).
pub const MAX_WHOLE_READ: u64 = 64 * MIB;

/// The most bytes of content in one zstd frame (the reference limit of the seekable format).
pub const MAX_FRAME_CONTENT: u64 = 1024 * MIB;

/// The fixed size of the signature region in the file.
pub const SIGNATURE_REGION: u64 = 64 * 1024;

/// The fixed number of rows that the signature region has in the seek table: two for each of up
/// to 31 signature files and one for the filler.
pub const SIGNATURE_ROWS: u64 = 63;

/// The most bytes of one signature file; a Sigstore bundle of ours has about 1,500.
pub const MAX_SIGNATURE_BYTES: u64 = 16 * 1024;

/// The most stored bytes of a frame of one MiB and its padding: more than zstd's own bound.
pub const MAX_STORED_FRAME: u64 = MIB + 16 * 1024;
