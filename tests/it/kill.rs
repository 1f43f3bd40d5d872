//! A program that is killed at any moment goes on where it was, ends in the same bytes and loses nothing.

use sre_tests::{IMAGES, Journey, Program, Registry};
use std::fs;
use std::path::Path;
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

/// Kills a run at a share of the whole run's time; one that ends first is begun anew and killed sooner,
/// since the machine may have been slower when the whole run was measured.
fn kill_at(share: f64, whole: Duration, mut begin: impl FnMut() -> Child) {
    let mut delay = whole.mul_f64(share);
    while !killed_after(begin(), delay) {
        delay = delay.mul_f64(0.8);
    }
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
    let whole_run = duration(journey.build(&whole));
    let expected = fs::read(&whole).unwrap();
    for round in 0..ROUNDS {
        kill_at(f64::from(round % 25 + 1) / 26.0, whole_run, || {
            finished_or_absent(&out, &expected);
            start(journey.build(&out))
        });
        finished_or_absent(&out, &expected);
    }
    journey.build(&out).run().ok();
    assert!(fs::read(&out).unwrap() == expected, "the bytes differ after {ROUNDS} kills");
    let left: Vec<_> = fs::read_dir(journey.path("."))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".partial"))
        .collect();
    assert!(left.is_empty(), "left behind: {left:?}");
}

/// Takes a bundle away, which must be whole if it is there at all.
fn finished_or_absent(bundle: &Path, expected: &[u8]) {
    if let Ok(found) = fs::read(bundle) {
        assert!(found == expected, "an unfinished file stands under the final name");
        fs::remove_file(bundle).unwrap();
    }
}

#[test]
fn sign_ends_in_the_same_bytes_after_any_kill() {
    let journey = Journey::shared();
    let folder = tempfile::tempdir().unwrap();
    let (unsigned, bundle) = (folder.path().join("unsigned"), folder.path().join("sre.tar.zst"));
    // The images are signed when it is packed, the bundle itself by what is killed here.
    let pack =
        ["pack", "--manifest", "manifest.toml", "--lock", "images.lock", "--key", "site.key"];
    journey.sre_bundle().args(pack).arg("-o").arg(&unsigned).run().ok();
    let sign = || journey.sre_bundle().args(["sign", "--key", "site.key"]).arg(&bundle);
    fs::copy(&unsigned, &bundle).unwrap();
    let whole_run = duration(sign());
    let expected = fs::read(journey.bundle()).unwrap();
    for round in 0..ROUNDS {
        // Nearly all of a run is reading; the writes are at its end.
        kill_at(f64::from(round % 25 + 15) / 40.0, whole_run, || {
            fs::copy(&unsigned, &bundle).unwrap();
            start(sign())
        });
        match journey.sre_install("verify", &bundle).run().code() {
            Some(0) => {}
            Some(6 | 7) => drop(sign().arg("--remove-others").run().ok()),
            other => panic!("verify ended with {other:?}"),
        }
        assert!(fs::read(&bundle).unwrap() == expected, "the bytes differ in round {round}");
    }
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
    let whole_run = duration(seed(&Registry::start()));
    let mut target = Registry::start();
    for round in 0..ROUNDS {
        // A fresh registry now and then: later kills meet a target that is nearly full already.
        let mut fresh = round % 5 == 0;
        kill_at(f64::from(round % 25 + 1) / 26.0, whole_run, || {
            if std::mem::replace(&mut fresh, true) {
                target = Registry::start();
            }
            start(seed(&target))
        });
        target.nothing_is_half_done();
    }
    seed(&target).run().ok();
    let found = target.repositories();
    for image in IMAGES {
        let repository = image.split_once(':').unwrap().0;
        assert!(found.iter().any(|name| name.ends_with(repository)), "{image} is not in {found:?}");
    }
}
