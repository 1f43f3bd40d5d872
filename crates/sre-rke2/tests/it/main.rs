//! Tests of `sre-rke2` from outside.
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod keeper;
mod page;
