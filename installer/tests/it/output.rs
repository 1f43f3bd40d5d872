//! What every verb has in common: `--json`, `--events`, `NO_COLOR`.

use std::path::Path;

use serde_json::Value;
use sre_testkit::Upstream;

use crate::site::{Run, Site};

/// Every verb that ends by itself, with the kind of its answer; `serve` has its own module.
fn verbs(target: &Upstream) -> Vec<(String, &'static str)> {
    let bundle = "--bundle sre.tar.zst --key site.pub";
    let to = target.url();
    vec![
        (bundle.to_owned(), "journey"),
        (format!("verify {bundle}"), "verify"),
        (format!("inspect {bundle}"), "inspect"),
        (format!("plan {bundle} --to {to}"), "plan"),
        (format!("seed {bundle} --to {to}"), "seed"),
        ("status".to_owned(), "status"),
        ("trust show --key site.pub".to_owned(), "trust"),
    ]
}

fn events(site: &Site) -> Vec<Value> {
    let text = std::fs::read_to_string(site.path("events.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_verb_answers_with_one_document_and_tells_events() {
    let (site, target) = (Site::with_bundle(), Upstream::plain());
    for (line, kind) in verbs(&target) {
        let run = site.run(&format!("{line} --json --events events.jsonl")).ends_with(0);
        let document = run.json();
        assert_eq!((&document["kind"], &document["version"]), (&kind.into(), &1.into()), "{line}");
        let events = events(&site);
        assert!(events.iter().all(|event| event["version"].is_u64()), "{line}");
        assert_eq!(events[0]["event"], "run-started", "{line}");
        assert_eq!(events[0]["command"], kind, "{line}");
        assert_eq!(events.last().unwrap()["event"], "run-finished", "{line}");
    }
}

#[test]
fn every_failure_is_one_document_with_the_exit_code_and_a_hint() {
    let site = Site::with_bundle();
    let bundle = "--bundle sre.tar.zst --key site.pub";
    for (line, code) in [
        ("--bundle sre.tar.zst".to_owned(), 7),
        ("verify".to_owned(), 2),
        ("verify --bundle missing --key site.pub".to_owned(), 2),
        ("verify --bundle sre.tar.zst --key other.pub".to_owned(), 7),
        (format!("inspect {bundle} --key missing"), 2),
        (format!("plan {bundle} --to ftp://x"), 2),
        (format!("seed {bundle} --to http://127.0.0.1:9 --username a --password-file missing"), 2),
        (format!("seed {bundle} --to http://127.0.0.1:9"), 5),
        (format!("serve {bundle} --listen 192.0.2.1:8443 --plain-http"), 5),
        (format!("serve {bundle} --tls-cert site.pub --tls-key site.key"), 3),
        (format!("serve {bundle} --htpasswd missing"), 2),
        ("status --state /dev/null/x".to_owned(), 5),
    ] {
        let run = site.run(&format!("{line} --json --events events.jsonl")).ends_with(code);
        let document = run.json();
        assert_eq!(document["kind"], "failure", "{line}");
        assert_eq!(document["exitCode"], code, "{line}");
        assert!(document["hint"].is_string(), "{line}: {document}");
        assert!(run.stderr.contains("error: ") && run.stderr.contains("hint: "), "{}", run.stderr);
        let events = events(&site);
        let last = events.last().unwrap();
        assert_eq!(last["event"], "run-failed", "{line}");
        assert_eq!(last["exitCode"], code, "{line}: {last}");
    }
}

/// Runs a line at a terminal; what is shown there is on stdout.
fn at_a_terminal(site: &Site, line: &str, colour: &str) -> Run {
    let program = env!("CARGO_BIN_EXE_sre-install");
    let line = format!("script --quiet --return --command '{colour} {program} {line}' /dev/null");
    site.start(Path::new("sh"), ["-c", &line])
}

fn is_coloured(text: &str) -> bool {
    text.split("\x1b[").skip(1).any(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
    })
}

#[test]
fn no_colour_is_shown_where_none_is_wanted() {
    let (site, target) = (Site::with_bundle(), Upstream::plain());
    let wrong = ("verify --bundle sre.tar.zst --key other.pub".to_owned(), "failure");
    for (line, _) in verbs(&target).into_iter().chain([wrong]) {
        let run = at_a_terminal(&site, &line, "env TERM=xterm NO_COLOR=1");
        assert!(!is_coloured(&run.stdout), "{line}: {:?}", run.stdout);
    }
    for line in [
        "verify --bundle sre.tar.zst --key other.pub",
        "verify --bundle sre.tar.zst --key site.pub",
    ] {
        let run = at_a_terminal(&site, line, "env -u NO_COLOR TERM=xterm");
        assert!(is_coloured(&run.stdout), "{line}: {:?}", run.stdout);
    }
}
