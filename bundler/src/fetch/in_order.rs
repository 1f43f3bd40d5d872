//! File systems on which places must be filled in order.

use std::fs::File;

/// How the entries of a partial file are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Several at a time, into space that is allocated first.
    Parallel,
    /// One after the other, because the file system writes zeros into every gap, or may do so.
    Sequential,
}

/// `f_type` of vfat and exFAT (`linux/magic.h`), which know no holes and no unwritten space.
const WITHOUT_HOLES: [u64; 2] = [0x4d44, 0x2011_bab0];

/// Asks the file system that holds a file.
pub(super) fn order_of(file: &File) -> Order {
    let kind = rustix::fs::fstatfs(file).map(|status| u64::try_from(status.f_type).unwrap_or(0));
    match kind {
        Ok(kind) if WITHOUT_HOLES.contains(&kind) => Order::Sequential,
        _ => Order::Parallel,
    }
}
