//! Documents that are signed in the clear (RFC 9580, section 7): text, then its signatures.
//!
//! What is given back is made of the very lines that were hashed, so nothing that stood around them, and
//! no blank at the end of a line, which signatures do not cover, can reach a parser.

use std::io::Cursor;

use sre_format::Timestamp;

use crate::error::VerifyError;
use crate::keyring::{GoodSignature, Keyring};
use crate::limits::MAX_CLEAR_SIGNED;
use crate::{armor, verify};

/// A text that somebody known signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedText {
    /// The text, each line ended by one line feed.
    pub text: String,
    /// The signatures that hold, at least one.
    pub signatures: Vec<GoodSignature>,
}

const BEGIN: &str = "-----BEGIN PGP SIGNED MESSAGE-----";

impl Keyring {
    /// Checks a clear-signed document, such as `InRelease` or a chart's `.prov`, as of the time `now`.
    ///
    /// Nothing but empty lines may stand before or after it.
    pub fn verify_clear_signed(
        &self,
        document: &[u8],
        now: Timestamp,
    ) -> Result<SignedText, VerifyError> {
        if document.len() > MAX_CLEAR_SIGNED {
            return Err(VerifyError::DocumentTooLarge);
        }
        let (text, packets) =
            split(document).map_err(|reason| VerifyError::NotClearSigned { reason })?;
        let hashed = text.join("\r\n");
        let signatures =
            self.verify_all(&mut Cursor::new(hashed.as_bytes()), &verify::read(&packets)?, now)?;
        let mut text = text.join("\n");
        text.push('\n');
        Ok(SignedText { text, signatures })
    }
}

/// Splits a document into the lines that are signed and the packets of the signatures.
fn split(document: &[u8]) -> Result<(Vec<&str>, Vec<u8>), &'static str> {
    let document = std::str::from_utf8(document).map_err(|_| "it is not UTF-8 text")?;
    let mut lines = document.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line));
    if lines.next() != Some(BEGIN) {
        return Err("it does not begin with a signed message");
    }
    let mut headers = lines.by_ref().take_while(|line| !line.is_empty());
    // Other headers change how the text is to be read, such as `NotDashEscaped`.
    if headers.any(|line| !line.starts_with("Hash: ")) {
        return Err("it has a header other than `Hash`");
    }
    let text = signed_lines(&mut lines)?;
    let packets = armor::block(&mut lines, armor::SIGNATURE)?;
    if lines.any(|line| !line.is_empty()) {
        return Err("something follows the signature");
    }
    Ok((text, packets))
}

/// Reads up to the line that begins the signatures.
fn signed_lines<'a>(
    lines: &mut impl Iterator<Item = &'a str>,
) -> Result<Vec<&'a str>, &'static str> {
    let mut text = Vec::new();
    for line in lines {
        if armor::begins(line) == Some(armor::SIGNATURE) {
            return Ok(text);
        }
        let plain = match line.strip_prefix("- ") {
            Some(rest) => rest,
            None if line.starts_with('-') => {
                return Err("a line begins with a dash that is not escaped");
            }
            None => line,
        };
        // A lone carriage return ends a line for some programs and not for others.
        if plain.contains('\r') {
            return Err("a carriage return stands inside a line");
        }
        text.push(plain.trim_end_matches([' ', '\t']));
    }
    Err("it has no signature")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAIL: &str = "-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n";

    fn split_text(body: &str) -> Result<Vec<String>, &'static str> {
        let document = format!("{BEGIN}\nHash: SHA256\n\n{body}{TAIL}");
        split(document.as_bytes())
            .map(|(lines, _)| lines.into_iter().map(ToOwned::to_owned).collect())
    }

    #[test]
    fn gives_the_lines_that_are_hashed() {
        assert_eq!(split_text("a \t\r\n- -b\n\nc\n").unwrap(), ["a", "-b", "", "c"]);
        assert_eq!(split_text("").unwrap(), [""; 0]);
    }

    #[test]
    fn refuses_what_other_programs_may_read_otherwise() {
        for body in ["-b\n", "a\rb\n", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n"] {
            assert!(split_text(body).is_err(), "{body:?}");
        }
        for document in [
            format!("x\n{BEGIN}\n\na\n{TAIL}"),
            format!("{BEGIN}\nNotDashEscaped: GnuPG\n\na\n{TAIL}"),
            format!("{BEGIN}\n\na\n{TAIL}x\n"),
            format!("{BEGIN}\n\na\n"),
            String::new(),
        ] {
            assert!(split(document.as_bytes()).is_err(), "{document}");
        }
    }
}
