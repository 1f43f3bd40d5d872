//! apt repositories: what they say of themselves and of packages, and what hosts have.

use sre_deb::repository::Listed;
use sre_deb::{Base, Recommends, Release, Request, SolveError, Universe, Version, Wanted};
use sre_format::Digest;

use crate::text;

/// Reads a version; two of the same text are equal.
#[must_use]
pub fn version(bytes: &[u8]) -> bool {
    let Ok(version) = text(bytes).parse::<Version>() else { return false };
    assert!(version == version.clone() && version.as_str() == text(bytes));
    true
}

/// Reads a field of relations, each of which must mean the same when it is written again.
#[must_use]
pub fn relation(bytes: &[u8]) -> bool {
    let Ok(groups) = sre_deb::parse_relations(text(bytes), "amd64") else { return false };
    for atom in groups.iter().flatten() {
        let again = sre_deb::parse_relations(&atom.to_string(), "amd64").unwrap_or_default();
        assert_eq!(again, [[atom.clone()]]);
    }
    true
}

/// Reads what a repository says of itself; none of its paths leads out of it.
#[must_use]
pub fn release(bytes: &[u8]) -> bool {
    let Ok(release) = Release::parse("Release", bytes) else { return false };
    assert!(release.files().all(|file| !file.path.split('/').any(|part| part == "..")));
    drop(release.indexes(Some("main"), "amd64"));
    true
}

/// Reads an index and asks for everything in it at once.
#[must_use]
pub fn packages(bytes: &[u8]) -> bool {
    let mut universe = Universe::new("amd64");
    if universe.add("Packages", bytes, sre_deb::DEFAULT_PREFERENCE).is_err() {
        return false;
    }
    let names = universe.packages().map(|one| one.name().to_owned());
    let wanted = names.map(|name| Wanted { name, version: None }).collect();
    let request = Request { wanted, recommends: Recommends::Followed, ..Request::default() };
    if let Err(error) = sre_deb::solve(&universe, &request) {
        assert!(!matches!(error, SolveError::Unsound { .. }), "{error}");
    }
    !universe.is_empty()
}

/// Reads what a host has.
#[must_use]
pub fn status(bytes: &[u8]) -> bool {
    Base::from_status("status", bytes, "amd64").is_ok()
}

/// Reads what the lock says of a package.
#[must_use]
pub fn record(bytes: &[u8]) -> bool {
    Listed::read(text(bytes), "pool/a.deb", 1, Digest::of(bytes)).is_ok()
}
