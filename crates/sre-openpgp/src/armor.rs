//! ASCII armor: blocks of base64 between two lines, strictly.
//!
//! The checksum that may follow the base64 is not looked at: it protects nothing that a signature
//! would not (RFC 9580, section 6.1).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The label of a block of public keys.
pub(crate) const PUBLIC_KEY: &str = "PUBLIC KEY BLOCK";
/// The label of a block of private keys.
#[cfg(feature = "signing")]
pub(crate) const PRIVATE_KEY: &str = "PRIVATE KEY BLOCK";
/// The label of a block of signatures.
pub(crate) const SIGNATURE: &str = "SIGNATURE";

/// Gives the packets of a file, binary or armored in one block or several with this label.
///
/// Text around the blocks is ignored, as key files carry remarks there.
pub(crate) fn packets(bytes: &[u8], label: &str) -> Result<Vec<u8>, &'static str> {
    // Every packet begins with a byte above 127, and no text does.
    if bytes.first().is_some_and(|byte| byte & 0x80 != 0) {
        return Ok(bytes.to_vec());
    }
    let text = std::str::from_utf8(bytes).map_err(|_| "it is neither text nor OpenPGP packets")?;
    let mut lines = text.lines().map(str::trim_end);
    let mut packets = Vec::new();
    while let Some(line) = lines.next() {
        if let Some(found) = begins(line) {
            let block = block(&mut lines, found)?;
            if found == label {
                packets.extend(block);
            }
        }
    }
    if packets.is_empty() {
        return Err("it has no armored block of the kind that is wanted");
    }
    Ok(packets)
}

/// Gives the label of a block that begins with this line.
pub(crate) fn begins(line: &str) -> Option<&str> {
    line.strip_prefix("-----BEGIN PGP ")?.strip_suffix("-----")
}

/// Decodes what stands between the line that began a block and the one that ends it.
pub(crate) fn block<'a>(
    lines: &mut impl Iterator<Item = &'a str>,
    label: &str,
) -> Result<Vec<u8>, &'static str> {
    let end = format!("-----END PGP {label}-----");
    let mut base64 = String::new();
    let mut headers = true;
    let mut checksum = false;
    for line in lines.map(str::trim_end) {
        if line == end {
            return STANDARD.decode(base64).map_err(|_| "its base64 is damaged");
        }
        if headers {
            // An empty line ends the headers; very old programs write none when there are none.
            headers = line.contains(": ") || line.ends_with(':');
            if headers || line.is_empty() {
                continue;
            }
        }
        match (line.strip_prefix('='), checksum) {
            (Some(_), false) => checksum = true,
            (None, false) => base64.push_str(line),
            (_, true) => return Err("something follows the checksum of its armor"),
        }
    }
    Err("its armor does not end")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: &str =
        "-----BEGIN PGP SIGNATURE-----\nVersion: any\n\niQ==\n=abcd\n-----END PGP SIGNATURE-----\n";

    #[test]
    fn joins_blocks_and_leaves_out_what_stands_around_them() {
        let text = format!("remark\n{BLOCK}another\r\n{}", BLOCK.replace('\n', "\r\n"));
        assert_eq!(packets(text.as_bytes(), SIGNATURE).unwrap(), [0x89, 0x89]);
    }

    #[test]
    fn refuses_damaged_armor() {
        for text in [
            String::new(),
            "no armor".to_owned(),
            BLOCK.replace("iQ==", "iQ"),
            BLOCK.replace("iQ==", "iQ==\niQ=="),
            BLOCK.replace("=abcd", "=abcd\niQ=="),
            BLOCK.replace("-----END PGP SIGNATURE-----", ""),
            BLOCK.replace("END PGP SIGNATURE", "END PGP PUBLIC KEY BLOCK"),
        ] {
            assert!(packets(text.as_bytes(), SIGNATURE).is_err(), "{text}");
        }
        assert!(packets(BLOCK.as_bytes(), PUBLIC_KEY).is_err());
    }
}
