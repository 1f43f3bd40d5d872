//! Folders: a tree of the connected side as one layer, the same bytes for the same files.
//!
//! [`pack`] walks the tree in the order of its names, leaves out what `.sourceignore` files, the
//! manifest and Flux's own list say, and writes a tar in gzip with nothing of this machine in it: no
//! owner, no time, and of the mode only whether a file may be run. What it makes is compared with the
//! lock before anything is fetched ([`check_folders`]): a changed folder is drift, as a moved tag is.
//!
//! Deliberately absent: links. Flux unpacks none, and one that is followed could lead out of the tree.

mod drift;
mod error;
mod pack;
mod rules;
mod walk;

pub use drift::{check_folders, layer_of};
pub use error::{ChangedFolder, FolderError};
pub use pack::{Packed, pack};
