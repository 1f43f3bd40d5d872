//! Takes secrets out of a text before any line of it is shown.
//!
//! A message shows the line that is wrong with its neighbours, and a secret may stand in any of them.
//! Two looks find them: one at whatever is named like a secret, which works for a text that is no
//! TOML; and one at the values that the schema has no room for.

use std::ops::Range;

use sre_format::shape::Misfit;

use crate::words::EnvironmentName;

/// Parts of keys whose values are taken for secrets.
const SECRET_NAMES: [&str; 7] =
    ["passw", "pasw", "secret", "token", "passphrase", "pwd", "credential"];

/// Puts an asterisk in the place of every byte of these ranges, so that no position moves.
pub(crate) fn masked(text: &str, ranges: &[Range<usize>]) -> String {
    let mut is_secret = vec![false; text.len()];
    for range in ranges {
        is_secret.iter_mut().take(range.end).skip(range.start).for_each(|byte| *byte = true);
    }
    let mut masked = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        if is_secret[at] && !matches!(letter, '\n' | '\r') {
            masked.extend(std::iter::repeat_n('*', letter.len_utf8()));
        } else {
            masked.push(letter);
        }
    }
    masked
}

/// Finds what stands, in quotes, behind a key that is named like a secret; also in comments.
pub(crate) fn named_like_secrets(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some(sign) = text[at..].find('=').map(|sign| at + sign) {
        at = sign + 1;
        let key = text[..sign].rsplit(['\n', '{', ',', '=']).next().unwrap_or_default();
        let names_a_variable = key.trim() == "environment";
        if !names_a_variable && !is_named_like_a_secret(key) {
            continue;
        }
        let blank = text[at..].len() - text[at..].trim_start_matches([' ', '\t']).len();
        let value = value_at(text, at + blank);
        if names_a_variable && is_a_name(&text[value.clone()]) {
            continue;
        }
        at = value.end;
        found.push(value);
    }
    found
}

/// Gives the values that have no room in the schema.
pub(crate) fn misplaced(misfits: &[Misfit<'_>]) -> Vec<Range<usize>> {
    misfits.iter().filter_map(|misfit| misfit.value.clone()).collect()
}

/// Tells whether the value of such a key is taken for a secret.
pub(crate) fn is_named_like_a_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    SECRET_NAMES.iter().any(|part| key.contains(part))
}

/// Tells whether the name of a variable begins a value; if not, the secret itself may stand there.
fn is_a_name(value: &str) -> bool {
    let name = value.split(['"', '\'']).nth(1).unwrap_or_default();
    name.parse::<EnvironmentName>().is_ok()
}

/// Gives what stands at the right of a `=`: nothing where a table begins, since keys follow in it;
/// a text of several lines to its end; else the rest of the line.
fn value_at(text: &str, start: usize) -> Range<usize> {
    let value = &text[start..];
    if value.starts_with('{') {
        return start..start;
    }
    for quotes in ["\"\"\"", "'''"] {
        if let Some(inner) = value.strip_prefix(quotes) {
            let length = inner.find(quotes).map_or(value.len(), |end| end + 2 * quotes.len());
            return start..start + length;
        }
    }
    start..start + value.find('\n').unwrap_or(value.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hides_what_is_named_like_a_secret_and_moves_no_byte() {
        for (text, shown) in [
            ("password = \"hunter2\"\nb = 1", "password = *********\nb = 1"),
            ("# Sudo-Password = 'ä'", "# Sudo-Password = ****"),
            ("become = { password = \"hunter2\" }", "become = { password = ***********"),
            ("x = { token = { file = \"t\" } }", "x = { token = { file = \"t\" } }"),
            ("token = \"\"\"a\nb\"\"\"\nc = \"d\"", "token = ****\n****\nc = \"d\""),
            ("token = \"\"\"a\nb", "token = ****\n*"),
            ("a = { environment = \"hunter2\" }", "a = { environment = ***********"),
            ("a = { environment = \"NAME\" }", "a = { environment = \"NAME\" }"),
            ("api_token=\"open", "api_token=*****"),
            ("name = \"token\"", "name = \"token\""),
            ("secret =", "secret ="),
        ] {
            assert_eq!(masked(text, &named_like_secrets(text)), shown);
        }
    }
}
