//! `serve` as people start it: what it says, what it remembers, how it ends.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::site::{Run, Site, key, signed};

const MIB: usize = 1 << 20;
const SERVE: &str = "serve --bundle sre.tar.zst --key site.pub --listen 127.0.0.1:0";

/// A server that has said where it is; it is killed when dropped.
struct Served {
    child: Child,
    stdout: Option<ChildStdout>,
    host: String,
    said: Receiver<String>,
    before: String,
}

impl Served {
    #[expect(clippy::disallowed_methods, reason = "the test is about the program")]
    fn start(site: &Site, line: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sre-install"));
        command.args(line.split_whitespace()).current_dir(site.path("."));
        command.env("NO_COLOR", "1").env("SRE_TRUST", site.path("trust.d"));
        if !line.contains("--state") {
            command.env("SRE_STATE", site.path("state"));
        }
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut before = String::new();
        let host = loop {
            let from = before.len();
            assert!(stderr.read_line(&mut before).unwrap() > 0, "it does not start: {before}");
            if let Some(url) = before[from..].strip_prefix("ready: ") {
                break url.trim_end().split_once("://").unwrap().1.to_owned();
            }
        };
        let (sender, said) = channel();
        std::thread::spawn(move || {
            let mut rest = String::new();
            stderr.read_to_string(&mut rest).unwrap();
            sender.send(rest)
        });
        let stdout = child.stdout.take();
        Self { child, stdout, host, said, before }
    }

    fn signal(&self) {
        kill_process(Pid::from_child(&self.child), Signal::TERM).unwrap();
    }

    /// Asks for a path and reads where the answer begins.
    fn ask(&self, path: &str) -> TcpStream {
        let address = self.host.parse().unwrap();
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(10)).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").unwrap();
        let mut status = [0; 15];
        stream.read_exact(&mut status).unwrap();
        assert_eq!(&status, b"HTTP/1.1 200 OK");
        stream
    }

    /// Waits for its end; gives all that it said.
    fn end(mut self) -> Run {
        let status = self.child.wait().unwrap();
        let mut stdout = String::new();
        self.stdout.take().unwrap().read_to_string(&mut stdout).unwrap();
        let stderr = self.before.clone() + &self.said.recv().unwrap();
        Run { code: status.code(), stdout, stderr }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _killed = self.child.kill();
        self.child.wait().unwrap();
    }
}

#[test]
fn what_is_given_out_is_remembered_and_older_bundles_are_refused_from_then_on() {
    let site = Site::with_bundle();
    signed().serial(2).write(&site.path("newer.tar.zst"));
    let served = Served::start(&site, &SERVE.replace("sre.tar.zst", "newer.tar.zst"));
    site.run("status").ends_with(0).showing("applied      sre 1.0.0, channel stable, serial 2");
    site.run("verify --bundle sre.tar.zst --key site.pub").ends_with(7).saying("is older than 2");
    site.run(SERVE).ends_with(7).saying("--allow-older-serial");
    served.signal();
    served.end().ends_with(0).saying("stopped after 0 answers");

    let back = Served::start(&site, &format!("{SERVE} --allow-older-serial"));
    site.run("status").ends_with(0).showing("applied      sre 1.0.0, channel stable, serial 1");
    drop(back);
}

#[test]
fn a_server_that_cannot_begin_remembers_nothing() {
    let site = Site::with_bundle();
    let other = Served::start(&Site::with_bundle(), &format!("{SERVE} --plain-http"));
    let line = SERVE.replace("127.0.0.1:0", &other.host);
    let run = site.run(&line).ends_with(5).saying("cannot listen on").saying("another program");
    assert!(run.stderr.contains("--listen"));
    site.run("status").ends_with(0).showing("applied      nothing");
}

#[test]
fn it_serves_without_a_state_directory_and_says_what_that_means() {
    let site = Site::with_bundle();
    // Nobody, not even root, makes a folder there.
    let line = format!("{SERVE} --plain-http --state /dev/null/state");
    let served = Served::start(&site, &line);
    let mut body = String::new();
    served.ask("/healthz").read_to_string(&mut body).unwrap();
    assert!(body.ends_with("\r\n\r\nok\n"), "{body}");
    served.signal();
    served
        .end()
        .ends_with(0)
        .saying("warning: older bundles will not be refused after this one")
        .saying("/dev/null/state");
    site.run(&line.replace("--plain-http ", "")).ends_with(5).saying("--state DIR");
}

#[test]
fn the_answer_in_json_has_the_address_and_the_fingerprint() {
    let site = Site::with_bundle();
    let served = Served::start(&site, &format!("{SERVE} --json --events events.jsonl"));
    let host = served.host.clone();
    served.signal();
    let document = served.end().ends_with(0).json();
    assert_eq!((&document["kind"], &document["version"]), (&"serve".into(), &1.into()));
    assert_eq!(document["url"], format!("https://{host}"));
    assert_eq!(document["images"], 2);
    let fingerprint = document["authority"]["fingerprint"].as_str().unwrap();
    assert_eq!(fingerprint.split(':').count(), 32);
    let events = std::fs::read_to_string(site.path("events.jsonl")).unwrap();
    let last: Value = serde_json::from_str(events.lines().last().unwrap()).unwrap();
    assert_eq!(last["event"], "run-finished", "{events}");
}

/// A site whose bundle has one file that no socket takes at once.
fn with_a_large_file() -> (Site, Vec<u8>) {
    let site = Site::new();
    let large: Vec<u8> = (0..251).cycle().take(24 * MIB).collect();
    let bundle = sre_testkit::bundle::Bundle::new().file("large", &large);
    bundle.signed_by(&key()).write(&site.bundle());
    (site, large)
}

#[test]
fn a_signal_lets_transfers_end() {
    let (site, large) = with_a_large_file();
    let served = Served::start(&site, &format!("{SERVE} --plain-http"));
    let mut transfer = served.ask("/files/large");
    served.signal();
    let mut rest = Vec::new();
    transfer.read_to_end(&mut rest).unwrap();
    assert!(rest.ends_with(&large), "the transfer was cut");
    served.end().ends_with(0).saying("stopped after 1 answers");
}

#[test]
fn a_second_signal_waits_for_nobody() {
    let (site, _) = with_a_large_file();
    let served = Served::start(&site, &format!("{SERVE} --plain-http"));
    let standing_still = served.ask("/files/large");
    served.signal();
    // The port closes when the first signal has been understood; two at once could count as one.
    let address = served.host.parse().unwrap();
    while TcpStream::connect_timeout(&address, Duration::from_secs(10)).is_ok() {}
    served.signal();
    served.end().ends_with(130).saying("interrupted");
    drop(standing_still);
}
