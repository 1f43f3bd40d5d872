//! Ids of rules of hardening.

use super::choice::{Profile, StigRelease};
use super::word;

word! {
    /// The id of a rule: of a STIG, such as `RHEL-09-251010`, or of a CIS benchmark, such as `CIS-1.2.9`.
    RuleId, "the id of a rule",
    "as the STIG writes it, `RHEL-09-251010`, `UBTU-22-411010`, `CNTR-R2-000460`, or `CIS-1.2.9`",
    |text| {
        let numbered = |family: &str| text.strip_prefix(family).is_some_and(is_number);
        let of_a_benchmark = text.strip_prefix("CIS-").is_some_and(is_section);
        of_a_benchmark || FAMILIES.iter().any(|family| numbered(family))
    }
}

/// What the ids of the STIGs begin with: RHEL 9, Ubuntu 22.04, RKE2.
const FAMILIES: [&str; 3] = ["RHEL-09-", "UBTU-22-", "CNTR-R2-"];

/// The rules of the RKE2 STIG since V2R1.
const RKE2_RULES: [&str; 24] = [
    "000010", "000030", "000060", "000100", "000110", "000120", "000130", "000140", "000150",
    "000160", "000320", "000460", "000520", "000550", "000580", "000800", "000890", "000940",
    "000970", "001130", "001270", "001500", "001580", "001620",
];
/// Those that V2R5 removed.
const RKE2_REMOVED: [&str; 3] = ["000120", "000140", "001500"];

impl RuleId {
    /// Tells whether a profile has the rule; of the STIGs of operating systems the site alone
    /// knows the release, so there any number is believed.
    #[must_use]
    pub fn is_of(&self, profile: Profile, release: StigRelease) -> bool {
        match (profile, self.as_str().strip_prefix("CNTR-R2-")) {
            (Profile::Baseline, _) => false,
            (Profile::Cis, _) => self.as_str().starts_with("CIS-"),
            (Profile::Stig, Some(number)) => {
                let gone = release == StigRelease::V2r7 && RKE2_REMOVED.contains(&number);
                RKE2_RULES.contains(&number) && !gone
            }
            (Profile::Stig, None) => !self.as_str().starts_with("CIS-"),
        }
    }
}

fn is_number(text: &str) -> bool {
    text.len() == 6 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_section(text: &str) -> bool {
    let fits = |part: &str| {
        (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
    };
    (2..=6).contains(&text.split('.').count()) && text.split('.').all(fits)
}
