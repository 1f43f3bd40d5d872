//! The developer commands, started as `cargo xtask COMMAND`; the Makefile names the usual ones.
//!
//! One command is one file under `commands/`. Only `programs` starts other programs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a tool of the workshop talks")]

mod commands;
mod demo;
mod places;
mod programs;
mod tools;

use clap::Parser as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    match commands::Command::parse().run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
