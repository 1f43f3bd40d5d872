//! The handle through which everything is reported.
//!
//! A [`Reporter`] is cheap to clone and safe to share; without sinks it does nothing, which is
//! what tests and library callers without a display use. A [`PhaseReporter`] counts its progress
//! in atomics, so that a transfer may report every buffer: events are made ten times a second.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::{Event, Outcome, Phase, Unit};

/// The least time between two progress events of a phase.
const PROGRESS_PAUSE: Duration = Duration::from_millis(100);

/// Something that takes events: a display or a file.
pub trait Sink: Send {
    /// Takes one event; must not block for long and must not fail the run.
    fn receive(&mut self, event: &Event);
}

type Sinks = Mutex<Vec<Box<dyn Sink>>>;

/// Takes what happens in a run to every sink.
#[derive(Clone, Default)]
pub struct Reporter {
    sinks: Option<Arc<Sinks>>,
}

impl Reporter {
    /// Makes a reporter that nobody listens to.
    #[must_use]
    pub fn silent() -> Self {
        Self::default()
    }

    /// Makes a reporter that tells each of the sinks.
    #[must_use]
    pub fn to(sinks: Vec<Box<dyn Sink>>) -> Self {
        Self { sinks: Some(Arc::new(Mutex::new(sinks))) }
    }

    /// Takes one event to every sink.
    pub fn emit(&self, event: &Event) {
        if let Some(sinks) = &self.sinks {
            // A sink that panicked once may still show the rest.
            let mut sinks = sinks.lock().unwrap_or_else(PoisonError::into_inner);
            sinks.iter_mut().for_each(|sink| sink.receive(event));
        }
    }

    /// Drops the sinks, which closes displays and files; later events go nowhere.
    pub(crate) fn close(&self) {
        if let Some(sinks) = &self.sinks {
            sinks.lock().unwrap_or_else(PoisonError::into_inner).clear();
        }
    }

    /// Begins a phase whose progress counts `unit`s; `what` is shown to people.
    #[must_use]
    pub fn phase(&self, phase: Phase, what: impl Into<String>, unit: Unit) -> PhaseReporter {
        self.emit(&Event::PhaseStarted { phase, what: what.into(), unit });
        PhaseReporter {
            shared: Arc::new(Shared {
                reporter: self.clone(),
                phase,
                started: Instant::now(),
                done: AtomicU64::new(0),
                total: AtomicU64::new(0),
                steps: AtomicU64::new(0),
                told: AtomicU64::new(0),
                finished: AtomicBool::new(false),
            }),
        }
    }

    /// Warns of something outside any phase.
    pub fn warn(&self, message: impl Into<String>) {
        self.emit(&Event::Warning { phase: None, message: message.into() });
    }

    /// Remarks something outside any phase.
    pub fn note(&self, message: impl Into<String>) {
        self.emit(&Event::Note { phase: None, message: message.into() });
    }
}

/// Reports one phase; clones report the same one.
///
/// A phase whose last handle is dropped before [`PhaseReporter::finish`] was left by a failure,
/// and is reported as abandoned.
#[derive(Clone)]
pub struct PhaseReporter {
    shared: Arc<Shared>,
}

struct Shared {
    reporter: Reporter,
    phase: Phase,
    started: Instant,
    done: AtomicU64,
    total: AtomicU64,
    steps: AtomicU64,
    /// Milliseconds from the start at which the next progress event may come.
    told: AtomicU64,
    finished: AtomicBool,
}

impl PhaseReporter {
    /// Makes a phase that nobody listens to.
    #[must_use]
    pub fn silent(phase: Phase) -> Self {
        Reporter::silent().phase(phase, "", Unit::Items)
    }

    /// Gives the phase that it reports.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.shared.phase
    }

    /// Adds units to what the phase has to do.
    pub fn expect(&self, units: u64) {
        self.shared.total.fetch_add(units, Ordering::Relaxed);
    }

    /// Adds units to what the phase has done.
    pub fn advance(&self, units: u64) {
        self.shared.done.fetch_add(units, Ordering::Relaxed);
        if self.shared.reporter.sinks.is_some() && self.shared.may_tell() {
            self.shared.tell();
        }
    }

    /// Begins a step, which ends with the value that this gives.
    pub fn step(&self, what: impl Into<String>) -> Step {
        let what = what.into();
        let step = self.shared.steps.fetch_add(1, Ordering::Relaxed) + 1;
        let phase = self.shared.phase;
        self.shared.reporter.emit(&Event::StepStarted { phase, step, what: what.clone() });
        Step { reporter: self.shared.reporter.clone(), phase, number: step, what, open: true }
    }

    /// Warns of something that a person should look at.
    pub fn warn(&self, message: impl Into<String>) {
        let phase = Some(self.shared.phase);
        self.shared.reporter.emit(&Event::Warning { phase, message: message.into() });
    }

    /// Remarks something worth knowing.
    pub fn note(&self, message: impl Into<String>) {
        let phase = Some(self.shared.phase);
        self.shared.reporter.emit(&Event::Note { phase, message: message.into() });
    }

    /// Says that `what` failed for the `attempt`th time and will be tried again after `wait`.
    pub fn retry(&self, what: &str, attempt: u32, wait: Duration, reason: &str) {
        self.shared.reporter.emit(&Event::Retry {
            phase: self.shared.phase,
            what: what.to_owned(),
            attempt,
            wait_milliseconds: milliseconds(wait),
            reason: reason.to_owned(),
        });
    }

    /// Ends the phase.
    pub fn finish(&self, outcome: Outcome) {
        self.shared.finish(outcome);
    }
}

impl Shared {
    fn may_tell(&self) -> bool {
        let now = milliseconds(self.started.elapsed());
        let due = self.told.load(Ordering::Relaxed);
        let next = now + milliseconds(PROGRESS_PAUSE);
        // Of several threads that find the time come, one tells.
        now >= due
            && self.told.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    fn tell(&self) {
        let total = self.total.load(Ordering::Relaxed);
        self.reporter.emit(&Event::Progress {
            phase: self.phase,
            done: self.done.load(Ordering::Relaxed),
            total: (total > 0).then_some(total),
        });
    }

    fn finish(&self, outcome: Outcome) {
        if self.finished.swap(true, Ordering::Relaxed) {
            return;
        }
        self.tell();
        self.reporter.emit(&Event::PhaseFinished {
            phase: self.phase,
            outcome,
            done: self.done.load(Ordering::Relaxed),
            milliseconds: milliseconds(self.started.elapsed()),
        });
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.finish(Outcome::Abandoned);
    }
}

/// A step that has begun; dropped without an outcome it counts as abandoned.
#[must_use = "a step ends when this is dropped"]
pub struct Step {
    reporter: Reporter,
    phase: Phase,
    number: u64,
    what: String,
    open: bool,
}

impl Step {
    /// Ends the step with an outcome.
    pub fn end(mut self, outcome: Outcome) {
        self.close(outcome);
    }

    /// Ends the step: it did its work.
    pub fn done(self) {
        self.end(Outcome::Done);
    }

    /// Ends the step: its result stood there before.
    pub fn already_done(self) {
        self.end(Outcome::AlreadyDone);
    }

    /// Ends the step: there was nothing to do.
    pub fn skipped(self, reason: impl Into<String>) {
        self.end(Outcome::Skipped { reason: reason.into() });
    }

    fn close(&mut self, outcome: Outcome) {
        if std::mem::take(&mut self.open) {
            let what = std::mem::take(&mut self.what);
            let (phase, step) = (self.phase, self.number);
            self.reporter.emit(&Event::StepFinished { phase, step, what, outcome });
        }
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        self.close(Outcome::Abandoned);
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Recorder(Arc<Mutex<Vec<Event>>>);

    impl Sink for Recorder {
        fn receive(&mut self, event: &Event) {
            self.0.lock().unwrap().push(event.clone());
        }
    }

    fn record(run: impl FnOnce(&Reporter)) -> Vec<Event> {
        let recorder = Recorder::default();
        run(&Reporter::to(vec![Box::new(recorder.clone())]));
        let events = recorder.0.lock().unwrap();
        events.clone()
    }

    #[test]
    fn a_phase_that_fails_on_the_way_is_abandoned() {
        let events = record(|reporter| {
            let phase = reporter.phase(Phase::Lock, "resolve", Unit::Items);
            let _step = phase.step("image a");
            drop(phase.clone());
        });
        let ends: Vec<_> = events
            .iter()
            .filter_map(|event| match event {
                Event::StepFinished { outcome, .. } | Event::PhaseFinished { outcome, .. } => {
                    Some(outcome)
                }
                _ => None,
            })
            .collect();
        assert_eq!(ends, [&Outcome::Abandoned, &Outcome::Abandoned]);
    }

    #[test]
    fn a_million_buffers_make_few_events_and_the_last_one_is_complete() {
        let events = record(|reporter| {
            let phase = reporter.phase(Phase::Fetch, "fetch", Unit::Bytes);
            phase.expect(1_000_000);
            (0..1_000_000).for_each(|_| phase.advance(1));
            phase.finish(Outcome::Done);
        });
        let progress: Vec<_> =
            events.iter().filter(|event| matches!(event, Event::Progress { .. })).collect();
        assert!(progress.len() < 1000, "{}", progress.len());
        let last = Event::Progress { phase: Phase::Fetch, done: 1_000_000, total: Some(1_000_000) };
        assert_eq!(progress.last(), Some(&&last));
    }

    #[test]
    fn a_phase_ends_once() {
        let events = record(|reporter| {
            let phase = reporter.phase(Phase::Seed, "seed", Unit::Bytes);
            phase.finish(Outcome::Done);
            phase.finish(Outcome::Abandoned);
        });
        let ends = events.iter().filter(|event| matches!(event, Event::PhaseFinished { .. }));
        assert_eq!(ends.count(), 1);
    }
}
