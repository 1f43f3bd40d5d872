//! Checksum files of upstreams.

use sre_format::Digest;

/// The most bytes of a checksum file.
pub(super) const MAX_CHECKSUM_FILE: u64 = 4 << 20;

/// Finds the digest of a file in a checksum file: `sha256sum` lines, BSD lines
/// (`SHA256 (name) = digest`), or a digest alone.
pub(crate) fn find(text: &str, name: &str) -> Option<Digest> {
    let lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut lines = lines.peekable();
    let first = lines.peek().copied()?;
    let listed = lines.filter_map(listed).find(|(listed, _)| last_part(listed) == name);
    let alone = || {
        (text.lines().filter(|it| !it.trim().is_empty()).count() == 1)
            .then(|| digest(first))
            .flatten()
    };
    listed.map(|(_, digest)| digest).or_else(alone)
}

/// Gives the names that a checksum file lists, without folders, each with its digest.
pub(crate) fn all(text: &str) -> impl Iterator<Item = (&str, Digest)> {
    text.lines().map(str::trim).filter_map(listed).map(|(name, digest)| (last_part(name), digest))
}

fn listed(line: &str) -> Option<(&str, Digest)> {
    if let Some(rest) = line.strip_prefix("SHA256 (") {
        let (name, hex) = rest.rsplit_once(") = ")?;
        return Some((name, digest(hex)?));
    }
    let (hex, name) = line.split_once(char::is_whitespace)?;
    // `*` marks binary mode; it is no part of the name.
    let name = name.trim_start();
    Some((name.strip_prefix('*').unwrap_or(name), digest(hex)?))
}

fn digest(hex: &str) -> Option<Digest> {
    Digest::from_hex(&hex.strip_prefix("sha256:").unwrap_or(hex).to_ascii_lowercase()).ok()
}

fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_upstreams_publish() {
        let digest = Digest::of(b"tool");
        let (hex, other) = (digest.hex(), Digest::of(b"other").hex());
        for text in [
            format!("{other}  other.tar.gz\n{hex}  tool.tar.gz\n"),
            format!("{hex} *./dist/tool.tar.gz\r\n"),
            format!("# comment\n\nSHA256 (tool.tar.gz) = {hex}\n"),
            format!("{}\n", hex.to_uppercase()),
            format!("sha256:{hex}"),
        ] {
            assert_eq!(find(&text, "tool.tar.gz"), Some(digest), "{text}");
        }
    }

    #[test]
    fn takes_no_digest_of_another_file() {
        let hex = Digest::of(b"tool").hex();
        for text in [
            format!("{hex}  tool.tar.gz.sig\n"),
            format!("{hex}  mytool.tar.gz\n"),
            format!("{hex}\n{hex}\n"),
            format!("{}  tool.tar.gz\n", &hex[1..]),
            String::new(),
        ] {
            assert_eq!(find(&text, "tool.tar.gz"), None, "{text}");
        }
    }
}
