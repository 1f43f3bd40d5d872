//! The settings as tables for documents.

use super::{ABSENT, ARGUMENTS, SETTINGS};
use crate::markdown;
use crate::specification::Role;

/// Renders every key and every argument as a table in Markdown.
#[must_use]
pub fn table() -> String {
    let settings = SETTINGS.iter().map(|row| {
        vec![format!("`{}`", row.key), on(row.roles), row.rules.join(", "), row.why.to_owned()]
    });
    let arguments = ARGUMENTS.iter().map(|row| {
        let name = format!("`{}`: `{}`", row.key, row.name);
        vec![name, on(row.roles), row.rules.join(", "), row.why.to_owned()]
    });
    markdown::table(&["setting", "on", "rules", "because"], settings.chain(arguments))
}

/// Renders the keys that are left out as a table in Markdown.
#[must_use]
pub fn absent_table() -> String {
    let rows = ABSENT.iter().map(|(key, why)| vec![format!("`{key}`"), (*why).to_owned()]);
    markdown::table(&["key", "because"], rows)
}

fn on(roles: &[Role]) -> String {
    if roles == Role::ALL {
        return "all".to_owned();
    }
    roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ")
}
