//! The tags of a git repository, by the first answer of its HTTP protocol
//! (<https://git-scm.com/docs/http-protocol>): no clone, no API, no quota.

/// The most bytes of that answer; the largest public repositories have 30 MiB of references.
pub(super) const MAX_REFERENCES: u64 = 128 << 20;

/// How a smart server begins, after the length of the line.
const SMART: &[u8] = b"# service=git-upload-pack";
/// Where tags stand among the references.
const TAGS: &str = "refs/tags/";

/// Reads the tags out of the answer of a smart or a dumb server; nothing if it is neither.
pub(super) fn tags(answer: &[u8]) -> Option<Vec<String>> {
    let smart = answer.get(4..).is_some_and(|rest| rest.starts_with(SMART));
    let lines = if smart { packets(answer)? } else { answer.split(|it| *it == b'\n').collect() };
    let mut tags = Vec::new();
    let mut any = false;
    for line in lines {
        // Behind the first reference stand the capabilities of the server.
        let line = line.split(|byte| *byte == 0).next().unwrap_or_default();
        let line = String::from_utf8_lossy(line);
        let Some((hash, name)) = line.trim_end().split_once([' ', '\t']) else { continue };
        let is_hash = hash.len() >= 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        any |= is_hash;
        if let Some(tag) = name.strip_prefix(TAGS).filter(|it| is_hash && !it.ends_with("^{}")) {
            tags.push(tag.to_owned());
        }
    }
    any.then_some(tags)
}

/// Cuts an answer into its lines, each of which begins with its length in four hexadecimal digits.
fn packets(mut rest: &[u8]) -> Option<Vec<&[u8]>> {
    let mut packets = Vec::new();
    while !rest.is_empty() {
        let length = std::str::from_utf8(rest.get(..4)?).ok()?;
        match usize::from_str_radix(length, 16).ok()? {
            // A flush, and what newer versions of the protocol add.
            0..=3 => rest = &rest[4..],
            length => {
                packets.push(rest.get(4..length)?);
                rest = &rest[length..];
            }
        }
    }
    Some(packets)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(text: &str) -> String {
        format!("{:04x}{text}", text.len() + 4)
    }

    #[test]
    fn reads_the_tags_of_smart_and_of_dumb_servers() {
        let hash = "ab".repeat(20);
        let smart = [
            packet("# service=git-upload-pack\n"),
            "0000".to_owned(),
            packet(&format!("{hash} HEAD\0multi_ack side-band-64k\n")),
            packet(&format!("{hash} refs/tags/v1.0.0\n")),
            packet(&format!("{hash} refs/tags/v1.0.0^{{}}\n")),
            packet(&format!("{hash} refs/heads/refs/tags/no\n")),
            "0000".to_owned(),
        ];
        assert_eq!(tags(smart.concat().as_bytes()).unwrap(), ["v1.0.0"]);
        let dumb = format!("{hash}\trefs/heads/main\n{hash}\trefs/tags/kustomize/v5.8.1\n");
        assert_eq!(tags(dumb.as_bytes()).unwrap(), ["kustomize/v5.8.1"]);
    }

    #[test]
    fn refuses_what_is_no_list_of_references() {
        let torn = format!("{}00ff", packet("# service=git-upload-pack\n"));
        for answer in ["<html>not found</html>", "", torn.as_str(), "zzzz# service=git-upload-pack"]
        {
            assert_eq!(tags(answer.as_bytes()), None, "{answer}");
        }
    }
}
