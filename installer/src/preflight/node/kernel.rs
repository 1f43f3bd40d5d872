//! The kernel and what it enforces.

use sre_rke2::host::KERNEL_SETTINGS;
use sre_site::words::Fips;

use super::super::Finding;
use super::super::facts::shown;
use super::super::finding::seen;
use super::{Family, Subject};

pub(in crate::preflight) fn cgroup(subject: &Subject<'_>) -> Finding {
    seen(subject.facts.one("cgroup"), |version| match version {
        "2" => Finding::fine("version 2"),
        _ => Finding::failed(format!("version {}", shown(version))),
    })
}

pub(in crate::preflight) fn settings(subject: &Subject<'_>) -> Finding {
    let found = KERNEL_SETTINGS
        .map(|(name, wanted)| (name, wanted, subject.facts.number(&format!("setting.{name}"))));
    if found.iter().all(|(_, _, value)| value.is_none()) {
        return Finding::unseen("the node does not tell it");
    }
    let differs = found.iter().filter(|(_, wanted, value)| *value != Some(u64::from(*wanted)));
    let differs: Vec<_> = differs
        .map(|(name, wanted, value)| match value {
            Some(value) => format!("{name} is {value}, will be {wanted}"),
            None => format!("{name} will be {wanted}"),
        })
        .collect();
    if differs.is_empty() {
        Finding::fine("as RKE2 wants them")
    } else {
        Finding::fine(differs.join(", "))
    }
}

pub(in crate::preflight) fn selinux(subject: &Subject<'_>) -> Finding {
    let Some(family) = subject.family() else {
        return Finding::unseen("the system is none that is known");
    };
    match (family, subject.facts.one("selinux")) {
        (_, Some("1")) => Finding::fine("enforcing"),
        (Family::Debian, _) => Finding::fine("AppArmor takes its place"),
        (Family::RedHat, Some("0")) => Finding::doubtful("permissive"),
        (Family::RedHat, None) => Finding::doubtful("off: turning it on takes a restart"),
        (Family::RedHat, Some(mode)) => Finding::unseen(format!("`{}` is no mode", shown(mode))),
    }
}

pub(in crate::preflight) fn fips(subject: &Subject<'_>) -> Finding {
    let is_on = subject.facts.one("fips") == Some("1");
    let word = if is_on { "on" } else { "off" };
    match (subject.site.hardening.fips, subject.family()) {
        _ if is_on => Finding::fine(word),
        (Fips::Preferred | Fips::Off, _) => {
            Finding::fine(format!("off, and the site says `{}`", subject.site.hardening.fips))
        }
        (Fips::Required, Some(Family::RedHat)) => {
            Finding::doubtful("off: hardening turns it on, which takes a restart")
        }
        (Fips::Required, Some(Family::Debian)) => {
            Finding::failed("off, and no bundle carries what turns it on")
        }
        (Fips::Required, None) => Finding::unseen("the system is none that is known"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict::{CouldNotLook, Doubtful, Failed, Fine};
    use crate::preflight::node::example::{expect, expect_in};

    #[test]
    fn cgroups_are_of_the_second_version() {
        expect(cgroup, &[("cgroup=2", Fine), ("cgroup=1", Failed), ("", CouldNotLook)]);
    }

    #[test]
    fn what_hardening_sets_is_told_and_is_no_failure() {
        expect(
            settings,
            &[("setting.kernel.panic=0\nsetting.vm.overcommit_memory=0", Fine), ("", CouldNotLook)],
        );
        let saw = crate::preflight::node::example::find(settings, "setting.kernel.panic=0").saw;
        assert!(saw.contains("kernel.panic is 0, will be 10"), "{saw}");
        assert!(saw.contains("vm.overcommit_memory will be 1"), "{saw}");
    }

    #[test]
    fn selinux_belongs_to_one_family() {
        expect(
            selinux,
            &[
                ("system=rocky\nselinux=1", Fine),
                ("system=rocky\nselinux=0", Doubtful),
                ("system=rocky", Doubtful),
                ("system=rocky\nselinux=x", CouldNotLook),
                ("system=debian", Fine),
                ("", CouldNotLook),
            ],
        );
    }

    #[test]
    fn fips_mode_is_on_where_the_site_requires_it() {
        for (site, facts, verdict) in [
            ("required", "system=rocky\nfips=1", Fine),
            ("required", "system=rocky\nfips=0", Doubtful),
            ("required", "system=ubuntu", Failed),
            ("required", "", CouldNotLook),
            ("preferred", "system=ubuntu", Fine),
            ("off", "", Fine),
        ] {
            expect_in(&format!("fips = \"{site}\""), fips, facts, verdict);
        }
    }
}
