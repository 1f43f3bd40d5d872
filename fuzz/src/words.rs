//! Names, digests, times and URLs: what is understood must mean the same when it is written again.

use std::fmt::{Debug, Display};
use std::str::FromStr;

use sre_format::bundle::BundlePath;
use sre_format::signature::{Fingerprint, KeyId};
use sre_format::{Digest, ImageReference, PlatformName, SourceUrl, Timestamp, Word};
use sre_install::seed::Target;
use sre_oci::names::{MAX_REPOSITORY, Prefix, component_of_host};

use crate::text;

/// Reads a word, writes it, and reads that again.
fn round_trip<T: FromStr + Display + PartialEq + Debug>(bytes: &[u8]) -> Option<T> {
    let word = text(bytes).parse::<T>().ok()?;
    assert_eq!(word.to_string().parse::<T>().ok().as_ref(), Some(&word));
    Some(word)
}

/// The same for words that have one spelling only.
fn one_spelling<T: FromStr + Display + PartialEq + Debug>(bytes: &[u8]) -> Option<T> {
    let word = round_trip::<T>(bytes)?;
    assert_eq!(word.to_string(), text(bytes));
    Some(word)
}

/// Reads a path inside a bundle, which must never lead out of a folder.
#[must_use]
pub fn bundle_path(bytes: &[u8]) -> bool {
    let Some(path) = one_spelling::<BundlePath>(bytes) else { return false };
    assert!(!path.as_str().split('/').any(|part| matches!(part, "" | "." | "..")));
    assert!(path.as_str().is_ascii());
    true
}

/// Reads a name, version or channel.
#[must_use]
pub fn word(bytes: &[u8]) -> bool {
    one_spelling::<Word>(bytes).is_some()
}

/// Reads a digest.
#[must_use]
pub fn digest(bytes: &[u8]) -> bool {
    one_spelling::<Digest>(bytes).is_some()
}

/// Reads the id of a key.
#[must_use]
pub fn key_id(bytes: &[u8]) -> bool {
    one_spelling::<KeyId>(bytes).is_some()
}

/// Reads an image reference and maps it into another registry.
#[must_use]
pub fn image_reference(bytes: &[u8]) -> bool {
    let Some(reference) = one_spelling::<ImageReference>(bytes) else { return false };
    let component = component_of_host(reference.host());
    assert!(sre_format::is_path_component(&component), "{component} from {reference}");
    if let Ok(repository) = Prefix::default().repository_of(&reference) {
        assert!(repository.len() <= MAX_REPOSITORY);
    }
    true
}

/// Reads a platform.
#[must_use]
pub fn platform(bytes: &[u8]) -> bool {
    one_spelling::<PlatformName>(bytes).is_some()
}

/// Reads a time.
#[must_use]
pub fn timestamp(bytes: &[u8]) -> bool {
    round_trip::<Timestamp>(bytes).is_some()
}

/// Reads a fingerprint, which people type in more than one way.
#[must_use]
pub fn fingerprint(bytes: &[u8]) -> bool {
    round_trip::<Fingerprint>(bytes).is_some()
}

/// Reads the prefix of a target registry.
#[must_use]
pub fn prefix(bytes: &[u8]) -> bool {
    round_trip::<Prefix>(bytes).is_some()
}

/// Reads the URL of a file; credentials in it must be refused before anything can print them.
#[must_use]
pub fn source_url(bytes: &[u8]) -> bool {
    let Some(url) = round_trip::<SourceUrl>(bytes) else { return false };
    let text = url.to_string();
    let authority = text.split("://").nth(1).and_then(|rest| rest.split('/').next());
    assert!(!authority.unwrap_or_default().contains('@'));
    true
}

/// Reads the registry that `seed` fills.
#[must_use]
pub fn seed_target(bytes: &[u8]) -> bool {
    let Ok(target) = Target::parse(text(bytes)) else { return false };
    assert!(!target.name().contains('@'), "{}", target.name());
    true
}
