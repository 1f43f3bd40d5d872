//! Bars on a terminal.

use std::collections::HashMap;
use std::io::Write as _;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::plain::{Verbosity, line};
use super::{Colour, printable};
use crate::{Event, Phase, Sink, Unit};

/// How often the bars are drawn in a second at most.
const DRAWS_A_SECOND: u8 = 10;

/// Shows each running phase as a bar with rate and time left, and the rest as lines above.
pub struct Terminal {
    bars: MultiProgress,
    running: HashMap<Phase, (ProgressBar, Unit)>,
    colour: Colour,
}

impl Terminal {
    /// Makes the display.
    #[must_use]
    pub fn new(colour: Colour) -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(DRAWS_A_SECOND);
        Self { bars: MultiProgress::with_draw_target(target), running: HashMap::new(), colour }
    }

    fn say(&self, text: &str) {
        // While no bar is drawn, lines go out directly; a closed stderr is no reason to stop.
        let _written = if self.running.is_empty() {
            writeln!(std::io::stderr().lock(), "{text}")
        } else {
            self.bars.println(text)
        };
    }

    fn begin(&mut self, phase: Phase, unit: Unit) {
        let bar = self.bars.add(ProgressBar::no_length());
        bar.set_style(style(unit, None));
        bar.set_prefix(phase.id());
        if let Some((earlier, _)) = self.running.insert(phase, (bar, unit)) {
            earlier.finish_and_clear();
        }
    }

    fn progress(&self, phase: Phase, done: u64, total: Option<u64>) {
        let Some((bar, unit)) = self.running.get(&phase) else { return };
        if let Some(total) = total.filter(|total| bar.length() != Some(*total)) {
            bar.set_style(style(*unit, Some(total)));
            bar.set_length(total);
        }
        bar.set_position(done);
    }
}

impl Sink for Terminal {
    fn receive(&mut self, event: &Event) {
        let mut unit = Unit::Items;
        match event {
            Event::PhaseStarted { phase, unit, .. } => self.begin(*phase, *unit),
            Event::Progress { phase, done, total } => return self.progress(*phase, *done, *total),
            Event::StepStarted { phase, what, .. } => {
                if let Some((bar, _)) = self.running.get(phase) {
                    bar.set_message(printable(what));
                }
            }
            Event::PhaseFinished { phase, .. } => {
                if let Some((bar, finished)) = self.running.remove(phase) {
                    unit = finished;
                    bar.finish_and_clear();
                    self.bars.remove(&bar);
                }
            }
            _ => {}
        }
        if let Some(line) = line(event, unit, Verbosity::Normal, self.colour) {
            self.say(&line);
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        for (bar, _) in self.running.values() {
            bar.finish_and_clear();
        }
    }
}

fn style(unit: Unit, total: Option<u64>) -> ProgressStyle {
    let template = match (unit, total) {
        (Unit::Bytes, Some(_)) => {
            "  {prefix:>9} [{bar:30}] {decimal_bytes:>9}/{decimal_total_bytes:9} {decimal_bytes_per_sec:>11} {eta:>4}  {wide_msg}"
        }
        (Unit::Bytes, None) => {
            "  {prefix:>9} {decimal_bytes:>9} {decimal_bytes_per_sec:>11}  {wide_msg}"
        }
        (Unit::Items, Some(_)) => "  {prefix:>9} [{bar:30}] {pos:>5}/{len:5} {eta:>4}  {wide_msg}",
        (Unit::Items, None) => "  {prefix:>9} {pos:>5}  {wide_msg}",
    };
    // The templates are constants, walked by a test.
    ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("=> ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_phases_that_overlap_and_end() {
        let mut terminal = Terminal::new(Colour::None);
        terminal.bars.set_draw_target(ProgressDrawTarget::hidden());
        let what = String::from("fetch");
        for phase in [Phase::Fetch, Phase::Pack, Phase::Fetch] {
            terminal.receive(&Event::PhaseStarted { phase, what: what.clone(), unit: Unit::Bytes });
            terminal.receive(&Event::Progress { phase, done: 5, total: Some(10) });
        }
        assert_eq!(terminal.running.len(), 2);
        assert_eq!(terminal.running[&Phase::Pack].0.position(), 5);
        terminal.receive(&Event::PhaseFinished {
            phase: Phase::Pack,
            outcome: crate::Outcome::Abandoned,
            done: 5,
            milliseconds: 1,
        });
        assert_eq!(terminal.running.len(), 1);
    }

    #[test]
    fn every_template_is_understood() {
        for unit in [Unit::Bytes, Unit::Items] {
            for total in [None, Some(1)] {
                // An unknown template falls back to the default, whose bar is wider.
                let bar = ProgressBar::hidden();
                bar.set_style(style(unit, total));
            }
        }
    }
}
