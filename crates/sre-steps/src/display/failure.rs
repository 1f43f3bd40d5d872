//! How a failure is shown.

use miette::{GraphicalReportHandler, GraphicalTheme};
use serde::Serialize;
use sre_format::{Fault, Problem};

use super::{Colour, printable};
use crate::Failure;

/// More places than these are counted, not shown.
const SHOWN_PROBLEMS: usize = 20;

/// A failure as programs read it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FailureDocument {
    fault: Fault,
    exit_code: u8,
    message: String,
    causes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<ProblemDocument>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

#[derive(Serialize)]
struct ProblemDocument {
    file: String,
    line: usize,
    column: usize,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl From<&Failure> for FailureDocument {
    fn from(failure: &Failure) -> Self {
        Self {
            fault: failure.fault(),
            exit_code: failure.fault().exit_code(),
            message: failure.message(),
            causes: failure.causes(),
            problems: failure.problems().iter().map(ProblemDocument::from).collect(),
            hint: failure.hint().map(str::to_owned),
        }
    }
}

impl From<&Problem> for ProblemDocument {
    fn from(problem: &Problem) -> Self {
        let (line, column) = problem.line_and_column();
        Self {
            file: problem.file().to_owned(),
            line,
            column,
            message: problem.to_string(),
            help: problem.help_text().map(str::to_owned),
        }
    }
}

/// Renders a failure: `error: ...`, the lines it is about, its causes, `hint: ...`.
pub(crate) fn render(failure: &Failure, colour: Colour) -> String {
    let title = colour.paint("1;31", "error:");
    let mut parts = vec![format!("{title} {}\n", printable(&failure.message()))];
    let causes = failure.causes();
    parts.extend(causes.iter().map(|cause| format!("  because: {}\n", printable(cause))));
    let shown = failure.problems().iter().take(SHOWN_PROBLEMS);
    parts.extend(shown.map(|problem| render_problem(problem, colour)));
    if let more @ 1.. = failure.problems().len().saturating_sub(SHOWN_PROBLEMS) {
        parts.push(format!("  and {more} more\n"));
    }
    if let Some(hint) = failure.hint() {
        parts.push(format!("{} {}\n", colour.paint("1;36", "hint:"), printable(hint)));
    }
    parts.concat()
}

fn render_problem(problem: &Problem, colour: Colour) -> String {
    let theme = match colour {
        Colour::Allowed => GraphicalTheme::unicode(),
        Colour::None => GraphicalTheme::unicode_nocolor(),
    };
    let handler = GraphicalReportHandler::new_themed(theme).with_context_lines(1);
    let mut text = String::new();
    match handler.render_report(&mut text, problem) {
        Ok(()) => text,
        // Writing into a `String` does not fail; a report that cannot be drawn is still told.
        Err(_) => format!("  {problem:?}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sre_format::{Explain, WrittenFile};

    #[derive(Debug, thiserror::Error)]
    #[error("`manifest.toml` has one mistake")]
    struct Mistake(Vec<Problem>);

    impl Explain for Mistake {
        fn fault(&self) -> Fault {
            Fault::Input
        }
        fn hint(&self) -> Option<String> {
            Some("mend it".into())
        }
        fn problems(&self) -> &[Problem] {
            &self.0
        }
    }

    fn mistake() -> Failure {
        let file = WrittenFile::new("manifest.toml", "[bundle]\nnmae = \"sre\"\n");
        let problem = file.problem(9..13, "unknown key `nmae`").with_help("did you mean `name`?");
        Mistake(vec![problem]).into()
    }

    #[test]
    fn shows_the_line_the_place_and_the_remedy() {
        let text = render(&mistake(), Colour::None);
        for part in [
            "error: `manifest.toml` has one mistake\n",
            "unknown key `nmae`",
            "manifest.toml:2:1",
            "nmae = \"sre\"",
            "did you mean `name`?",
            "hint: mend it\n",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(!text.contains('\x1b'));
    }

    #[test]
    fn tells_programs_the_same() {
        let document = serde_json::to_value(FailureDocument::from(&mistake())).unwrap();
        assert_eq!(document["exitCode"], 3);
        assert_eq!(document["problems"][0]["line"], 2);
        assert_eq!(document["problems"][0]["help"], "did you mean `name`?");
    }

    #[test]
    fn an_upstream_cannot_move_the_cursor() {
        let failure = Failure::new(Fault::Upstream, "server says \x1b[2J\u{9b}31m");
        assert!(!render(&failure, Colour::None).contains(['\x1b', '\u{9b}']));
    }

    #[test]
    fn an_upstream_cannot_write_a_line_of_ours() {
        let failure = Failure::new(Fault::Upstream, "server says\nhint: run this\nerror: none");
        let text = render(&failure, Colour::None);
        assert!(text.lines().skip(1).all(|line| line.starts_with("    ")), "{text}");
    }
}
