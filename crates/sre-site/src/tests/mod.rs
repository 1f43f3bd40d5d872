mod contradictions;
mod examples;
mod reading;
mod secrets;
mod writing;

use sre_format::{Explain as _, Problem};

use crate::{SiteError, SiteFile};

const EVERYTHING: &str = include_str!("../../../../docs/examples/site/everything.toml");
const SINGLE: &str = include_str!("../../../../docs/examples/site/single-node.toml");
const BARE_METAL: &str = include_str!("../../../../docs/examples/site/bare-metal.toml");
const PROXMOX: &str = include_str!("../../../../docs/examples/site/proxmox.toml");

fn parse(text: &str) -> Result<SiteFile, SiteError> {
    SiteFile::parse("site.toml", text.as_bytes())
}

fn problems(text: &str) -> Vec<Problem> {
    parse(text).unwrap_err().problems().to_vec()
}

fn messages(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(ToString::to_string).collect()
}

/// Alters one part of a text, which must be there.
fn altered(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// Asserts that each alteration of a text gives an error with these words.
fn refuses(text: &str, cases: &[(&str, &str, &str)]) {
    for (from, to, message) in cases {
        let found = messages(&problems(&altered(text, from, to)));
        assert!(found.iter().any(|it| it.contains(message)), "{message}: {found:?}");
    }
}

/// Asserts that each alteration of a text gives a warning with these words and no error.
fn doubts(text: &str, cases: &[(&str, &str, &str)]) {
    for (from, to, message) in cases {
        let file = parse(&altered(text, from, to)).unwrap_or_else(|error| {
            panic!("{to}: {:?}", error.problems());
        });
        let found = messages(file.warnings());
        assert!(found.iter().any(|it| it.contains(message)), "{message}: {found:?}");
    }
}
