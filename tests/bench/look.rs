//! Figures of looking: `inspect` at three sizes, the start of `serve`, pulls from it.

use crate::Args;
use crate::carry::{MEMORY, Scene, megabytes};
use crate::measure::{self, forget, median, peak_memory};
use crate::payload::Payload;
use crate::table::Table;
use sre_tests::{Program, Running};
use std::path::Path;
use std::time::{Duration, Instant};

pub(crate) fn run(args: &Args, scene: &Scene, table: &mut Table) {
    let bundle = scene.folder.join("sre.tar.zst");
    inspect(
        "inspect, the payload",
        &scene.install_program,
        &bundle,
        (20.0, MEMORY),
        args.runs,
        table,
    );
    pulls(args, scene, table);
}

/// Measures `inspect` in milliseconds and megabytes.
pub(crate) fn inspect(
    figure: &str,
    program: &str,
    bundle: &Path,
    (milliseconds, memory): (f64, f64),
    runs: usize,
    table: &mut Table,
) {
    let folder = bundle.parent().unwrap();
    let line = [program, "inspect", "--bundle", bundle.to_str().unwrap(), "--key", "site.pub"];
    let run = median((0..runs).map(|_| measure::run(&line, folder)).collect());
    table.at_most(figure, run.wall.as_secs_f64() * 1e3, milliseconds, "ms");
    table.at_most(&format!("peak memory of {figure}"), megabytes(run.memory), memory, "MB");
}

/// A server and how long it took until its first manifest was there.
pub(crate) struct Served {
    pub(crate) running: Running,
    pub(crate) host: String,
    pub(crate) to_first_manifest: Duration,
}

/// Starts `serve` and asks for one manifest at once.
pub(crate) fn serve(program: &str, bundle: &Path, image: &str) -> Served {
    let begun = Instant::now();
    let line = Program::at(Path::new(program))
        .args(["serve", "--listen", "127.0.0.1:0", "--plain-http", "--key", "site.pub", "--bundle"])
        .arg(bundle)
        .folder(bundle.parent().unwrap())
        .env("SRE_STATE", bundle.parent().unwrap());
    let (running, host) = Running::start(line, |line| {
        let (_, rest) = line.split_once("http://127.0.0.1:")?;
        let port = rest.split(|letter: char| !letter.is_ascii_digit()).next()?;
        Some(format!("127.0.0.1:{port}"))
    });
    let (repository, tag) = image.rsplit_once(':').unwrap();
    let url = format!("http://{host}/v2/{repository}/manifests/{tag}");
    Program::tool("curl").args(["-fsS", "-o", "/dev/null", &url]).run().ok();
    Served { running, host, to_first_manifest: begun.elapsed() }
}

fn pulls(args: &Args, scene: &Scene, table: &mut Table) {
    let bundle = scene.folder.join("sre.tar.zst");
    let image = Payload::images().next().unwrap();
    let (mut ours, mut theirs, mut starts) = (Vec::new(), Vec::new(), Vec::new());
    let mut memory = 0;
    for _ in 0..args.runs {
        forget(&scene.payload.folder);
        theirs.push(pull_all(scene, scene.payload.registry.host()));
        forget(&scene.folder);
        let served = serve(&scene.install_program, &bundle, &image);
        starts.push(served.to_first_manifest);
        ours.push(pull_all(scene, &served.host));
        memory = memory.max(peak_memory(served.running.id()));
    }
    starts.sort();
    table.at_most(
        "start of serve to first manifest",
        starts[starts.len() / 2].as_secs_f64(),
        0.3,
        "s",
    );
    let walls = (median(ours).wall.as_secs_f64(), median(theirs).wall.as_secs_f64());
    table.ratio("skopeo pulls all images : from docker-registry", walls, 1.1, "s");
    table.at_most("peak memory of serve", megabytes(memory), MEMORY, "MB");
}

fn pull_all(scene: &Scene, host: &str) -> measure::Run {
    let script = Payload::script(|image| {
        format!(
            "skopeo copy -q --insecure-policy --src-tls-verify=false docker://{host}/{image} \
             dir:pulled && rm -r pulled"
        )
    });
    measure::run(&["sh", "-c", &script], &scene.folder)
}
