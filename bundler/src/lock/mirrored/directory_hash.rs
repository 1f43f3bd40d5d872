//! The hash `h1:` of a package, as Go modules and OpenTofu compute it.
//!
//! It is the SHA-256, in base64, over a line for each file in the order of their names: the SHA-256
//! of the content, two spaces, the name (golang.org/x/mod/sumdb/dirhash, `Hash1`). Of a zip that
//! OpenTofu takes as it is, folders count as empty files; of the same package unpacked they do not.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sre_format::Digest;

use crate::archive::{Listing, Member};

/// Gives the hashes of a package: packed, and unpacked where that differs.
pub(super) fn directory_hashes(package: &Listing) -> Vec<String> {
    let is_file = |name: &&String| !name.ends_with('/');
    let mut hashes = vec![
        hash(package, package.names.iter().collect()),
        hash(package, package.names.iter().filter(is_file).collect()),
    ];
    hashes.sort();
    hashes.dedup();
    hashes
}

fn hash(package: &Listing, mut names: Vec<&String>) -> String {
    names.sort();
    let empty = Digest::of(b"");
    let line = |name: &String| {
        let path = name.strip_prefix("./").unwrap_or(name).trim_end_matches('/');
        let digest = match package.members.get(path) {
            Some(Member::File(digest)) => *digest,
            Some(Member::Link(target)) => Digest::of(target.as_bytes()),
            Some(Member::Folder) | None => empty,
        };
        format!("{}  {name}\n", digest.hex())
    };
    let lines: String = names.into_iter().map(line).collect();
    format!("h1:{}", STANDARD.encode(Digest::of(lines.as_bytes()).as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(names: &[&str]) -> Listing {
        let mut listing = Listing::default();
        for name in names {
            let member = match name.strip_suffix('/') {
                Some(_) => Member::Folder,
                None => Member::File(Digest::of(name.as_bytes())),
            };
            listing.members.insert(name.trim_end_matches('/').to_owned(), member);
            listing.names.push((*name).to_owned());
        }
        listing
    }

    #[test]
    fn is_what_the_documented_command_gives() {
        // printf a >a; printf x/b >x/b; sha256sum a x/b | sha256sum, as base64
        let hashes = directory_hashes(&listing(&["x/b", "a"]));
        assert_eq!(hashes, ["h1:Pu8YRFRZXnLDh0TL+5bYlIavtYoDfORGtlCm+bRI+WM="]);
    }

    #[test]
    fn folders_of_a_zip_count_only_while_it_is_packed() {
        let hashes = directory_hashes(&listing(&["x/", "x/b", "a"]));
        assert_eq!(hashes.len(), 2);
        assert!(hashes.contains(&directory_hashes(&listing(&["x/b", "a"]))[0]));
    }
}
