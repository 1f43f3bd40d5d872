//! The verbs of `sre-install` against registries that are made on the spot.
#![allow(clippy::unwrap_used, reason = "what cannot be set up must end the test")]

mod bundle;
mod debian_registry;
mod seed;
