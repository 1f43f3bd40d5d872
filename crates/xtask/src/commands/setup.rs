//! `cargo xtask setup`: installs what tests and checks need and this machine lacks.

use crate::tools::Pins;
use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build only these tools, and install no packages
    only: Vec<String>,
}

pub(crate) fn run(arguments: &Args) -> Result<()> {
    Pins::read()?.install(&arguments.only)?;
    println!("everything is in place; built tools: {}", crate::places::tools()?.display());
    Ok(())
}
