//! The rules as a table for documents.

use super::{Answer, RULES, Release};
use crate::markdown;

/// Renders the rules with their answers as a table in Markdown.
#[must_use]
pub fn table() -> String {
    let rows = RULES.iter().map(|rule| {
        let releases = Release::ALL.into_iter().filter(|release| rule.is_in(*release));
        let releases = releases.map(Release::as_str).collect::<Vec<_>>().join(", ");
        let answers = rule.answers.iter().map(words).collect::<Vec<_>>().join("<br>");
        vec![
            rule.id.to_owned(),
            rule.vulnerability.to_owned(),
            rule.category.as_str().to_owned(),
            releases,
            rule.title.to_owned(),
            answers,
        ]
    });
    markdown::table(&["rule", "vulnerability", "CAT", "releases", "wants", "answer"], rows)
}

fn words(answer: &Answer) -> String {
    match answer {
        Answer::Setting(key) => format!("setting `{key}`"),
        Answer::Argument(key, name) => format!("argument `{name}` in `{key}`"),
        Answer::File(path) => format!("file `{path}`"),
        Answer::Modes => "the table of modes below, kept by a timer".to_owned(),
        Answer::Ports => "the table of ports below".to_owned(),
        Answer::Platform(what) => format!("platform: {what}"),
        Answer::Manual(what) => format!("by hand: {what}"),
        Answer::Deviation(what) => format!("**deviation**: {what}"),
        Answer::NotApplicable(why) => format!("nothing to do: {why}"),
    }
}
