//! The modes as a table for documents.

use super::{Kind, MODES, OWNER};
use crate::markdown;

/// Renders the table of owners and modes in Markdown.
#[must_use]
pub fn table() -> String {
    let rows = MODES.iter().map(|row| {
        let kind = match row.kind {
            Kind::Folder => "folders",
            Kind::File => "files",
        };
        let mode =
            row.mode.map_or_else(|| "as RKE2 has it".to_owned(), |mode| format!("{mode:04o}"));
        let path = format!("`{}/{}`", row.base, row.below);
        vec![path, kind.to_owned(), OWNER.to_owned(), mode, row.why.to_owned()]
    });
    markdown::table(&["path", "", "owner", "mode", "remark"], rows)
}
