//! From a path on the command line to a bundle that may be used here.
//!
//! [`Inputs::open`] is the one way: it opens the file, finds out whom this machine believes, checks
//! the signatures, and compares the serial with what was applied here before. The
//! [`OpenedBundle`] knows who vouches for it; a verb that has applied it calls
//! [`OpenedBundle::applied`], so that older ones are refused from then on.

mod error;
mod inputs;
mod opened;
mod serials;

pub use error::OpeningError;
pub use inputs::Inputs;
pub use opened::{OpenedBundle, card, own_digest};
pub use serials::{read_all, read_record};
