//! Git: a commit as one archive, the same bytes for the same tree.
//!
//! The `git` program speaks to the server and keeps the objects; nothing that it says about them is
//! believed. Each object is hashed here when it is read (SHA-1 with detection of collisions, or
//! SHA-256): the commit against the id of the lock, the trees and files against what names them. So the
//! archive holds the tree of that commit and nothing else, whoever served it.
//!
//! Deliberately absent: submodules, which are repositories of their own and are listed as such; signed tags;
//! history.

mod command;
mod drift;
mod error;
mod objects;
mod pack;
mod tree;

pub use command::{FetchedCommit, find};
pub use drift::{address, archive_of, check_commits};
pub use error::GitError;
pub use pack::{PackedCommit, pack_commit};
