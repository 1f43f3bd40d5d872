//! Services that work against RKE2.

use sre_site::words::Profile;

use super::super::Finding;
use super::Subject;

/// What else works against pods, and what becomes of it.
const OTHERS: [(&str, &str); 4] = [
    ("firewalld", "firewalld runs, and will be masked"),
    ("ufw", "ufw runs, and will be masked"),
    ("nm-cloud-setup.timer", "nm-cloud-setup runs, and will be masked"),
    ("NetworkManager", "NetworkManager runs, and will leave pods alone"),
];

fn is_active(subject: &Subject<'_>, unit: &str) -> bool {
    subject.facts.of("unit", unit).any(|state| state == "active")
}

pub(in crate::preflight) fn fapolicyd(subject: &Subject<'_>) -> Finding {
    if !subject.facts.looked("units") {
        return Finding::unseen("the node does not tell it");
    }
    let has_rules = subject.facts.one("fapolicyd-rules").is_some();
    match subject.site.hardening.profile {
        _ if !is_active(subject, "fapolicyd") => Finding::fine("it does not run"),
        _ if has_rules => Finding::fine("it runs, with rules for RKE2"),
        // Its folder of rules is closed to everybody else.
        _ if !subject.is_root() => Finding::unseen("only root sees its rules"),
        Profile::Baseline => Finding::failed(
            "it runs without rules for RKE2, and the profile `baseline` leaves it alone",
        ),
        Profile::Stig | Profile::Cis => Finding::fine("it runs; hardening writes rules for RKE2"),
    }
}

pub(in crate::preflight) fn others(subject: &Subject<'_>) -> Finding {
    if !subject.facts.looked("units") {
        return Finding::unseen("the node does not tell it");
    }
    let active = OTHERS.iter().filter(|(unit, _)| is_active(subject, unit));
    let active: Vec<_> = active.map(|(_, becomes)| *becomes).collect();
    if active.is_empty() { Finding::fine("none runs") } else { Finding::fine(active.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict::{CouldNotLook, Failed, Fine};
    use crate::preflight::node::example::{expect, expect_in, find};

    #[test]
    fn fapolicyd_needs_rules_that_somebody_writes() {
        let runs = "unit=fapolicyd active\nlooked=units";
        let root = format!("{runs}\nuid=0");
        let rules = format!("{runs}\nfapolicyd-rules=/etc/fapolicyd/rules.d/80-rke2.rules");
        expect(
            fapolicyd,
            &[
                ("unit=fapolicyd inactive\nlooked=units", Fine),
                (&root, Fine),
                (&rules, Fine),
                (runs, CouldNotLook),
                ("", CouldNotLook),
            ],
        );
        for (facts, verdict) in [(&root, Failed), (&rules, Fine)] {
            expect_in("profile = \"baseline\"", fapolicyd, facts, verdict);
        }
    }

    #[test]
    fn what_is_masked_is_told() {
        expect(
            others,
            &[("looked=units", Fine), ("unit=ufw active\nlooked=units", Fine), ("", CouldNotLook)],
        );
        let saw = find(others, "unit=ufw active\nunit=firewalld inactive\nlooked=units").saw;
        assert_eq!(saw, "ufw runs, and will be masked");
    }
}
