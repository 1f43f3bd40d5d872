//! All findings, as people and programs read them.

use std::fmt;

use serde::Serialize;
use sre_format::Fault;
use sre_steps::Failure;
use sre_steps::display::Answer;

use super::{Finding, Verdict};

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The name of the check.
    pub check: &'static str,
    /// How it ended.
    pub verdict: Verdict,
    /// What it saw.
    pub saw: String,
    /// What to do about it; none where nothing is to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<String>,
}

/// All checks of a host, in the order of the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Host {
    /// Its name; `admin` is this machine.
    pub name: String,
    /// Its address and role, for people; empty for this machine.
    #[serde(skip)]
    pub about: String,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// What preflight found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What the site is called.
    pub site: String,
    /// This machine first, then the nodes in the order of the site file.
    pub hosts: Vec<Host>,
}

impl Row {
    /// Makes a row of a finding; `remedy` is what the table of checks says.
    pub(super) fn of(check: &'static str, finding: Finding, remedy: &str) -> Self {
        let Finding { verdict, saw, remedy: own } = finding;
        let remedy = match verdict {
            Verdict::Fine => None,
            // What is in the way of looking has a row and a remedy of its own.
            Verdict::CouldNotLook => own,
            Verdict::Failed | Verdict::Doubtful => own.or_else(|| Some(remedy.to_owned())),
        };
        Self { check, verdict, saw, remedy }
    }
}

impl Report {
    fn count(&self, verdict: Verdict) -> usize {
        let rows = self.hosts.iter().flat_map(|host| &host.rows);
        rows.filter(|row| row.verdict == verdict).count()
    }

    /// Fails when anything failed, or could not be looked at; what is doubtful stops nobody.
    pub fn outcome(&self) -> Result<(), Failure> {
        let has = |host: &&Host, verdict| host.rows.iter().any(|row| row.verdict == verdict);
        let hosts = |verdict| self.hosts.iter().filter(|host| has(host, verdict)).count();
        let (failed, unseen) = (self.count(Verdict::Failed), self.count(Verdict::CouldNotLook));
        match (failed, unseen) {
            (0, 0) => Ok(()),
            (0, _) => Err(Failure::new(
                Fault::Site,
                format!(
                    "{unseen} checks could not look, on {} hosts",
                    hosts(Verdict::CouldNotLook)
                ),
            )
            .with_hint("remove what is in the way, as the report says, and run it again")),
            _ => Err(Failure::new(
                Fault::Site,
                format!("{failed} checks failed, on {} hosts", hosts(Verdict::Failed)),
            )
            .with_hint("mend what the report says, and run it again")),
        }
    }
}

impl Answer for Report {
    const KIND: &'static str = "preflight";
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for host in &self.hosts {
            writeln!(formatter, "{host}")?;
        }
        let counts: Vec<_> = Verdict::ALL
            .into_iter()
            .map(|verdict| format!("{} {}", self.count(verdict), verdict.as_str().to_lowercase()))
            .collect();
        writeln!(formatter, "{}", counts.join(", "))
    }
}

impl fmt::Display for Host {
    /// Writes the most urgent first. What could not be looked at for one and the same reason is one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}{}", self.name, self.about)?;
        for verdict in Verdict::ALL {
            let rows = self.rows.iter().filter(|row| row.verdict == verdict);
            for (checks, row) in grouped(rows) {
                line(formatter, &checks, row)?;
            }
        }
        Ok(())
    }
}

/// Puts rows together that could not look for one and the same reason.
fn grouped<'a>(rows: impl Iterator<Item = &'a Row>) -> Vec<(Vec<&'a str>, &'a Row)> {
    let mut groups: Vec<(Vec<&str>, &Row)> = Vec::new();
    for row in rows {
        let is_alike = |other: &Row| {
            row.verdict == Verdict::CouldNotLook
                && (&row.saw, &row.remedy) == (&other.saw, &other.remedy)
        };
        match groups.iter().position(|(_, other)| is_alike(other)) {
            Some(at) => groups[at].0.push(row.check),
            None => groups.push((vec![row.check], row)),
        }
    }
    groups
}

fn line(formatter: &mut fmt::Formatter<'_>, checks: &[&str], row: &Row) -> fmt::Result {
    let (verdict, checks) = (row.verdict.as_str(), checks.join(", "));
    writeln!(formatter, "  {verdict:<14}  {checks:<15}  {}", row.saw)?;
    match &row.remedy {
        Some(remedy) => writeln!(formatter, "  {:<14}  -> {remedy}", ""),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(findings: &[(&'static str, Finding)]) -> Report {
        let rows = findings.iter().map(|(id, found)| Row::of(id, found.clone(), "mend it"));
        let host = Host { name: "one".into(), about: " (10.20.0.11)".into(), rows: rows.collect() };
        Report { site: "alpha".into(), hosts: vec![host] }
    }

    #[test]
    fn failures_come_first_each_with_its_remedy() {
        let unseen = || Finding::unseen("the node was not reached");
        let report = report(&[
            ("python", unseen()),
            ("memory", Finding::fine("it has 8 GB")),
            ("swap", unseen()),
            ("cores", Finding::doubtful("it has 2")),
            ("ssh", Finding::failed("no").with_remedy("let me in")),
        ]);
        assert_eq!(
            report.to_string(),
            "one (10.20.0.11)\n\
             \x20 FAILED          ssh              no\n\
             \x20                 -> let me in\n\
             \x20 could not look  python, swap     the node was not reached\n\
             \x20 doubtful        cores            it has 2\n\
             \x20                 -> mend it\n\
             \x20 fine            memory           it has 8 GB\n\
             \n1 failed, 2 could not look, 1 doubtful, 1 fine\n"
        );
    }

    #[test]
    fn what_failed_and_what_could_not_be_seen_end_with_words_of_their_own() {
        for (finding, says) in [
            (Finding::failed("x"), Some("1 checks failed, on 1 hosts")),
            (Finding::unseen("x"), Some("1 checks could not look, on 1 hosts")),
            (Finding::doubtful("x"), None),
            (Finding::fine("x"), None),
        ] {
            let outcome = report(&[("swap", finding)]).outcome();
            let failure = outcome.as_ref().err();
            assert_eq!(failure.map(Failure::message).as_deref(), says);
            assert!(failure.is_none_or(|failure| failure.fault() == Fault::Site));
        }
    }
}
