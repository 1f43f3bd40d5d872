//! How much is read before anything is believed.

/// The largest keyring, in bytes: Debian's own has 60 KiB, a key with ten thousand signatures of
/// strangers about 3 MiB.
pub(crate) const MAX_KEYRING: usize = 4 << 20;
/// The most certificates of a keyring; each costs a few checks of signatures.
pub(crate) const MAX_CERTIFICATES: usize = 512;
/// The largest file of detached signatures, in bytes; one signature has about 600.
pub(crate) const MAX_SIGNATURES_FILE: usize = 256 << 10;
/// The most signatures over one document; the document is read once for each.
pub(crate) const MAX_SIGNATURES: usize = 32;
/// The largest clear-signed document, in bytes; the `InRelease` of a large archive has 2 MiB.
pub(crate) const MAX_CLEAR_SIGNED: usize = 32 << 20;
