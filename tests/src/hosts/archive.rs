//! The archive of Debian that this machine's own `apt` reads.

use crate::Program;
use std::collections::BTreeMap;

/// The keys of Debian's archive, from the package `debian-archive-keyring`.
pub const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// A place of the archive with its suites, all of the component `main`.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    /// Its address, as `apt` was told.
    pub url: String,
    /// Its suites, such as `bookworm` and `bookworm-updates`.
    pub suites: Vec<String>,
}

/// Gives the places that `apt` reads Debian's own packages from; a machine that never asked them asks once.
pub fn places() -> Vec<Place> {
    let found = known_places();
    if !found.is_empty() {
        return found;
    }
    Program::tool("apt-get").args(["-q", "update"]).run().ok();
    let found = known_places();
    assert!(!found.is_empty(), "apt reads no archive of Debian");
    found
}

fn known_places() -> Vec<Place> {
    let format = "$(ORIGIN) $(COMPONENT) $(REPO_URI) $(RELEASE)";
    let targets = ["indextargets", "--format", format, "Identifier: Packages"];
    let lines = Program::tool("apt-get").args(targets).run().ok();
    let mut places = BTreeMap::<_, Vec<_>>::new();
    for line in lines.lines() {
        if let ["Debian", "main", url, suite] = line.split(' ').collect::<Vec<_>>()[..] {
            places.entry(url.trim_end_matches('/').to_owned()).or_default().push(suite.to_owned());
        }
    }
    places.into_iter().map(|(url, suites)| Place { url, suites }).collect()
}

/// Writes the places as lines of `sources.list`.
pub fn sources_list(places: &[Place]) -> String {
    let lines = places.iter().flat_map(|place| {
        let line = |suite| format!("deb [signed-by={KEYRING}] {} {suite} main\n", place.url);
        place.suites.iter().map(line)
    });
    lines.collect()
}
