//! libFuzzer on one parser, which `SRE_FUZZ_TARGET` names.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use sre_fuzz::{TARGETS, Target};

static TARGET: LazyLock<Target> = LazyLock::new(|| {
    let wanted = std::env::var("SRE_FUZZ_TARGET").unwrap_or_default();
    let found = TARGETS.iter().find(|(name, _)| *name == wanted);
    found.unwrap_or_else(|| panic!("set SRE_FUZZ_TARGET to one of {TARGETS:?}")).1
});

fuzz_target!(|bytes: &[u8]| {
    TARGET(bytes);
});
