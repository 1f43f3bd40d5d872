//! First contact: a person reads the fingerprint from paper.

use std::io::{BufRead, Write};

use sre_format::signature::{Fingerprint, Form, PublicKey, SignatureFile};

use super::TrustSourceError;

/// How often a person may mistype before the run ends.
const ATTEMPTS: usize = 3;
/// The longest line that is read, in bytes; a fingerprint has 64 with its hyphens.
const MAX_LINE: u64 = 1024;

/// Asks for the whole fingerprint and gives the key of the bundle that has it.
///
/// Nothing of any fingerprint is written before one matches: who types what they were shown has
/// compared nothing. The key that is given back is believed because of the paper; whether it made
/// the bundle's signatures remains to be checked.
pub fn for_fingerprint(
    files: &[SignatureFile],
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<PublicKey, TrustSourceError> {
    let candidates = candidates(files);
    if candidates.is_empty() {
        return Err(TrustSourceError::NoCandidate);
    }
    let asked = TrustSourceError::Ask;
    writeln!(
        output,
        "This machine knows no key to check the bundle with. Type the whole fingerprint of the\n\
         key from the paper that came with it, 13 groups of four; case, spaces and hyphens do not matter."
    )
    .map_err(asked)?;
    for _ in 0..ATTEMPTS {
        write!(output, "fingerprint: ").and_then(|()| output.flush()).map_err(asked)?;
        let Some(line) = read_line(input).map_err(asked)? else { break };
        let problem = match line.parse::<Fingerprint>() {
            Ok(typed) => match candidates.iter().find(|key| key.id() == typed.id()) {
                Some(key) => return Ok(key.clone()),
                None => "no key in this bundle has that fingerprint".to_owned(),
            },
            Err(error) => error.to_string(),
        };
        writeln!(output, "{problem}").map_err(asked)?;
    }
    Err(TrustSourceError::NoMatch)
}

/// Reads the public keys that the bundle carries under their own ids.
fn candidates(files: &[SignatureFile]) -> Vec<PublicKey> {
    let key = |file: &SignatureFile| {
        let (id, _) = file.meaning().ok().filter(|(_, form)| *form == Form::PublicKey)?;
        let key = PublicKey::from_pem(std::str::from_utf8(&file.bytes).ok()?).ok()?;
        (key.id() == id).then_some(key)
    };
    files.iter().filter_map(key).collect()
}

/// Reads a line as text, whatever was typed: what is no fingerprint is a wrong answer and no failure.
fn read_line(input: &mut impl BufRead) -> std::io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = std::io::Read::take(input, MAX_LINE).read_until(b'\n', &mut line)?;
    Ok((read > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEORcVI0ip4YDg+8naLNPbu70hNycq
GF9zbVY0S9825CnLaizPK5HEJs5ZdPfLYI8lsNIK5ZAQ0x6yhtSl6zkHow==
-----END PUBLIC KEY-----
";

    fn key() -> PublicKey {
        PublicKey::from_pem(PEM).unwrap()
    }

    fn ask(typed: &str) -> (Result<PublicKey, TrustSourceError>, String) {
        ask_bytes(typed.as_bytes())
    }

    fn ask_bytes(mut typed: &[u8]) -> (Result<PublicKey, TrustSourceError>, String) {
        let file = SignatureFile::new(key().id(), Form::PublicKey, PEM.as_bytes().to_vec());
        let mut output = Vec::new();
        let result = for_fingerprint(&[file], &mut typed, &mut output);
        (result, String::from_utf8(output).unwrap())
    }

    #[test]
    fn the_fingerprint_from_paper_gives_the_key() {
        let typed = key().id().fingerprint().to_string().to_lowercase();
        assert_eq!(ask(&typed).0.unwrap(), key());
        assert_eq!(ask(&format!("oops\n{typed}\n")).0.unwrap(), key());
    }

    #[test]
    fn a_slip_on_a_keyboard_of_another_encoding_may_be_mended() {
        let right = key().id().fingerprint().to_string();
        let typed = [&b"\xfc\xff\n"[..], right.as_bytes(), b"\n"].concat();
        assert_eq!(ask_bytes(&typed).0.unwrap(), key());
    }

    #[test]
    fn three_wrong_answers_or_none_end_it() {
        let other = sre_format::signature::KeyId::from_bytes([1; 32]).fingerprint().to_string();
        for typed in ["", "\n\n\n\n", &format!("{other}\n{other}\n{other}\n")] {
            assert!(matches!(ask(typed).0, Err(TrustSourceError::NoMatch)), "{typed:?}");
        }
    }

    #[test]
    fn shows_nothing_of_the_fingerprint() {
        let fingerprint = key().id().fingerprint();
        let (result, shown) = ask(&"wrong\n".repeat(3));
        assert!(result.is_err());
        for group in fingerprint.groups() {
            assert!(!shown.contains(&group), "{shown}");
        }
        assert!(!shown.contains(&key().id().to_string()[..4]));
    }

    #[test]
    fn a_key_under_another_name_is_no_candidate() {
        let other = sre_format::signature::KeyId::from_bytes([1; 32]);
        let file = SignatureFile::new(other, Form::PublicKey, PEM.as_bytes().to_vec());
        let result = for_fingerprint(&[file], &mut &b""[..], &mut Vec::new());
        assert!(matches!(result, Err(TrustSourceError::NoCandidate)));
    }
}
