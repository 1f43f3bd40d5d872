//! The container as a whole: what is written is read back, and nothing else is.

#![allow(clippy::format_push_string, clippy::type_complexity, clippy::large_stack_arrays)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod bombs;
mod damage;
mod files;
mod fixture;
mod forgery;
mod hostile;
mod resume;
mod round_trip;
mod seek_table;
mod stock_tools;
