//! Displays: the only place of the libraries that prints.
//!
//! stdout carries data: the text or the one JSON document that a verb answers with. Everything
//! else goes to stderr: a bar with bytes, rate and time left on a terminal, plain lines where
//! there is none, warnings and the failure. `--events FILE` has the same as JSON lines. A display
//! only listens to events, so that all of them tell the same story.

mod amount;
mod console;
mod failure;
mod json_lines;
mod plain;
mod terminal;

pub use amount::{Bytes, Span};
pub use console::{Answer, Console, Format};
pub use json_lines::JsonLines;
pub use plain::{Plain, Verbosity};
pub use terminal::Terminal;

pub(crate) use failure::{FailureDocument, render as render_failure};

use std::io::IsTerminal as _;

/// Whether text may carry colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// The place that shows it understands them, and nobody asked for none.
    Allowed,
    /// `NO_COLOR` is set, or it is no terminal.
    None,
}

impl Colour {
    /// Decides for stderr (<https://no-color.org>).
    #[must_use]
    pub fn of_stderr() -> Self {
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if !refused && stderr_is_capable() { Self::Allowed } else { Self::None }
    }

    pub(crate) fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Allowed => format!("\x1b[{code}m{text}\x1b[0m"),
            Self::None => text.to_owned(),
        }
    }
}

/// Says whether stderr is a terminal that can move its cursor.
pub(crate) fn stderr_is_capable() -> bool {
    std::io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Makes a message of ours out of a text that may repeat a stranger's: without control characters,
/// and with every line but the first indented, so that none passes for a line of our own.
pub(crate) fn printable(text: &str) -> String {
    without_controls(text).replace('\n', "\n    ")
}

/// Replaces control characters, which a stranger could use to rewrite what a person sees.
pub(crate) fn without_controls(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c })
        .collect()
}
