//! `cargo xtask ci`: runs every stage, goes on after a failure, and ends with one line of counts.

use crate::programs::Program;
use anyhow::{Result, bail};
use std::time::Instant;

/// The stages in their order: what is printed, and the target of the Makefile that does it.
const STAGES: [(&str, &str); 3] =
    [("set-up", "setup"), ("tests", "test-only"), ("checks", "check")];

/// What a test says on a line of its own whose tool is refused to everybody, and that passes without it.
const NOT_RUN: &str = "NOT RUN: ";

pub(crate) fn run() -> Result<()> {
    let begun = Instant::now();
    let mut total = Counts::default();
    let mut durations = Vec::new();
    let mut failures = Vec::new();
    let mut not_run = Vec::new();
    for (title, target) in STAGES {
        println!("\n=== {title} (make {target})");
        let start = Instant::now();
        let mut counts = Counts::default();
        let success = Program::new("make")
            .arguments(["--no-print-directory", target])
            .run_by_line(|line| {
                println!("{line}");
                counts.add(line);
                failures.extend(failed_test(line).map(str::to_owned));
                not_run.extend(line.strip_prefix(NOT_RUN).map(str::to_owned));
            })?;
        // A stage that fails without a failed test (it did not compile, a check said no) counts as one.
        if !success && counts.failed == 0 {
            counts.failed = 1;
            failures.push(format!("the stage {title:?} (make {target}), by no test"));
        }
        durations.push((title, start.elapsed().as_secs(), success));
        total.passed += counts.passed;
        total.failed += counts.failed;
    }
    println!();
    for (title, seconds, success) in durations {
        println!("{title:8} {seconds:5} s  {}", if success { "ok" } else { "FAILED" });
    }
    println!("{:8} {:5} s", "all", begun.elapsed().as_secs());
    // Whoever reads only the end of a long log still learns what failed.
    for failure in failures {
        println!("failed: {failure}");
    }
    for what in &not_run {
        println!("{NOT_RUN}{what}");
    }
    println!("{}", total.shown(not_run.len()));
    if total.failed > 0 {
        bail!("CI failed");
    }
    Ok(())
}

/// The test that a line says has failed.
fn failed_test(line: &str) -> Option<&str> {
    line.strip_prefix("test ")?.strip_suffix(" ... FAILED")
}

/// How many tests passed and failed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Counts {
    passed: usize,
    failed: usize,
}

impl Counts {
    /// Adds what a line says when it is the last line of a test program.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else { return };
        let count = |word: &str| {
            let words: Vec<&str> = result.split([' ', ';', '.']).collect();
            let number = words.windows(2).find(|pair| pair[1] == word).map(|pair| pair[0]);
            number.and_then(|number| number.parse::<usize>().ok()).unwrap_or(0)
        };
        self.passed += count("passed");
        self.failed += count("failed");
    }

    /// Gives the last line; tests that say that they were not run are not among those that passed.
    fn shown(&self, not_run: usize) -> String {
        let passed = self.passed.saturating_sub(not_run);
        let rest = if not_run == 0 { String::new() } else { format!(", {not_run} skipped") };
        format!("{passed} passed, {} failed{rest}", self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::{Counts, failed_test};

    #[test]
    fn sums_the_last_lines_of_test_programs() {
        let mut counts = Counts::default();
        counts.add("test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out");
        counts.add("test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured");
        counts.add("test refuses_a_flipped_byte ... ok");
        assert_eq!(counts, Counts { passed: 13, failed: 2 });
    }

    #[test]
    fn a_test_that_was_not_run_has_not_passed() {
        let counts = Counts { passed: 13, failed: 0 };
        assert_eq!(counts.shown(0), "13 passed, 0 failed");
        assert_eq!(counts.shown(3), "10 passed, 0 failed, 3 skipped");
    }

    #[test]
    fn names_a_failed_test() {
        assert_eq!(failed_test("test bundle::refuses ... FAILED"), Some("bundle::refuses"));
        assert_eq!(failed_test("test bundle::refuses ... ok"), None);
        assert_eq!(failed_test("test result: FAILED. 1 passed; 2 failed"), None);
    }
}
