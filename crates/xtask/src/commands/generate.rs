//! `cargo xtask generate`: writes the files that are made from code, so that they cannot lie.
//!
//! CI runs it and wants `git diff` to show nothing.

use anyhow::{Context as _, Result};
use sre_format::Fault;
use std::fmt::Write as _;
use std::fs;

const BEGIN: &str = "<!-- begin generated: cargo xtask generate -->\n";
const END: &str = "<!-- end generated -->\n";

pub(crate) fn run() -> Result<()> {
    replace_part("docs/exit-codes.md", &exit_codes()?)
}

/// Renders the table of exit codes.
fn exit_codes() -> Result<String> {
    let mut table = String::from("| code | fault | what it means |\n|---|---|---|\n");
    table.push_str("| 0 | | done |\n");
    for fault in Fault::ALL {
        let name = serde_json::to_value(fault)?;
        let name = name.as_str().context("a fault has no name")?;
        writeln!(table, "| {} | {name} | {} |", fault.exit_code(), fault.meaning())?;
    }
    Ok(table)
}

/// Replaces what stands between the two markers of a document.
fn replace_part(document: &str, part: &str) -> Result<()> {
    let path = crate::places::workspace().join(document);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {document}"))?;
    let missing = || format!("{document} lacks a marker of the generated part");
    let (before, rest) = text.split_once(BEGIN).with_context(missing)?;
    let (_, after) = rest.split_once(END).with_context(missing)?;
    let renewed = format!("{before}{BEGIN}{part}{END}{after}");
    if renewed != text {
        fs::write(&path, renewed)?;
        println!("wrote {document}");
    }
    Ok(())
}
