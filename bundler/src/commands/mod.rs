//! The verbs of `sre-bundle`: one file each, with its `Args` and its `run`.
//!
//! A new verb is one file, one variant of `Command` (whose help is the first line of its `Args`)
//! and the arms that the compiler then asks for:
//! `Command::Lock(_) => "lock"` and `Command::Lock(args) => lock::run(args, &context).await`.

use clap::{Parser, Subcommand};
use sre_steps::{Context, Failure, Options, Program};

/// Pull pinned images, charts and files into one signed file that crosses an air gap
#[derive(Debug, Parser)]
#[command(name = "sre-bundle", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {}

impl Program for Cli {
    const NAME: &'static str = "sre-bundle";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn command(&self) -> &'static str {
        match self.command {}
    }

    fn options(&self) -> &Options {
        &self.options
    }

    async fn run(self, _context: Context) -> Result<(), Failure> {
        match self.command {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        <Cli as clap::CommandFactory>::command().debug_assert();
    }
}
