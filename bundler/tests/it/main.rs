//! Tests of `sre-bundle`, one module for each verb or noun.
#![allow(
    clippy::format_push_string,
    clippy::type_complexity,
    clippy::large_stack_arrays,
    reason = "tests are read more than run"
)]
#![allow(clippy::case_sensitive_file_extension_comparisons, reason = "names of ours")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test stops at the first surprise")]

mod ansible;
mod build;
mod deb;
mod desk;
mod diff;
mod drift;
mod folders;
mod image_signatures;
mod keys;
mod lock;
mod lock_charts;
mod lock_images;
mod lock_lies;
mod lock_requests;
mod network;
mod packer_plugins;
mod proxy;
mod repository;
mod rke2;
mod site;
mod tofu_providers;
mod tools;
mod unconfirmed;
mod update;
mod verbs;
mod wheels;
