//! A program that is killed at any moment goes on where it was, ends in the same bytes and loses nothing.

use sre_tests::{IMAGES, Journey, Program, Registry};
use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// How often each program is killed in one run of the test.
const ROUNDS: u32 = 50;

/// Kills the child after a while, or lets it end when it is faster; tells whether it was killed.
fn killed_after(mut child: Child, delay: Duration) -> bool {
    let (send, receive) = std::sync::mpsc::channel::<()>();
    let mut output = child.stdout.take().unwrap();
    // The pipe closes when the program ends, so waiting for either needs no sleep.
    let waiter = std::thread::spawn(move || {
        std::io::copy(&mut output, &mut std::io::sink()).unwrap();
        drop(send);
    });
    let in_time = receive.recv_timeout(delay);
    let killed = in_time == Err(std::sync::mpsc::RecvTimeoutError::Timeout);
    if killed {
        child.kill().unwrap();
    }
    child.wait().unwrap();
    waiter.join().unwrap();
    killed
}

fn start(program: Program) -> Child {
    program.start(Stdio::piped(), Stdio::null())
}

/// Measures one undisturbed run, so that the kills are spread over a whole run.
fn duration(program: Program) -> Duration {
    let begun = Instant::now();
    program.run().ok();
    begun.elapsed()
}

#[test]
fn build_ends_in_the_same_bytes_after_any_kill() {
    let journey = Journey::prepare();
    let (whole, out) = (journey.path("whole.tar.zst"), journey.bundle());
    let undisturbed = duration(journey.build(&whole));
    let expected = fs::read(&whole).unwrap();
    let mut kills = 0;
    for round in 0..ROUNDS {
        let delay = undisturbed * (round % 25 + 1) / 26;
        kills += u32::from(killed_after(start(journey.build(&out)), delay));
        if let Ok(found) = fs::read(&out) {
            assert!(found == expected, "an unfinished file stands under the final name");
            fs::remove_file(&out).unwrap();
        }
    }
    journey.build(&out).run().ok();
    assert!(fs::read(&out).unwrap() == expected, "the bytes differ after {kills} kills");
    assert!(kills >= ROUNDS / 2, "only {kills} of {ROUNDS} runs were killed in time");
    let left: Vec<_> = fs::read_dir(journey.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".partial"))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

#[test]
fn seed_leaves_nothing_half_done_after_any_kill() {
    let journey = Journey::shared();
    // One state for all runs, as on one host: a lock or a half-written receipt of a killed run must not stop the next.
    let state = journey.fresh_state();
    let seed = |target: &Registry| {
        let to = format!("http://{}", target.host());
        let seed = journey.sre_install("seed", &journey.bundle()).args(["--to", &to]);
        seed.env("SRE_STATE", &state)
    };
    let undisturbed = duration(seed(&Registry::start()));
    let mut kills = 0;
    let mut target = Registry::start();
    for round in 0..ROUNDS {
        // A fresh registry now and then: later kills meet a target that is nearly full already.
        if round % 5 == 0 {
            target = Registry::start();
        }
        let delay = undisturbed * (round % 25 + 1) / 26;
        kills += u32::from(killed_after(start(seed(&target)), delay));
        for repository in target.repositories() {
            for tag in target.tags(&repository) {
                let image = format!("{}/{repository}:{tag}", target.host());
                if repository.ends_with("charts/demo") {
                    Program::tool("crane").args(["--insecure", "manifest", &image]).run().ok();
                } else {
                    let validate = ["--insecure", "validate", "--remote", &image];
                    Program::tool("crane").args(validate).run().ok();
                }
            }
        }
    }
    seed(&target).run().ok();
    assert!(kills >= ROUNDS / 2, "only {kills} of {ROUNDS} runs were killed in time");
    let found = target.repositories();
    for image in IMAGES {
        let repository = image.split_once(':').unwrap().0;
        assert!(found.iter().any(|name| name.ends_with(repository)), "{image} is not in {found:?}");
    }
}
