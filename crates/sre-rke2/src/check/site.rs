//! What a site adds to our settings.

use serde_json::Value;
use sre_format::Problem;

use super::reader::{place, read};
use super::{Member, check, values};
use crate::config::{ABSENT, ARGUMENTS, SETTINGS};

/// Checks settings of a site, for a file that RKE2 merges with ours: nothing may stand there that
/// we write, leave out on purpose, or that would undo what the STIG wants.
#[must_use]
pub fn check_site(name: &str, text: &str, member: Member) -> Vec<Problem> {
    let mut problems = check(name, text, member);
    let Ok((file, keys)) = read(name, text) else { return problems };
    for (written, value) in &keys {
        let key = written.strip_suffix('+').unwrap_or(written);
        for (message, help) in conflicts(written, key, value) {
            problems.push(file.problem(place(text, written), message).with_help(help));
        }
    }
    problems
}

fn conflicts(written: &str, key: &str, value: &Value) -> Vec<(String, String)> {
    if let Some((_, why)) = ABSENT.iter().find(|(absent, _)| *absent == key) {
        return vec![(format!("`{key}` is left out on purpose"), (*why).to_owned())];
    }
    if SETTINGS.iter().any(|setting| setting.key == key) {
        let message = format!("`{key}` is made from the site file");
        return vec![(message, "change it there".to_owned())];
    }
    let ours: Vec<_> = ARGUMENTS.iter().filter(|argument| argument.key == key).collect();
    if ours.is_empty() {
        return Vec::new();
    }
    if written == key {
        let message = format!("`{key}` would take the place of the whole list");
        return vec![(message, format!("write `{key}+`, which adds to it"))];
    }
    let mut found = Vec::new();
    for text in values::texts(value) {
        let name = text.split_once('=').map_or(text, |(name, _)| name);
        if let Some(argument) = ours.iter().find(|argument| argument.name == name) {
            let rules = argument.rules.join(", ");
            let why = if rules.is_empty() { argument.why } else { rules.as_str() };
            found.push((format!("`{name}` is set already ({why})"), "remove it here".to_owned()));
        }
    }
    found
}
