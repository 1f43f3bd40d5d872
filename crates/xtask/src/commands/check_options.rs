//! `cargo xtask check-options`: every option of both programs stands where a reader looks for it, and no table names one that is gone.
//!
//! The page of a verb under `docs/phases/` has the verb's own options, `docs/command-line.md` those that verbs share.

use anyhow::{Context as _, Result, bail};
use clap::{Command, CommandFactory as _};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The page of options that verbs share.
const SHARED: &str = "docs/command-line.md";

pub(crate) fn run() -> Result<()> {
    let programs = [sre_bundle::Cli::command(), sre_install::Cli::command()];
    let root = crate::places::workspace();
    let shared = read(&root.join(SHARED))?;
    let common: BTreeSet<String> = programs.iter().flat_map(options).collect();
    let mut known = common.clone();
    // clap adds these two by itself.
    known.extend(["help".to_owned(), "version".to_owned()]);
    let mut faults = Vec::new();
    for verb in programs.iter().flat_map(Command::get_subcommands) {
        let page = page_of(root, verb.get_name());
        let text = read(&page)?;
        for part in std::iter::once(verb).chain(verb.get_subcommands()) {
            for option in options(part) {
                if !mentions(&text, &option) && !mentions(&shared, &option) {
                    let page = page.strip_prefix(root).unwrap_or(&page).display();
                    faults.push(format!("{page} does not say what --{option} does"));
                }
                known.insert(option);
            }
        }
    }
    let unsaid = common.iter().filter(|option| !mentions(&shared, option));
    faults.extend(unsaid.map(|option| format!("{SHARED} does not say what --{option} does")));
    for page in super::tracked_files("md")? {
        let rows = rows_of_options(&read(&root.join(&page))?);
        let gone = rows.into_iter().filter(|option| !known.contains(option));
        faults.extend(gone.map(|option| format!("{page} has a row for --{option}, which is gone")));
    }
    for fault in &faults {
        eprintln!("{fault}");
    }
    if !faults.is_empty() {
        bail!("{} option(s) and documents disagree", faults.len());
    }
    println!("{} options of both programs are documented", known.len());
    Ok(())
}

/// Gives the long names of a command's own options, other names for them included.
fn options(command: &Command) -> Vec<String> {
    let names = command.get_arguments().filter(|option| !option.is_hide_set()).flat_map(|option| {
        let others = option.get_visible_aliases().unwrap_or_default();
        option.get_long().into_iter().chain(others)
    });
    names.map(str::to_owned).collect()
}

fn page_of(root: &Path, verb: &str) -> PathBuf {
    let page = root.join(format!("docs/phases/{verb}.md"));
    if page.exists() { page } else { root.join(format!("docs/{verb}.md")) }
}

fn read(page: &Path) -> Result<String> {
    fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))
}

fn mentions(text: &str, option: &str) -> bool {
    named(text).any(|name| name == option)
}

/// Gives every `--name` of a text, without its dashes.
fn named(text: &str) -> impl Iterator<Item = &str> {
    text.split("--").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_lowercase() && c != '-');
        rest[..end.unwrap_or(rest.len())].trim_end_matches('-')
    })
}

/// Gives the options that begin rows of tables: these describe, where text may name foreign ones.
fn rows_of_options(text: &str) -> Vec<String> {
    let rows = text.lines().filter(|line| line.starts_with("| `-"));
    let cells = rows.filter_map(|line| line.split(" | ").next());
    cells.flat_map(named).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{mentions, rows_of_options};

    #[test]
    fn tells_an_option_from_one_that_begins_like_it() {
        assert!(mentions("give `--key FILE` or `--tls-key`", "key"));
        assert!(!mentions("give `--key-file FILE`", "key"));
    }

    #[test]
    fn reads_the_first_cells_of_tables() {
        let text = "| `-o FILE`, `--output FILE` | not `--other` |\ntext with `--foreign`\n";
        assert_eq!(rows_of_options(text), ["output"]);
    }
}
