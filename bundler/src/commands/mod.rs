//! The verbs of `sre-bundle`: one file each, with its `Args` and its `run`.
//!
//! A new verb is one file, one variant of `Command` (whose help is the first line of its `Args`)
//! and the arms that the compiler then asks for:
//! `Command::Lock(_) => "lock"` and `Command::Lock(args) => lock::run(args, &context).await`.

mod build;
mod check;
mod diff;
mod fetch;
mod inspect;
mod keygen;
mod lock;
mod pack;
mod sign;
mod trust;
mod update;

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
enum Command {
    Keygen(keygen::Args),
    Lock(lock::Args),
    Check(check::Args),
    Update(update::Args),
    Diff(diff::Args),
    Fetch(fetch::Args),
    Pack(pack::Args),
    Sign(sign::Args),
    Build(build::Args),
    Inspect(inspect::Args),
    Trust(trust::Args),
}

impl Program for Cli {
    const NAME: &'static str = "sre-bundle";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn command(&self) -> &'static str {
        match self.command {
            Command::Keygen(_) => "keygen",
            Command::Lock(_) => "lock",
            Command::Check(_) => "check",
            Command::Update(_) => "update",
            Command::Diff(_) => "diff",
            Command::Fetch(_) => "fetch",
            Command::Pack(_) => "pack",
            Command::Sign(_) => "sign",
            Command::Build(_) => "build",
            Command::Inspect(_) => "inspect",
            Command::Trust(_) => "trust",
        }
    }

    fn options(&self) -> &Options {
        &self.options
    }

    async fn run(self, context: Context) -> Result<(), Failure> {
        match self.command {
            Command::Keygen(args) => keygen::run(args, &context).await,
            Command::Lock(args) => lock::run(args, &context).await,
            Command::Check(args) => check::run(args, &context).await,
            Command::Update(args) => update::run(args, &context).await,
            Command::Diff(args) => diff::run(args, &context).await,
            Command::Fetch(args) => fetch::run(args, &context).await,
            Command::Pack(args) => pack::run(args, &context).await,
            Command::Build(args) => build::run(args, &context).await,
            Command::Sign(args) => sign::run(args, &context).await,
            Command::Inspect(args) => inspect::run(args, &context).await,
            Command::Trust(args) => trust::run(args, &context).await,
        }
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
