//! `check` with the real helm: charts of our own, one for each place in which images hide.

mod bundles;
mod lists;
mod platform;
mod refusals;
mod render_traps;
mod values_traps;
mod walk_traps;
