//! Loads and solves a large repository of RPM packages: what `make bench` measures.
//!
//! `closure generate FOLDER` writes one of the size of Rocky 9 with all its versions, `closure solve FOLDER` loads it and solves a
//! large request, and says how long each step took.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that cannot run must end")]
#![expect(clippy::print_stdout, reason = "prints its figures")]

mod generate;
mod solve;

use clap::Parser as _;
use std::path::PathBuf;

/// Load and solve a large repository of RPM packages
#[derive(clap::Parser)]
enum Command {
    /// Write a repository of generated packages
    Generate {
        /// Where to
        folder: PathBuf,
        /// How many packages
        #[arg(long, default_value_t = 50_000)]
        packages: usize,
    },
    /// Load it and solve a large request
    Solve {
        /// Where from
        folder: PathBuf,
        /// How many names are asked for
        #[arg(long, default_value_t = 400)]
        names: usize,
    },
}

fn main() {
    match Command::parse() {
        Command::Generate { folder, packages } => generate::run(&folder, packages),
        Command::Solve { folder, names } => solve::run(&folder, names),
    }
}
