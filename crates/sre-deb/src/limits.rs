//! How much is read before anything is believed.

/// The largest `Release` file, in bytes; Debian's has 140 KiB, Ubuntu's 280 KiB.
pub(crate) const MAX_RELEASE: usize = 16 << 20;
/// The most that an index of packages may unpack to, in bytes; Debian's largest has 50 MiB.
pub(crate) const MAX_INDEX: u64 = 1 << 30;
/// The largest paragraph of an index, in bytes; the longest of Debian has 200 KiB.
pub(crate) const MAX_PARAGRAPH: usize = 4 << 20;
/// The most packages of an index; Debian has 64,000, Ubuntu 70,000.
pub(crate) const MAX_PACKAGES: usize = 500_000;
/// The most alternatives of one field of relations; the longest of Debian has some 1,500.
pub(crate) const MAX_RELATIONS: usize = 20_000;
/// The longest version; those of Debian have less than 60 characters.
pub(crate) const MAX_VERSION: usize = 512;
/// The longest name of a package; the longest of Debian has 73 characters.
pub(crate) const MAX_NAME: usize = 255;
