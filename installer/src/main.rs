//! `sre-install`, the program of the disconnected side.

use std::process::ExitCode;

fn main() -> ExitCode {
    sre_steps::run_main::<sre_install::Cli>()
}
