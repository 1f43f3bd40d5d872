//! A site that is brought about once, and looked at by every test.

use serde_json::Value;
use sre_tests::hosts::Site;
use std::collections::BTreeSet;
use std::fs;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::time::Duration;

/// A site that was brought about.
pub(super) struct Standing {
    pub(super) site: Site,
    /// What `apply` answered.
    pub(super) answer: Value,
    /// Each command line that was seen on this machine meanwhile, which shows those of all hosts, too.
    pub(super) commands: BTreeSet<String>,
    alone: Mutex<()>,
}

impl Standing {
    /// Gives the one that all tests share.
    pub(super) fn shared() -> &'static Self {
        static SHARED: OnceLock<Standing> = OnceLock::new();
        SHARED.get_or_init(|| {
            let site = Site::prepare();
            let (answer, commands) = watching_commands(|| site.apply(""));
            Self { site, answer, commands, alone: Mutex::default() }
        })
    }

    /// Waits until no other test changes the site; whoever changes it leaves it as it was.
    pub(super) fn alone(&self) -> MutexGuard<'_, ()> {
        self.alone.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Gives how a phase ended in an answer of `apply`.
pub(super) fn phase<'a>(answer: &'a Value, name: &str) -> &'a Value {
    let mut phases = answer["phases"].as_array().unwrap().iter();
    phases.find(|phase| phase["phase"] == name).unwrap_or_else(|| panic!("no {name}: {answer}"))
}

/// Asserts how each phase ended.
#[track_caller]
pub(super) fn ended(answer: &Value, outcomes: [&str; 4]) {
    for (name, outcome) in ["seed", "provision", "harden", "cluster"].into_iter().zip(outcomes) {
        assert_eq!(phase(answer, name)["outcome"], outcome, "{name}: {answer}");
    }
}

/// Does something, and gives the command lines of all processes that were seen meanwhile.
fn watching_commands<T>(work: impl FnOnce() -> T) -> (T, BTreeSet<String>) {
    let (done, over) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        let watch = scope.spawn(move || {
            let mut seen = BTreeSet::new();
            let pause = Duration::from_millis(50);
            while over.recv_timeout(pause) == Err(mpsc::RecvTimeoutError::Timeout) {
                seen.extend(commands());
            }
            seen
        });
        let made = work();
        drop(done);
        (made, watch.join().unwrap())
    })
}

fn commands() -> impl Iterator<Item = String> {
    let processes = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let lines = processes.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
    lines.map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
}
