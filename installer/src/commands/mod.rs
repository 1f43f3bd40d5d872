//! The verbs of `sre-install`: one file each, with its `Args` and its `run`.
//!
//! A new verb is one file, one variant of `Command` (whose help is the first line of its `Args`)
//! and the arms that the compiler then asks for. A verb that works on a bundle calls
//! `inputs.open(&context).await?`, which gives an [`crate::opening::OpenedBundle`] or says why not.

mod apply;
mod init;
mod inspect;
mod journey;
mod plan;
mod preflight;
mod seed;
mod serve;
mod status;
mod trust;
mod verify;

use clap::{Parser, Subcommand};
use sre_steps::{Context, Failure, Options, Program};

use crate::opening::Inputs;

/// Verify one signed bundle, serve it in place and fill a registry from it, without a network
///
/// Without a verb it goes the whole journey, as far as it is told to.
#[derive(Debug, Parser)]
#[command(name = "sre-install", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    journey: journey::Args,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Apply(Box<apply::Args>),
    Init(Box<init::Args>),
    Verify(verify::Args),
    Inspect(inspect::Args),
    Preflight(preflight::Args),
    Plan(plan::Args),
    Seed(seed::Args),
    Serve(Box<serve::Args>),
    Status(status::Args),
    Trust(trust::Args),
}

impl Program for Cli {
    const NAME: &'static str = "sre-install";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");

    fn command(&self) -> &'static str {
        match self.command {
            None => "journey",
            Some(Command::Apply(_)) => "apply",
            Some(Command::Init(_)) => "init",
            Some(Command::Verify(_)) => "verify",
            Some(Command::Inspect(_)) => "inspect",
            Some(Command::Preflight(_)) => "preflight",
            Some(Command::Plan(_)) => "plan",
            Some(Command::Seed(_)) => "seed",
            Some(Command::Serve(_)) => "serve",
            Some(Command::Status(_)) => "status",
            Some(Command::Trust(_)) => "trust",
        }
    }

    fn options(&self) -> &Options {
        &self.options
    }

    async fn run(self, context: Context) -> Result<(), Failure> {
        let inputs = &self.inputs;
        match self.command {
            None => journey::run(self.journey, inputs, &context).await,
            Some(Command::Apply(args)) => apply::run(*args, inputs, &context).await,
            Some(Command::Init(args)) => init::run(*args, &context),
            Some(Command::Verify(args)) => verify::run(args, inputs, &context).await,
            Some(Command::Inspect(args)) => inspect::run(args, inputs, &context).await,
            Some(Command::Preflight(args)) => preflight::run(args, inputs, &context).await,
            Some(Command::Plan(args)) => plan::run(args, inputs, &context).await,
            Some(Command::Seed(args)) => seed::run(args, inputs, &context).await,
            Some(Command::Serve(args)) => serve::run(*args, inputs, &context).await,
            Some(Command::Status(args)) => status::run(&args, inputs, &context),
            Some(Command::Trust(args)) => trust::run(&args, inputs, &context),
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
