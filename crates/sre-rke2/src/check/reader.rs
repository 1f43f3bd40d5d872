//! Reads the file and looks at each key.

use std::collections::BTreeMap;

use serde_json::Value;
use sre_format::{Problem, WrittenFile};

use super::keys::{K3S_ONLY, all, find};
use super::{Member, values};

/// The largest file that is read, in bytes; a real one has a few thousand.
const MAX_SIZE: usize = 1 << 20;
/// How unlike a known key may be to be offered in its place (1 is equal).
const NEAR: f64 = 0.8;

/// Reads a `config.yaml` as strictly as RKE2 should; gives everything that is wrong with it.
///
/// `name` is what messages call the file. Keys may end in `+`, by which a file of `config.yaml.d`
/// adds to a list.
#[must_use]
pub fn check(name: &str, text: &str, member: Member) -> Vec<Problem> {
    match read(name, text) {
        Err(problem) => vec![problem],
        Ok((file, keys)) => {
            keys.iter().flat_map(|(key, value)| look(&file, text, key, value, member)).collect()
        }
    }
}

/// Reads the keys of the top level.
pub(super) fn read(
    name: &str,
    text: &str,
) -> Result<(WrittenFile, BTreeMap<String, Value>), Problem> {
    let file = WrittenFile::new(name, text);
    if text.len() > MAX_SIZE {
        return Err(file.problem(0..0, format!("the file is larger than {MAX_SIZE} bytes")));
    }
    if text.lines().all(|line| line.trim_start().starts_with('#') || line.trim().is_empty()) {
        return Ok((file, BTreeMap::new()));
    }
    match serde_saphyr::from_str::<BTreeMap<String, Value>>(text) {
        Ok(keys) => Ok((file, keys)),
        Err(error) => {
            let at = error.location().map_or(0..0, |location| {
                line_of(text, usize::try_from(location.line()).unwrap_or(1))
            });
            // The rest of the message is an excerpt, which our own display shows better.
            let message = error.to_string();
            let message = message.lines().next().unwrap_or("this is no YAML").to_owned();
            Err(file.problem(at, message))
        }
    }
}

fn look(
    file: &WrittenFile,
    text: &str,
    written: &str,
    value: &Value,
    member: Member,
) -> Vec<Problem> {
    let at = place(text, written);
    let name = written.strip_suffix('+').unwrap_or(written);
    let Some(key) = find(name) else {
        return vec![unknown(
            file.problem(at, format!("RKE2 has no key `{written}`")),
            name,
            member,
        )];
    };
    if !key.known.by(member) {
        let message = format!("agents have no key `{name}`");
        return vec![file.problem(at, message).with_help("only servers know it; remove it here")];
    }
    let wrong = values::wrong(&key, value).into_iter();
    wrong.map(|(message, help)| file.problem(at.clone(), message).with_help(help)).collect()
}

/// Says what is meant by a key that nobody knows.
fn unknown(problem: Problem, name: &str, member: Member) -> Problem {
    if K3S_ONLY.contains(&name) {
        return problem.with_help("it is a key of K3s, which RKE2 leaves out; remove it");
    }
    let known = all().filter(|key| key.known.by(member));
    let near = known
        .map(|key| (strsim::jaro_winkler(name, key.name), key.name))
        .filter(|(likeness, _)| *likeness > NEAR)
        .max_by(|first, second| first.0.total_cmp(&second.0));
    match near {
        Some((_, near)) => problem.with_help(format!("did you mean `{near}`?")),
        None => problem.with_help("RKE2 would skip it; remove it"),
    }
}

/// Finds where a key of the top level stands; the beginning of the file for keys in other forms.
pub(super) fn place(text: &str, key: &str) -> std::ops::Range<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim_start_matches(['"', '\'']);
        let after = bare.strip_prefix(key).map(|rest| rest.trim_start_matches(['"', '\'', ' ']));
        if after.is_some_and(|rest| rest.starts_with(':')) {
            let from = start + line.len() - bare.len();
            return from..from + key.len();
        }
        start += line.len();
    }
    0..0
}

fn line_of(text: &str, line: usize) -> std::ops::Range<usize> {
    let mut start = 0;
    for (index, content) in text.split_inclusive('\n').enumerate() {
        if index + 1 == line {
            return start..start + content.trim_end().len();
        }
        start += content.len();
    }
    text.len()..text.len()
}
