//! Tests of `sre-install`, one module for each verb.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod bundle;
mod command;
mod debian_registry;
mod flips;
mod inspect;
mod journey;
mod seed;
mod serve;
mod site;
mod status;
mod trust;
mod verify;
