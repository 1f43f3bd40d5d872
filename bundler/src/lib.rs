//! The connected side: lock, fetch, pack and sign.

pub mod keys;
