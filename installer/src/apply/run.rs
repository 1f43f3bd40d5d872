//! How any phase is gone through: look, do, look again, write it down.

use std::collections::BTreeMap;

use serde_json::Value;
use sre_format::{Digest, Timestamp};
use sre_steps::{
    Outcome, Phase, PhaseReporter, RECEIPT_VERSION, Receipt, Reporter, StateDirectory, Unit,
};

use super::ApplyError;
use super::report::{HostOutcome, PhaseReport};

/// The input that tells one site of a state directory from another.
pub(super) const SITE_NAME: &str = "site-name";

/// Which phases a run does; those before its first one must stand, those after its last one are left.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    /// The first phase.
    pub from: Phase,
    /// The last phase.
    pub until: Phase,
    /// Whether phases are gone through even if their result stands.
    pub again: bool,
}

impl Range {
    fn covers(self, phase: Phase) -> bool {
        (self.from..=self.until).contains(&phase)
    }
}

/// One run over the phases.
pub struct Run {
    state: StateDirectory,
    reporter: Reporter,
    range: Range,
    subject: String,
    phases: Vec<PhaseReport>,
}

/// What a look at a phase's result found.
pub(super) enum Probe<M> {
    /// It stands, with what it made.
    Stands(M),
    /// It must be brought about, for this reason.
    Needed(String),
}

/// What a phase did.
pub(super) struct Done {
    /// How it ended on each host, where it works on hosts.
    pub hosts: BTreeMap<String, HostOutcome>,
    /// What the phase wants to remember.
    pub details: Value,
    /// Why it is not done.
    pub failure: Option<ApplyError>,
}

impl Done {
    /// All of it was done.
    pub(super) fn with(details: Value) -> Self {
        Self { hosts: BTreeMap::new(), details, failure: None }
    }
}

/// One phase.
pub(super) trait Stage {
    /// What its result is to the next phase.
    type Made;
    /// The phase.
    const PHASE: Phase;

    /// Says what it does, as a sentence without a full stop.
    fn what(&self) -> String;

    /// Gives the digests of what it works with.
    fn inputs(&self) -> BTreeMap<String, Digest>;

    /// Looks whether its result stands; changes nothing.
    async fn probe(&self, run: &Run) -> Result<Probe<Self::Made>, ApplyError>;

    /// Brings its result about.
    async fn apply(&self, run: &Run, phase: &PhaseReporter) -> Result<Done, ApplyError>;
}

impl Run {
    /// Begins a run over a bundle, named as receipts do.
    #[must_use]
    pub fn new(state: StateDirectory, reporter: Reporter, range: Range, subject: String) -> Self {
        Self { state, reporter, range, subject, phases: Vec::new() }
    }

    /// Gives what became of each phase so far.
    #[must_use]
    pub fn phases(&self) -> &[PhaseReport] {
        &self.phases
    }

    pub(super) fn state(&self) -> &StateDirectory {
        &self.state
    }

    /// Says whether phases are gone through even if their result stands.
    pub(super) fn is_again(&self) -> bool {
        self.range.again
    }

    /// Gives the newest receipt of a phase of this site if it did its work with just these inputs.
    pub(super) fn receipt_of<S: Stage>(&self, stage: &S) -> Result<Option<Receipt>, ApplyError> {
        Ok(self.newest(stage)?.filter(|receipt| receipt.inputs == stage.inputs()))
    }

    /// Gives the newest receipt of a phase of this site, whatever it worked with.
    pub(super) fn newest<S: Stage>(&self, stage: &S) -> Result<Option<Receipt>, ApplyError> {
        let site = stage.inputs().remove(SITE_NAME);
        let is_of_site = |receipt: &Receipt| receipt.inputs.get(SITE_NAME) == site.as_ref();
        Ok(self.state.newest_receipt_where(S::PHASE, is_of_site)?)
    }

    /// Goes through a phase; `None` means that it lies beyond the range.
    pub(super) async fn stand<S: Stage>(
        &mut self,
        stage: &S,
    ) -> Result<Option<S::Made>, ApplyError> {
        if S::PHASE > self.range.until {
            return Ok(None);
        }
        let phase = self.reporter.phase(S::PHASE, stage.what(), Unit::Items);
        let why = match self.probe(stage).await? {
            Probe::Stands(made) if !(self.range.again && self.range.covers(S::PHASE)) => {
                phase.finish(Outcome::AlreadyDone);
                self.phases.push(PhaseReport::already_done(S::PHASE));
                return Ok(Some(made));
            }
            Probe::Stands(_) => "it was asked for again".to_owned(),
            Probe::Needed(why) => why,
        };
        if !self.range.covers(S::PHASE) {
            self.phases.push(PhaseReport::not_done(S::PHASE));
            let (needed, by) = (S::PHASE, self.range.from);
            return Err(ApplyError::NotStanding { needed, by, why });
        }
        phase.note(why);
        self.apply_one(stage, &phase).await?;
        match self.probe(stage).await? {
            Probe::Stands(made) => {
                phase.finish(Outcome::Done);
                Ok(Some(made))
            }
            Probe::Needed(why) => {
                // The receipt of what was done must not be the last word.
                let report = PhaseReport::not_done(S::PHASE);
                self.leave_receipt(stage, &report, Timestamp::now())?;
                self.phases.pop();
                self.phases.push(report);
                Err(ApplyError::Unconfirmed { phase: S::PHASE, why })
            }
        }
    }

    async fn probe<S: Stage>(&mut self, stage: &S) -> Result<Probe<S::Made>, ApplyError> {
        let found = stage.probe(self).await;
        if found.is_err() {
            self.phases.push(PhaseReport::not_done(S::PHASE));
        }
        found
    }

    /// Applies a phase and leaves its receipt, also when hosts failed: those that are done need not be done again.
    async fn apply_one<S: Stage>(
        &mut self,
        stage: &S,
        phase: &PhaseReporter,
    ) -> Result<(), ApplyError> {
        let started = Timestamp::now();
        if self.newest(stage)?.is_some_and(|receipt| receipt.inputs != stage.inputs()) {
            // Whoever goes back to what was done before a run that is cut off finds that it no longer stands.
            self.leave_receipt(stage, &PhaseReport::not_done(S::PHASE), started)?;
        }
        let applied = stage.apply(self, phase).await;
        if applied.is_err() {
            self.phases.push(PhaseReport::not_done(S::PHASE));
        }
        let Done { hosts, details, failure } = applied?;
        let outcome = if failure.is_some() { Outcome::Abandoned } else { Outcome::Done };
        let report = PhaseReport { phase: S::PHASE, outcome, hosts, details };
        self.leave_receipt(stage, &report, started)?;
        self.phases.push(report);
        failure.map_or(Ok(()), Err)
    }

    fn leave_receipt<S: Stage>(
        &self,
        stage: &S,
        report: &PhaseReport,
        started: Timestamp,
    ) -> Result<(), ApplyError> {
        self.state.write_receipt(&Receipt {
            version: RECEIPT_VERSION,
            program: concat!("sre-install ", env!("CARGO_PKG_VERSION")).to_owned(),
            phase: S::PHASE,
            subject: self.subject.clone(),
            inputs: stage.inputs(),
            outcome: report.outcome.clone(),
            started,
            finished: Timestamp::now(),
            details: report.for_receipt(),
        })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use serde_json::json;

    use super::*;

    /// A phase whose result is a number that `apply` raises, and that stands from 2 on.
    struct Counter {
        value: Cell<u32>,
        step: u32,
        fails: bool,
    }

    impl Stage for Counter {
        type Made = u32;
        const PHASE: Phase = Phase::Harden;

        fn what(&self) -> String {
            "count".to_owned()
        }

        fn inputs(&self) -> BTreeMap<String, Digest> {
            [("step".to_owned(), Digest::of(&self.step.to_le_bytes()))].into()
        }

        async fn probe(&self, _: &Run) -> Result<Probe<u32>, ApplyError> {
            let value = self.value.get();
            Ok(if value >= 2 { Probe::Stands(value) } else { Probe::Needed(format!("at {value}")) })
        }

        async fn apply(&self, _: &Run, _: &PhaseReporter) -> Result<Done, ApplyError> {
            self.value.set(self.value.get() + self.step);
            let failed = vec![("one".to_owned(), "it broke".to_owned())];
            let failure = self.fails.then_some(ApplyError::Hosts {
                phase: Phase::Harden,
                failed,
                of: 2,
                log: None,
            });
            Ok(Done { failure, ..Done::with(json!({ "value": self.value.get() })) })
        }
    }

    const fn counter(value: u32, step: u32) -> Counter {
        Counter { value: Cell::new(value), step, fails: false }
    }

    fn run(folder: &tempfile::TempDir, from: Phase, until: Phase, again: bool) -> Run {
        let state = StateDirectory::open(Some(folder.path())).unwrap();
        Run::new(state, Reporter::silent(), Range { from, until, again }, "sre 1".to_owned())
    }

    fn newest(run: &Run) -> Option<Receipt> {
        run.state().newest_receipt(Phase::Harden).unwrap()
    }

    #[tokio::test]
    async fn what_stands_is_left_alone_and_what_does_not_is_done_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = run(&folder, Phase::Seed, Phase::Cluster, false);
        assert_eq!(run.stand(&counter(7, 1)).await.unwrap(), Some(7));
        assert!(newest(&run).is_none());
        let stage = counter(1, 1);
        assert_eq!(run.stand(&stage).await.unwrap(), Some(2));
        let receipt = newest(&run).unwrap();
        assert_eq!((&receipt.outcome, &receipt.inputs), (&Outcome::Done, &stage.inputs()));
        assert!(run.receipt_of(&stage).unwrap().is_some());
        // Other inputs were never worked with.
        assert!(run.receipt_of(&counter(1, 5)).unwrap().is_none());
        let outcomes: Vec<_> = run.phases().iter().map(|phase| phase.outcome.clone()).collect();
        assert_eq!(outcomes, [Outcome::AlreadyDone, Outcome::Done]);
    }

    #[tokio::test]
    async fn again_does_what_stands_once_more() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = run(&folder, Phase::Harden, Phase::Harden, true);
        assert_eq!(run.stand(&counter(7, 1)).await.unwrap(), Some(8));
    }

    #[tokio::test]
    async fn nothing_half_done_is_called_done() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = run(&folder, Phase::Seed, Phase::Cluster, false);
        let unconfirmed = run.stand(&counter(0, 1)).await;
        assert!(matches!(unconfirmed, Err(ApplyError::Unconfirmed { .. })));
        assert_eq!(newest(&run).unwrap().outcome, Outcome::Abandoned);
        let failing = Counter { fails: true, ..counter(0, 2) };
        let error = run.stand(&failing).await.unwrap_err();
        assert_eq!(error.to_string(), "harden is not done on 1 of 2 hosts: one (it broke)");
        assert_eq!(newest(&run).unwrap().outcome, Outcome::Abandoned);
    }

    #[tokio::test]
    async fn what_was_cut_off_with_other_inputs_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = run(&folder, Phase::Seed, Phase::Cluster, false);
        run.stand(&counter(0, 2)).await.unwrap();
        assert!(run.receipt_of(&counter(0, 2)).unwrap().is_some());
        // A run with other inputs that never came back from its work.
        run.newest(&counter(0, 3)).unwrap().unwrap();
        let cut_off = PhaseReport::not_done(Phase::Harden);
        run.leave_receipt(&counter(0, 3), &cut_off, Timestamp::now()).unwrap();
        assert!(run.receipt_of(&counter(0, 2)).unwrap().is_none());
    }

    #[tokio::test]
    async fn a_part_of_the_phases_needs_those_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let mut later = run(&folder, Phase::Cluster, Phase::Cluster, true);
        let stage = counter(0, 2);
        assert!(matches!(later.stand(&stage).await, Err(ApplyError::NotStanding { .. })));
        assert_eq!(stage.value.get(), 0);
        // What stands is not done again because a later phase is.
        assert_eq!(later.stand(&counter(2, 2)).await.unwrap(), Some(2));
        let mut earlier = run(&folder, Phase::Seed, Phase::Provision, false);
        assert_eq!(earlier.stand(&stage).await.unwrap(), None);
    }
}
