//! `make bench`: every published figure beside its target, as medians of five, ratios within one run.
//!
//! The payload is real: images of 33 layers from files of this machine, in a real `docker-registry`. The floors
//! (package `sre-floor`) do the least possible of the same work; foreign programs do it their way.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a benchmark that cannot run must end")]
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "prints its table")]

mod carry;
mod huge;
mod inputs;
mod look;
mod measure;
mod payload;
mod table;

use clap::Parser as _;
use std::path::PathBuf;

/// Measure every published figure and print it beside its target
#[derive(clap::Parser)]
struct Args {
    /// The release build of sre-bundle
    #[arg(long)]
    sre_bundle: PathBuf,
    /// The release build of sre-install
    #[arg(long)]
    sre_install: PathBuf,
    /// The release build of the floors
    #[arg(long)]
    floor: PathBuf,
    /// Folder for the payload, which is kept, and for what is measured, which is not
    #[arg(long)]
    folder: PathBuf,
    /// How often each figure is measured
    #[arg(long, default_value_t = 5)]
    runs: usize,
    /// Gigabytes of generated payload for the rows about memory; 0 leaves them out
    #[arg(long, default_value_t = 20)]
    huge: u64,
    /// Measure these groups of rows alone
    #[arg(long, value_enum, value_delimiter = ',', default_values_t = Rows::ALL)]
    only: Vec<Rows>,
}

/// A group of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Rows {
    /// Carrying and looking at the payload.
    Payload,
    /// What must not grow with the payload.
    Huge,
    /// Closures, locks, and many small things.
    Inputs,
}

impl Rows {
    const ALL: [Self; 3] = [Self::Payload, Self::Huge, Self::Inputs];
}

fn main() {
    let args = Args::parse();
    let mut table = table::Table::default();
    let wants = |rows| args.only.contains(&rows);
    if wants(Rows::Payload) {
        let scene = carry::Scene::prepare(&args);
        scene.run(&mut table);
        look::run(&args, &scene, &mut table);
    }
    if wants(Rows::Inputs) {
        inputs::run(&args, &mut table);
    }
    if wants(Rows::Huge) && args.huge > 0 {
        huge::run(&args, &mut table);
    }
    println!("{table}");
}
