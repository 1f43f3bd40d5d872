//! The provider of Proxmox, which `make setup` builds where the proxy of Go modules gives it out.

use crate::program::{cache, find};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

/// The program that `tests/tools/pins.toml` pins.
const NAME: &str = "terraform-provider-proxmox";

/// Finds the provider. Where the proxy refuses it to everybody there is none, and the test that asks is named
/// on a line of its own, which `cargo xtask ci` counts; a provider that was only never built ends the test.
pub fn provider() -> Option<PathBuf> {
    let found = find(NAME);
    if found.is_none() {
        let refusal = cache().join("tools").join(format!("{NAME}.refused"));
        let refusal = fs::read_to_string(refusal);
        let refusal = refusal.unwrap_or_else(|_| panic!("{NAME} is missing: run `make setup`"));
        let thread = std::thread::current();
        let test = thread.name().unwrap_or("a test").to_owned();
        // Only what is printed by macros is kept back by the runner of tests.
        let said = format!("\nNOT RUN: {test}, because {NAME} is refused: {}\n", refusal.trim());
        std::io::stdout().write_all(said.as_bytes()).unwrap();
    }
    found
}
