//! `cargo xtask generate`: writes the files that are made from code, so that they cannot lie.
//!
//! CI runs it and wants `git diff` to show nothing.

use anyhow::{Context as _, Result};
use clap::CommandFactory as _;
use clap_complete::{Generator as _, Shell};
use sre_format::Fault;
use std::fmt::Write as _;
use std::fs;

const BEGIN: &str = "<!-- begin generated: cargo xtask generate -->\n";
const END: &str = "<!-- end generated -->\n";

pub(crate) fn run() -> Result<()> {
    replace_part("docs/exit-codes.md", &exit_codes()?)?;
    replace_part("docs/rke2.md", &sre_rke2::tables())?;
    replace_part("docs/phases/preflight.md", &sre_install::preflight::tables())?;
    for (name, schema) in
        [("manifest", sre_format::manifest::schema()), ("site", sre_site::schema())]
    {
        let schema = serde_json::to_string_pretty(&schema)?;
        write(&format!("docs/schemas/{name}.schema.json"), format!("{schema}\n").as_bytes())?;
    }
    let pages = crate::places::workspace().join("docs/man");
    if pages.exists() {
        // Without this, the page of a verb that is gone would stay.
        fs::remove_dir_all(&pages)?;
    }
    fs::create_dir_all(&pages)?;
    for command in [sre_bundle::Cli::command(), sre_install::Cli::command()] {
        clap_mangen::generate_to(command.clone().disable_help_subcommand(true), &pages)?;
        completions(command)?;
    }
    statements()
}

/// Writes the repository's own lock, as `sre-bundle lock --from-list` would, until upstreams have confirmed it.
fn statements() -> Result<()> {
    let root = crate::places::workspace();
    let path = root.join("images.lock");
    let (manifest, _) = sre_bundle::inputs::read_manifest(&root.join("manifest.toml"))?;
    let old = sre_bundle::inputs::read_lock_if_any(&path)?;
    if old.as_ref().is_some_and(|old| old.inputs().next().is_some()) {
        return Ok(());
    }
    let list = root.join("platform/stated-digests.txt");
    let time = sre_bundle::lock::time_of_lock()?;
    let lock = sre_bundle::lock::unconfirmed(&list, &manifest, old.as_ref(), &path, time)?;
    write("images.lock", lock.to_string().as_bytes())
}

/// Writes the completions for the shells that people use.
fn completions(mut command: clap::Command) -> Result<()> {
    let name = command.get_name().to_owned();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let mut text = Vec::new();
        clap_complete::generate(shell, &mut command, &name, &mut text);
        write(&format!("docs/completions/{}", shell.file_name(&name)), &text)?;
    }
    Ok(())
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
    write(document, renewed.as_bytes())
}

/// Writes a file unless it is the same already.
fn write(path: &str, content: &[u8]) -> Result<()> {
    let full = crate::places::workspace().join(path);
    if fs::read(&full).is_ok_and(|there| there == content) {
        return Ok(());
    }
    if let Some(folder) = full.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(&full, content).with_context(|| format!("cannot write {path}"))?;
    println!("wrote {path}");
    Ok(())
}
