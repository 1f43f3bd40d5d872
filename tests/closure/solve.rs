//! The measured part.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use sre_rpm::Multilib;
use sre_rpm::solve::{Request, WeakDependencies, paths_to_look_up, solve};
use sre_tests::rpm::Folder;

pub(crate) fn run(folder: &Path, names: usize) {
    let begun = Instant::now();
    let folder = Folder::at(folder);
    let (mut catalog, id) = folder.catalog(Multilib::Excluded);
    println!(
        "primary metadata of {} packages: {:.2} s",
        catalog.len(),
        begun.elapsed().as_secs_f64()
    );
    // Five versions of each name.
    let count = catalog.len() / crate::generate::VERSIONS;
    let request = Request {
        packages: (0..names).map(|n| format!("pkg{}", n * 23 % count).parse().unwrap()).collect(),
        weak: WeakDependencies::Recommends,
        ..Request::default()
    };
    let mut known = BTreeSet::new();
    loop {
        let step = Instant::now();
        let wanted: BTreeSet<String> =
            paths_to_look_up(&catalog, &request).unwrap().difference(&known).cloned().collect();
        println!("paths to look up: {} in {:.2} s", wanted.len(), step.elapsed().as_secs_f64());
        if wanted.is_empty() {
            break;
        }
        let step = Instant::now();
        let index = folder.index();
        let record = index.want("filelists").unwrap();
        catalog.read_filelists(id, record, folder.open(&record.location), &wanted).unwrap();
        println!("file lists: {:.2} s", step.elapsed().as_secs_f64());
        known.extend(wanted);
    }
    let step = Instant::now();
    let solution = solve(&catalog, &request).unwrap();
    println!("closure of {}: {:.2} s", solution.packages.len(), step.elapsed().as_secs_f64());
    println!(
        "load and solve: {:.2} s, peak memory {} MB",
        begun.elapsed().as_secs_f64(),
        peak_megabytes()
    );
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1000
}
