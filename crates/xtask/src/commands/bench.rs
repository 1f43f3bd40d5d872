//! `cargo xtask bench`: builds the programs as they are released and measures them.

use crate::programs::Program;
use anyhow::Result;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Options of the benchmark itself, after `--`
    #[arg(last = true)]
    options: Vec<String>,
}

pub(crate) fn run(arguments: &Args) -> Result<()> {
    let programs = super::release::build()?;
    let floors = super::release::build_static(&["sre-floor", "sre-tests"])?;
    let folder = crate::places::benchmarks()?;
    std::fs::create_dir_all(&folder)?;
    Program::new(floors.join("bench"))
        .arguments(["--sre-bundle".as_ref(), programs.join("sre-bundle").as_os_str()])
        .arguments(["--sre-install".as_ref(), programs.join("sre-install").as_os_str()])
        .arguments(["--floor".as_ref(), floors.join("floor").as_os_str()])
        .arguments(["--folder".as_ref(), folder.as_os_str()])
        .arguments(&arguments.options)
        .run()
}
