//! The container as a whole: what is written is read back, and nothing else is.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod damage;
mod fixture;
mod resume;
mod round_trip;
mod stock_tools;
