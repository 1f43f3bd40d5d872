//! The tables of this crate for people.

use crate::{config, modes, ports, stig};

/// Renders every table in Markdown, each below a heading; `docs/rke2.md` has them between markers.
#[must_use]
pub fn tables() -> String {
    [
        ("The rules", stig::table()),
        ("Every setting, and why", config::table()),
        ("What is left out on purpose", config::absent_table()),
        ("What stays of the packaged components", config::components_table()),
        ("Owners and modes", modes::table()),
        ("Ports", ports::table()),
    ]
    .into_iter()
    .map(|(heading, table)| format!("### {heading}\n\n{table}"))
    .collect::<Vec<_>>()
    .join("\n")
}
