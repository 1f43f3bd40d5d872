//! Slow media, and media that are pulled out while they are served.

use sre_tests::{IMAGES, Journey, Medium, Program, Ran, Serving};
use std::fs;
use std::time::{Duration, Instant};

fn curl(serving: &Serving, path: &str) -> Program {
    Program::tool("curl").args(["--silent", "--show-error", "--fail"]).arg(url(serving, path))
}

fn url(serving: &Serving, path: &str) -> String {
    format!("http://{}{path}", serving.host())
}

fn status(serving: &Serving, path: &str) -> String {
    let format = ["--silent", "--output", "/dev/null", "--write-out", "%{http_code}"];
    Program::tool("curl").args(format).arg(url(serving, path)).run().stdout()
}

fn pull(serving: &Serving, image: &str) -> Ran {
    let reference = format!("{}/{image}", serving.host());
    Program::tool("crane").args(["--insecure", "validate", "--remote", &reference]).run()
}

/// Makes bytes that no compression makes fewer.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 88_172_645_463_325_252_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(length).collect()
}

/// So slow that a MiB, which is read as one, takes longer than a client may stand still.
const SLOW: u64 = 256 << 10;
const IDLE: [&str; 2] = ["--idle-timeout", "2"];
const IDLE_LIMIT: Duration = Duration::from_secs(2);

#[test]
fn a_slow_medium_only_takes_longer() {
    let journey = Journey::shared();
    let folder = tempfile::tempdir().unwrap();
    let content = noise(3 << 20);
    journey.bundle_of_file(folder.path(), &content);
    let slow = Medium::through_a_process(folder.path(), SLOW);
    let bundle = slow.path("sre.tar.zst");
    let begun = Instant::now();
    let serving = Serving::with(journey, &bundle, &IDLE);
    let ran = curl(&serving, "/files/tool.bin").run();
    assert!(ran.bytes() == content, "{}", ran.stderr());
    assert!(begun.elapsed() > IDLE_LIMIT * 3, "the medium is not slow");
    journey.sre_install("verify", &bundle).run().ok();
}

#[test]
fn a_slow_but_steady_client_is_never_cut_off() {
    let journey = Journey::shared();
    let folder = tempfile::tempdir().unwrap();
    // Far more than the system keeps for a client between the two programs.
    let content = noise(24 << 20);
    let bundle = journey.bundle_of_file(folder.path(), &content);
    let serving = Serving::with(journey, &bundle, &IDLE);
    let begun = Instant::now();
    // `curl` keeps a rate by bursts with long pauses between them; `pv` takes little at a time.
    let script = "curl --silent --show-error --fail \"$0\" | pv --quiet --rate-limit 2500k";
    let arguments = ["-o", "pipefail", "-c", script];
    let ran = Program::tool("bash").args(arguments).arg(url(&serving, "/files/tool.bin")).run();
    assert!(ran.bytes() == content, "{}", ran.stderr());
    assert!(begun.elapsed() > IDLE_LIMIT * 3, "the client was not slow");
}

#[test]
fn a_medium_that_was_pulled_out_is_served_again_when_it_is_back() {
    let journey = Journey::shared();
    let (ours, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::copy(journey.bundle(), ours.path().join("sre.tar.zst")).unwrap();
    journey.bundle_of_file(other.path(), b"another content");
    let medium = Medium::through_a_process(ours.path(), u64::from(u32::MAX));
    let serving = Serving::start(journey, &medium.path("sre.tar.zst"));
    assert_eq!(status(&serving, "/healthz"), "200");

    medium.pull_out();
    assert_ne!(pull(&serving, IMAGES[0]).code(), Some(0), "what is gone was given out");
    for path in ["/healthz", "/v2/", "/files/tool.txt"] {
        assert_eq!(status(&serving, path), "503", "{path}");
    }

    // The program looks for its bundle once a second.
    medium.put_in(other.path());
    let patiently = ["--retry", "3", "--retry-delay", "1", "--retry-all-errors"];
    curl(&serving, "/healthz").args(patiently).run().fails_with(22);
    assert_eq!(status(&serving, "/v2/"), "503", "another bundle was taken for the one it serves");

    medium.pull_out();
    medium.put_in(ours.path());
    curl(&serving, "/healthz").args(patiently).run().ok();
    for image in IMAGES {
        pull(&serving, image).ok();
    }
}
