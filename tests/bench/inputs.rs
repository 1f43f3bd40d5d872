//! Figures of what comes in: a large closure, a lock of many images, a build of many small things.

use crate::Args;
use crate::carry::megabytes;
use crate::measure::{self, Run, median};
use crate::table::Table;
use sre_testkit::Upstream;
use sre_testkit::image::{Artifact, Image, Layer, Packing};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// The images of the rows about many of them.
const IMAGES: u64 = 200;
/// The layers of each, where small things are many.
const LAYERS: u64 = 100;
/// The most memory of a closure, in MB.
const MEMORY_OF_CLOSURE: f64 = 400.0;
/// The most memory of a verb whose lock names 20,000 things, in MB.
const MEMORY_OF_SMALL: f64 = 64.0;

pub(crate) fn run(args: &Args, table: &mut Table) {
    let folder = args.folder.join("inputs");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    closure(args, &folder, table);
    locks(args, &folder, table);
    small_things(args, &folder, table);
    fs::remove_dir_all(folder).unwrap();
}

/// Loads and solves a generated repository of RPM packages, by the program beside this one.
fn closure(args: &Args, folder: &Path, table: &mut Table) {
    let program = std::env::current_exe().unwrap().with_file_name("closure");
    let program = program.to_str().unwrap();
    measure::run(&[program, "generate", "repository"], folder);
    let solve = || measure::run(&[program, "solve", "repository"], folder);
    let run = median((0..args.runs).map(|_| solve()).collect());
    table.at_most("closure over 50,000 packages", run.wall.as_secs_f64(), 3.0, "s");
    let memory = megabytes(run.memory);
    table.at_most("peak memory of that closure", memory, MEMORY_OF_CLOSURE, "MB");
}

/// A first lock of many images, and a second one, which asks for each tag once and fetches nothing.
fn locks(args: &Args, folder: &Path, table: &mut Table) {
    let upstream = Upstream::plain();
    let image = |number| {
        let layer = Layer::random(number, 1000, Packing::Plain);
        Image::new("linux/amd64").layer(layer).build()
    };
    publish(&upstream, folder, image);
    let lock = || sre_bundle(args, folder, &["lock"]);
    let first = lock();
    upstream.clear_log();
    let second = lock();
    let asked = u32::try_from(upstream.log().len()).unwrap();
    let asked = f64::from(asked) / f64::from(u32::try_from(IMAGES).unwrap());
    table.at_most("requests of a second lock, for each of 200 images", asked, 1.0, "");
    for (name, run) in [("first", first), ("second", second)] {
        let figure = format!("peak memory of a {name} lock of 200 images");
        table.at_most(&figure, megabytes(run.memory), MEMORY_OF_SMALL, "MB");
    }
}

/// A build of 20,000 things of 8 kB each, beside the floor.
fn small_things(args: &Args, folder: &Path, table: &mut Table) {
    let upstream = Upstream::plain();
    let image = |number| {
        let layers = (0..LAYERS).map(|layer| number * LAYERS + layer);
        let layers = layers.map(|seed| Layer::random(seed, 8_000, Packing::Plain));
        Image::new("linux/amd64").layers(layers).build()
    };
    let list = publish(&upstream, folder, image);
    fs::write(folder.join("list"), list).unwrap();
    sre_bundle(args, folder, &["lock"]);
    let host = upstream.host();
    let (mut ours, mut floors) = (Vec::new(), Vec::new());
    for _ in 0..args.runs {
        drop(fs::remove_file(folder.join("floor.zst")));
        let floor = [args.floor.to_str().unwrap(), "build", &host, "list", "floor.zst"];
        floors.push(measure::run(&floor, folder));
        drop(fs::remove_file(folder.join("sre.tar.zst")));
        // Without signatures of images, which the floor does not make either.
        ours.push(sre_bundle(args, folder, &["build", "--unsigned", "-o", "sre.tar.zst"]));
    }
    let (ours, floor) = (median(ours), median(floors));
    let walls = (ours.wall.as_secs_f64(), floor.wall.as_secs_f64());
    table.ratio("build of 20,000 small things : floor", walls, 1.3, "s");
    let memory = megabytes(ours.memory);
    table.at_most("peak memory of that build", memory, MEMORY_OF_SMALL, "MB");
}

/// Pushes the images, writes a manifest of them, and gives the floor's list of their blobs.
fn publish(upstream: &Upstream, folder: &Path, image: impl Fn(u64) -> Artifact) -> String {
    let host = upstream.host();
    let mut manifest = format!(
        "[bundle]\nname = \"inputs\"\nversion = \"1.0.0\"\nplatforms = [\"linux/amd64\"]\n\
         [registry.\"{host}\"]\nplain-http = true\n"
    );
    let mut list = String::new();
    for number in 0..IMAGES {
        let (image, repository) = (image(number), format!("inputs/image{number}"));
        upstream.push(&image, &repository, "1");
        writeln!(manifest, "[[image]]\nref = \"{host}/{repository}:1\"").unwrap();
        for (digest, content) in &image.blobs {
            writeln!(list, "blob {digest} {} - {repository}", content.size()).unwrap();
        }
    }
    fs::write(folder.join("manifest.toml"), manifest).unwrap();
    drop(fs::remove_file(folder.join("images.lock")));
    list
}

fn sre_bundle(args: &Args, folder: &Path, words: &[&str]) -> Run {
    measure::run(&[&[args.sre_bundle.to_str().unwrap()], words].concat(), folder)
}
