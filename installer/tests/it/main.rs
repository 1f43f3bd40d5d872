//! Tests of `sre-install`, one module for each verb.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod audit;
mod bundle;
mod command;
mod debian_registry;
mod encryption;
mod flips;
mod hosts;
mod inspect;
mod journey;
mod output;
mod preflight;
mod protocol;
mod referrers;
mod seed;
mod serve;
mod server;
mod serving;
mod site;
mod stalling;
mod status;
mod trust;
mod verify;
