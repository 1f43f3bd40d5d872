//! `cargo xtask check-links`: every relative link in a tracked document leads to a file and a heading.

use anyhow::{Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

pub(crate) fn run() -> Result<()> {
    let root = crate::places::workspace();
    let documents = super::tracked_files("md")?;
    let mut broken = Vec::new();
    let mut count = 0;
    for document in &documents {
        let text = fs::read_to_string(root.join(document))?;
        if text.lines().any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> ")) {
            broken.push(format!("{document}: marks of a merge stand in it"));
        }
        let text = without_code(&text);
        for link in
            links(&text).filter(|link| !link.contains("://") && !link.starts_with("mailto:"))
        {
            count += 1;
            if let Err(reason) = follow(root, document, link) {
                broken.push(format!("{document}: {link}: {reason}"));
            }
        }
    }
    for line in &broken {
        eprintln!("{line}");
    }
    if !broken.is_empty() {
        bail!("{} fault(s) in documents", broken.len());
    }
    println!("{count} links in {} documents lead somewhere", documents.len());
    Ok(())
}

fn follow(root: &Path, document: &str, link: &str) -> Result<()> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let here = root.join(document);
    let target = if file.is_empty() { here } else { here.parent().unwrap_or(root).join(file) };
    if !target.exists() {
        bail!("no such file");
    }
    if !heading.is_empty() && !headings(&fs::read_to_string(&target)?).contains(heading) {
        bail!("no such heading");
    }
    Ok(())
}

/// Drops fenced blocks and inline code, whose brackets are no links.
fn without_code(text: &str) -> String {
    let mut fenced = false;
    let mut kept = String::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            kept.extend(line.split('`').step_by(2));
            kept.push('\n');
        }
    }
    kept
}

fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(link, _)| link))
}

/// Gives the anchors of a document's headings in the form that code forges give them.
fn headings(text: &str) -> BTreeSet<String> {
    let mut fenced = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced && line.starts_with('#') {
            found.insert(anchor(line.trim_start_matches('#').trim()));
        }
    }
    found
}

fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter(|character| character.is_alphanumeric() || matches!(character, ' ' | '-' | '_'))
        .map(|character| if character == ' ' { '-' } else { character.to_ascii_lowercase() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{anchor, links, without_code};

    #[test]
    fn finds_links_but_not_those_in_code() {
        let text = without_code("[a](b.md) `[c](d)` [e](f#g)\n```\n[h](i)\n```\n");
        assert_eq!(links(&text).collect::<Vec<_>>(), ["b.md", "f#g"]);
    }

    #[test]
    fn makes_anchors_as_forges_do() {
        assert_eq!(anchor("Exit codes: `verify`"), "exit-codes-verify");
    }
}
