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
    replace_part("docs/exit-codes.md", &exit_codes()?)?;
    let schema = serde_json::to_string_pretty(&sre_format::manifest::schema())?;
    replace_whole("docs/schemas/manifest.schema.json", &format!("{schema}\n"))
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

/// Replaces a document that is made from code as a whole.
fn replace_whole(document: &str, text: &str) -> Result<()> {
    let path = crate::places::workspace().join(document);
    if fs::read_to_string(&path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&path, text).with_context(|| format!("cannot write {document}"))?;
    println!("wrote {document}");
    Ok(())
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
