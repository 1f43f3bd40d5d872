//! Plain lines on stderr, where it is no terminal.

use std::io::Write as _;
use std::time::{Duration, Instant};

use super::{Bytes, Colour, Span, printable};
use crate::{Event, Outcome, Phase, Sink, Unit};

/// The least time between two lines of progress: a log is read later and should stay short.
const PAUSE: Duration = Duration::from_secs(10);

/// Which lines are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verbosity {
    /// Warnings alone (`--quiet`).
    Quiet,
    /// Phases, what is worth knowing, and progress from time to time.
    Normal,
}

/// Shows events as lines.
pub struct Plain {
    verbosity: Verbosity,
    colour: Colour,
    unit: Unit,
    last_progress: Instant,
}

impl Plain {
    /// Makes the display.
    #[must_use]
    pub fn new(verbosity: Verbosity, colour: Colour) -> Self {
        Self { verbosity, colour, unit: Unit::Items, last_progress: Instant::now() }
    }
}

impl Sink for Plain {
    fn receive(&mut self, event: &Event) {
        match event {
            Event::PhaseStarted { unit, .. } => {
                self.unit = *unit;
                self.last_progress = Instant::now();
            }
            Event::Progress { .. } if self.last_progress.elapsed() < PAUSE => return,
            Event::Progress { .. } => self.last_progress = Instant::now(),
            _ => {}
        }
        if let Some(line) = line(event, self.unit, self.verbosity, self.colour) {
            // A closed stderr is no reason to stop.
            let _written = writeln!(std::io::stderr().lock(), "{line}");
        }
    }
}

/// Gives the line for an event, where it deserves one.
pub(super) fn line(
    event: &Event,
    unit: Unit,
    verbosity: Verbosity,
    colour: Colour,
) -> Option<String> {
    let amount = |done: &u64| match unit {
        Unit::Bytes => Bytes(*done).to_string(),
        Unit::Items => done.to_string(),
    };
    if let Event::Warning { message, .. } = event {
        return Some(format!("{} {}", colour.paint("1;33", "warning:"), printable(message)));
    }
    if verbosity == Verbosity::Quiet {
        return None;
    }
    let said = |phase: &Phase, text: &str| {
        Some(format!("{} {}", colour.paint("36", &format!("{phase}:")), printable(text)))
    };
    match event {
        Event::PhaseStarted { phase, what, .. } => said(phase, what),
        Event::StepFinished { phase, what, outcome, .. } => match outcome {
            Outcome::Skipped { reason } => said(phase, &format!("skipped {what}: {reason}")),
            Outcome::Warned { reason } => said(phase, &format!("{what}: {reason}")),
            Outcome::Done | Outcome::AlreadyDone | Outcome::Abandoned => None,
        },
        Event::Progress { phase, done, total: Some(total) } => {
            said(phase, &format!("{} of {}", amount(done), amount(total)))
        }
        Event::Progress { phase, done, total: None } => said(phase, &amount(done)),
        Event::Retry { phase, what, attempt, wait_milliseconds, reason } => {
            let wait = Span(Duration::from_millis(*wait_milliseconds));
            // Most reasons name what failed, and nobody wants to read a long URL twice.
            let told =
                if reason.contains(what) { reason.clone() } else { format!("{what}: {reason}") };
            said(phase, &format!("{told}; try {} in {wait}", attempt + 1))
        }
        Event::Note { phase: Some(phase), message } => said(phase, message),
        Event::Note { phase: None, message } => Some(printable(message)),
        Event::PhaseFinished { phase, outcome, done, milliseconds } => {
            let time = Span(Duration::from_millis(*milliseconds));
            match outcome {
                Outcome::Done if *done > 0 => {
                    said(phase, &format!("done, {} in {time}", amount(done)))
                }
                Outcome::Done => said(phase, &format!("done in {time}")),
                Outcome::AlreadyDone => said(phase, "nothing to do, it was done before"),
                Outcome::Skipped { reason } => said(phase, &format!("skipped: {reason}")),
                Outcome::Warned { reason } => said(phase, &format!("done in {time}: {reason}")),
                Outcome::Abandoned => None,
            }
        }
        Event::StepStarted { .. }
        | Event::Warning { .. }
        | Event::RunStarted { .. }
        | Event::RunFinished { .. }
        | Event::RunFailed { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_still_warns() {
        let warning = Event::Warning { phase: None, message: "the clock is wrong".into() };
        let note = Event::Note { phase: None, message: "hello".into() };
        let shown = |event| line(event, Unit::Items, Verbosity::Quiet, Colour::None);
        assert_eq!(shown(&warning).as_deref(), Some("warning: the clock is wrong"));
        assert_eq!(shown(&note), None);
    }

    #[test]
    fn a_finished_phase_says_how_much_and_how_long() {
        let event = Event::PhaseFinished {
            phase: Phase::Fetch,
            outcome: Outcome::Done,
            done: 1_650_000_000,
            milliseconds: 1670,
        };
        let shown = line(&event, Unit::Bytes, Verbosity::Normal, Colour::None);
        assert_eq!(shown.as_deref(), Some("fetch: done, 1.65 GB in 1.67 s"));
    }
}
