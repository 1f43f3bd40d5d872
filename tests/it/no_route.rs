//! A machine without any route: the journey needs nothing but what is carried and what is named.

use sre_tests::{FILE, Island, Journey, Program, Running};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Runs a program of ours in a network, and gives every address that it spoke to.
fn watched(island: &Island, program: Program) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let calls = "--trace=connect,sendto,sendmsg,sendmmsg";
    let options = ["--follow-forks", "--quiet=all", calls, "--output", trace.to_str().unwrap()];
    island.inside(program.under("strace", &options)).run().ok();
    addresses(&fs::read_to_string(trace).unwrap())
}

/// Finds the addresses in the lines of `strace`, with their ports.
fn addresses(trace: &str) -> BTreeSet<String> {
    let spoken = trace.lines().filter(|line| line.contains("_port=htons("));
    let after = |line: &str, before: &str| {
        let (_, rest) = line.split_once(before)?;
        Some(rest.split([')', '"']).find(|part| !part.is_empty())?.to_owned())
    };
    spoken
        .map(|line| {
            let port = after(line, "port=htons(").unwrap();
            let address = after(line, "inet_addr(").or_else(|| after(line, "inet_pton(AF_INET6, "));
            format!("{}:{port}", address.unwrap_or_else(|| panic!("no address in {line}")))
        })
        .collect()
}

#[test]
fn the_journey_needs_no_route_and_speaks_to_nobody_who_is_not_named() {
    let journey = Journey::shared();
    let island = Island::make();
    let again = journey.path("again.tar.zst");
    // Everything is at hand: in the bundle of before, and in the cache.
    let build = journey.build(&again).arg("--allow-moved-tags").arg("--reuse");
    island.inside(build.arg(journey.bundle())).run().ok();
    assert!(fs::read(&again).unwrap() == fs::read(journey.bundle()).unwrap(), "the bytes differ");

    let verify = journey.sre_install("verify", &again);
    assert_eq!(watched(&island, verify), BTreeSet::new(), "`verify` spoke to somebody");

    let store = tempfile::tempdir().unwrap();
    let (_registry, target) = registry(&island, store.path());
    let seed = journey.sre_install("seed", &again).args(["--to", &format!("http://{target}")]);
    assert_eq!(watched(&island, seed), BTreeSet::from([target]));

    let (_serving, host) = serving(&island, journey, &again);
    let url = format!("http://{host}/files/tool.txt");
    let got = island.inside(Program::tool("curl").args(["-fsS", &url])).run();
    assert_eq!(got.bytes(), FILE);
}

/// Starts a registry in the network; the folder must outlive it.
fn registry(island: &Island, folder: &Path) -> (Running, String) {
    let config = folder.join("config.yml");
    let store = folder.join("store");
    let text = format!(
        "version: 0.1\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
         http: {{addr: \"127.0.0.1:0\", secret: tests}}\n",
        store.display()
    );
    fs::write(&config, text).unwrap();
    let serve = Program::tool("docker-registry").arg("serve").arg(&config);
    Running::start(island.inside(serve), |line| {
        let (_, rest) = line.split_once("listening on ")?;
        Some(rest.split(['"', ' ']).next()?.to_owned())
    })
}

fn serving(island: &Island, journey: &Journey, bundle: &Path) -> (Running, String) {
    let serve = journey.sre_install("serve", bundle);
    let serve = serve.args(["--listen", "127.0.0.1:0", "--plain-http"]);
    Running::start(island.inside(serve), sre_tests::address_in)
}
