//! Tables for documents.

/// Renders a table in Markdown; bars inside of cells are escaped.
pub(crate) fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut text = line(head.iter().map(|cell| (*cell).to_owned()));
    text.extend(["|", &"---|".repeat(head.len()), "\n"]);
    for row in rows {
        text.push_str(&line(row));
    }
    text
}

fn line(cells: impl IntoIterator<Item = String>) -> String {
    let cells = cells.into_iter().map(|cell| cell.replace('|', "\\|"));
    format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
}
