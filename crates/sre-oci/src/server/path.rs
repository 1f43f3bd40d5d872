//! What a path below `/v2/` asks for.

use sre_format::is_path_component;

/// The endpoints that a read-only registry has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target<'a> {
    /// `/v2/`: is this a registry?
    Base,
    /// `/v2/_catalog`.
    Catalog,
    /// `/v2/NAME/tags/list`.
    Tags(&'a str),
    /// `/v2/NAME/manifests/REFERENCE`.
    Manifest(&'a str, &'a str),
    /// `/v2/NAME/blobs/DIGEST`.
    Blob(&'a str, &'a str),
    /// `/v2/NAME/referrers/DIGEST`.
    Referrers(&'a str, &'a str),
    /// `/v2/NAME/blobs/uploads/...`, which nobody may.
    Upload,
}

/// Splits a path after `/v2/`; nothing when no endpoint has that shape.
///
/// Repositories may be named like endpoints, so the verb is looked for from the end.
pub(super) fn target(path: &str) -> Option<Target<'_>> {
    match path {
        "" => return Some(Target::Base),
        "_catalog" => return Some(Target::Catalog),
        _ => {}
    }
    let (head, last) = path.rsplit_once('/')?;
    let (name, verb) = head.rsplit_once('/')?;
    match (verb, last) {
        ("tags", "list") => Some(Target::Tags(name)),
        ("manifests", _) => Some(Target::Manifest(name, last)),
        ("blobs", "uploads") | ("uploads", _) => Some(Target::Upload),
        ("blobs", _) => Some(Target::Blob(name, last)),
        ("referrers", _) => Some(Target::Referrers(name, last)),
        _ => None,
    }
}

/// Says whether a text is a repository name by the rule of the distribution-spec.
pub(super) fn is_repository(name: &str) -> bool {
    name.len() <= crate::names::MAX_REPOSITORY && name.split('/').all(is_path_component)
}

/// Says whether a text could be a digest of any algorithm (image-spec, "Digests").
pub(super) fn is_digest(text: &str) -> bool {
    let Some((algorithm, encoded)) = text.split_once(':') else { return false };
    let algorithm_fits = algorithm
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+._-".contains(&byte));
    let encoded_fits =
        encoded.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"=_-".contains(&byte));
    let registered = match algorithm {
        "sha256" => is_hex(encoded, 64),
        "sha512" => is_hex(encoded, 128),
        _ => true,
    };
    algorithm_fits && encoded_fits && registered && !algorithm.is_empty() && !encoded.is_empty()
}

fn is_hex(text: &str, length: usize) -> bool {
    let digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.len() == length && text.bytes().all(digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_endpoint_behind_any_name() {
        for (path, expected) in [
            ("", Some(Target::Base)),
            ("_catalog", Some(Target::Catalog)),
            ("a/tags/list", Some(Target::Tags("a"))),
            ("a/manifests/b/manifests/v1", Some(Target::Manifest("a/manifests/b", "v1"))),
            ("a/b/blobs/sha256:0", Some(Target::Blob("a/b", "sha256:0"))),
            ("a/referrers/sha256:0", Some(Target::Referrers("a", "sha256:0"))),
            ("a/blobs/uploads/", Some(Target::Upload)),
            ("a/blobs/uploads", Some(Target::Upload)),
            ("a/blobs/uploads/7", Some(Target::Upload)),
            ("a", None),
            ("a/b/c", None),
        ] {
            assert_eq!(target(path), expected, "{path}");
        }
    }

    #[test]
    fn knows_digests_of_other_algorithms_from_nonsense() {
        assert!(is_digest(&format!("sha512:{}", "0".repeat(128))));
        assert!(is_digest("blake3:abc"));
        assert!(!is_digest("sha256:abc"));
        assert!(!is_digest(&format!("sha256:{}", "A".repeat(64))));
        assert!(!is_digest("sha256"));
    }
}
