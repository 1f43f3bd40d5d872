//! What a run says while it works: one JSON object a line, versioned.
//!
//! The first line of an events file is `run-started`, the last one `run-finished` or
//! `run-failed`, the two terminal events: a file that ends otherwise belongs to a run that was
//! killed. `docs/events.md` describes each field.

use serde::Serialize;
use sre_format::{Fault, Timestamp};

use crate::Phase;

/// The version that every line carries; raised when a reader of the old lines would misread new ones.
pub const EVENTS_VERSION: u32 = 1;

/// Something that happened in a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Event {
    /// A program began to carry out a command.
    RunStarted {
        /// The program, such as `sre-bundle`.
        program: &'static str,
        /// Its version.
        program_version: &'static str,
        /// The verb, such as `lock`.
        command: &'static str,
    },
    /// A phase began.
    PhaseStarted {
        /// The phase.
        phase: Phase,
        /// What it will do, as a sentence without a full stop.
        what: String,
        /// What its progress counts.
        unit: Unit,
    },
    /// A step of a phase began.
    StepStarted {
        /// The phase that it belongs to.
        phase: Phase,
        /// Its number within the phase, from 1.
        step: u64,
        /// What it does.
        what: String,
    },
    /// A step of a phase ended.
    StepFinished {
        /// The phase that it belongs to.
        phase: Phase,
        /// Its number within the phase, from 1.
        step: u64,
        /// What it did.
        what: String,
        /// How it ended.
        #[serde(flatten)]
        outcome: Outcome,
    },
    /// A phase got further; at most ten of these come in a second, and one at its end.
    Progress {
        /// The phase.
        phase: Phase,
        /// Units done so far.
        done: u64,
        /// Units to do; grows while a phase finds more to do, and is absent when unknown.
        #[serde(skip_serializing_if = "Option::is_none")]
        total: Option<u64>,
    },
    /// Something failed that will be tried again.
    Retry {
        /// The phase.
        phase: Phase,
        /// What failed.
        what: String,
        /// The number of the try that failed, from 1.
        attempt: u32,
        /// The pause before the next try, in milliseconds.
        wait_milliseconds: u64,
        /// Why it failed.
        reason: String,
    },
    /// Something that a person should look at, though the run goes on.
    Warning {
        /// The phase in which it came up.
        #[serde(skip_serializing_if = "Option::is_none")]
        phase: Option<Phase>,
        /// The warning.
        message: String,
    },
    /// Something worth knowing.
    Note {
        /// The phase in which it came up.
        #[serde(skip_serializing_if = "Option::is_none")]
        phase: Option<Phase>,
        /// The remark.
        message: String,
    },
    /// A phase ended.
    PhaseFinished {
        /// The phase.
        phase: Phase,
        /// How it ended.
        #[serde(flatten)]
        outcome: Outcome,
        /// Units done.
        done: u64,
        /// How long it took.
        milliseconds: u64,
    },
    /// The run did what was asked (terminal).
    RunFinished {
        /// How long it took.
        milliseconds: u64,
    },
    /// The run failed (terminal).
    RunFailed {
        /// Whose fault it is.
        fault: Fault,
        /// The exit code of the program.
        exit_code: u8,
        /// What failed.
        message: String,
        /// The causes, outermost first.
        causes: Vec<String>,
        /// What to do next.
        #[serde(skip_serializing_if = "Option::is_none")]
        hint: Option<String>,
        /// How long the run took.
        milliseconds: u64,
    },
}

/// How a step or a phase ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// It did its work.
    Done,
    /// Its result stood there before.
    AlreadyDone,
    /// There was nothing to do.
    Skipped {
        /// Why not.
        reason: String,
    },
    /// It did its work, with something that a person should look at.
    Warned {
        /// What that is.
        reason: String,
    },
    /// It was left because the run failed; the terminal event says why.
    Abandoned,
}

/// What the progress of a phase counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unit {
    /// Bytes of payload.
    Bytes,
    /// Things, such as inputs or images.
    Items,
}

/// An event as a line of an events file has it.
#[derive(Serialize)]
pub(crate) struct Line<'a> {
    version: u32,
    time: Timestamp,
    #[serde(flatten)]
    event: &'a Event,
}

impl<'a> Line<'a> {
    pub(crate) fn of(event: &'a Event) -> Self {
        Self { version: EVENTS_VERSION, time: Timestamp::now(), event }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_carries_version_time_and_a_flat_event() {
        let event = Event::StepFinished {
            phase: Phase::Lock,
            step: 2,
            what: "image a".into(),
            outcome: Outcome::Skipped { reason: "known".into() },
        };
        let mut line = serde_json::to_value(Line::of(&event)).unwrap();
        assert!(line.as_object_mut().unwrap().remove("time").is_some());
        assert_eq!(
            line.to_string(),
            r#"{"event":"step-finished","outcome":"skipped","phase":"lock","reason":"known","step":2,"version":1,"what":"image a"}"#
        );
    }
}
