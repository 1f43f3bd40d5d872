//! What a bundle holds, as `inspect` shows it in both programs.
//!
//! [`Inspection`] is read from the contents table alone, so it takes the same time for 10 MB and for
//! 10 GB; [`images`] reads the OCI index and the manifests as well, each piece checked against the
//! table. Nothing here says whether the table may be believed: [`crate::card::Origin`] does.
//!
//! Deliberately absent: printing, and any decision.

mod archived;
mod images;
mod inspection;
mod signatures;
mod size;
mod tree;
mod view;

pub use archived::{Archived, archived};
pub use images::{Carried, CarriedKind, ImagesError, images, named};
pub use inspection::{Inspection, KindTotal};
pub use signatures::{ImageSignature, image_signatures, read_image_signatures};
pub use size::Size;
pub use tree::Tree;
pub use view::{Detail, View};
