//! One run of a program: wall time, processor time, peak memory, bytes written.

use sre_tests::Program;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    pub(crate) wall: Duration,
    /// Peak resident memory, in bytes.
    pub(crate) memory: u64,
    /// Bytes given to file systems, in bytes.
    pub(crate) written: u64,
}

/// Runs a command line to its end and wants success.
///
/// GNU `time` waits for the program by `wait4`, and as a small program it adds nothing to the peak of memory that
/// a child inherits.
pub(crate) fn run(line: &[&str], folder: &Path) -> Run {
    let report = tempfile::NamedTempFile::new().unwrap();
    let program = Program::tool("time")
        .args(["--quiet", "--format", "%M %O", "--output"])
        .arg(report.path())
        .args(line)
        .folder(folder)
        .env("SRE_KEY_PASSPHRASE", "")
        .env("SRE_STATE", folder)
        .env("SRE_CACHE", folder.join("cache"))
        .env("TMPDIR", folder);
    let begun = Instant::now();
    program.run().ok();
    let wall = begun.elapsed();
    let report = std::fs::read_to_string(report.path()).unwrap();
    let mut numbers = report.split_whitespace().map(|word| word.parse::<u64>().unwrap());
    let memory = numbers.next().unwrap() * 1024;
    Run { wall, memory, written: numbers.next().unwrap() * 512 }
}

/// Gives the run in the middle by wall time.
pub(crate) fn median(mut runs: Vec<Run>) -> Run {
    runs.sort_by_key(|run| run.wall);
    runs[runs.len() / 2]
}

/// Forgets what the page cache holds of everything below a folder.
pub(crate) fn forget(folder: &Path) {
    Program::tool("sync").run().ok();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            forget_files(&path);
        } else {
            forget_file(&path);
        }
    }
}

fn forget_files(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() { forget_files(&path) } else { forget_file(&path) }
    }
}

fn forget_file(path: &Path) {
    if let Ok(file) = File::open(path) {
        rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
    }
}

/// Gives the peak resident memory of a running process, in bytes.
pub(crate) fn peak_memory(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() * 1024
}
