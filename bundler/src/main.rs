//! `sre-bundle`, the program of the connected side.

use std::process::ExitCode;

fn main() -> ExitCode {
    sre_steps::run_main::<sre_bundle::Cli>()
}
