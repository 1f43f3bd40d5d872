//! The operating system, its name and its clock.

use super::super::Finding;
use super::super::facts::shown;
use super::super::finding::seen;
use super::{Family, Subject};
use crate::site::PackageKind;

/// The lowest version of Python on a node that Ansible's modules run with.
const PYTHON: (u32, u32) = (3, 8);
/// The architecture of the releases of RKE2 that bundles carry.
const ARCHITECTURE: &str = "x86_64";
/// The packages with SELinux's policy for RKE2, which hardening turns on on every host of Red Hat's family.
const SELINUX: [&str; 2] = ["container-selinux", "rke2-selinux"];
/// How far clocks may be apart in seconds: certificates that are younger than a clock are refused, and
/// `etcd` complains from one second on.
const MOST_SKEW: i64 = 30;
const MORE_THAN_USUAL: i64 = 2;

pub(in crate::preflight) fn python(subject: &Subject<'_>) -> Finding {
    let Some(version) = subject.facts.one("python") else {
        return Finding::failed("there is no /usr/bin/python3");
    };
    match numbers(version) {
        Some(numbers) if numbers >= PYTHON => Finding::fine(shown(version)),
        Some(_) => Finding::failed(format!("it has {}", shown(version))),
        None => Finding::unseen(format!("`{}` is no version", shown(version))),
    }
}

/// Reads the first two numbers of a version.
pub(in crate::preflight) fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.split('.');
    Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
}

pub(in crate::preflight) fn distribution(subject: &Subject<'_>) -> Finding {
    let facts = subject.facts;
    seen(facts.one("system").zip(facts.one("system-version")), |(name, version)| {
        let is = format!("{} {}", shown(name), shown(version));
        let major = version.split('.').next().unwrap_or_default();
        match (name, major, version) {
            ("rocky" | "almalinux" | "rhel", "9", _)
            | ("ubuntu", _, "22.04")
            | ("debian", "12", _) => Finding::fine(is),
            _ => Finding::failed(is),
        }
    })
}

pub(in crate::preflight) fn packages(subject: &Subject<'_>) -> Finding {
    let Some(needs) = subject.needs else {
        return Finding::unseen("it is not known what the bundle brings");
    };
    let Some(family) = subject.family() else {
        return Finding::unseen("the system is none that packages are carried for");
    };
    let (kind, name) = match family {
        Family::RedHat => (PackageKind::Rpm, "dnf"),
        Family::Debian => (PackageKind::Deb, "apt"),
    };
    if family == Family::RedHat {
        let lacks = |name: &&&str| {
            !needs.rpms.contains(**name) && !subject.facts.all("package").any(|it| it == **name)
        };
        let missing: Vec<_> = SELINUX.iter().filter(lacks).copied().collect();
        if !missing.is_empty() {
            return Finding::failed(format!(
                "no repository of the bundle for dnf has {}, without which SELinux stops RKE2",
                missing.join(" and ")
            ))
            .with_remedy("carry them in `[[rpm]]` of the manifest, or install them on the node");
        }
    }
    if needs.packages.contains(&kind) {
        return Finding::fine(format!("the bundle has a repository for {name}"));
    }
    Finding::doubtful(format!(
        "the bundle has no repository for {name}: what is missing cannot be installed"
    ))
}

pub(in crate::preflight) fn architecture(subject: &Subject<'_>) -> Finding {
    seen(subject.facts.one("architecture"), |found| match found {
        ARCHITECTURE => Finding::fine(found),
        _ => Finding::failed(shown(found)),
    })
}

pub(in crate::preflight) fn init(subject: &Subject<'_>) -> Finding {
    seen(subject.facts.one("init"), |found| match found {
        "systemd" => Finding::fine(found),
        _ => Finding::failed(format!("process 1 is {}", shown(found))),
    })
}

pub(in crate::preflight) fn hostname(subject: &Subject<'_>) -> Finding {
    seen(subject.facts.one("hostname"), |found| {
        let is_other = |node: &sre_site::Node| node.name != subject.node.name;
        let twin = subject.all.iter().find(|(node, facts)| {
            is_other(node) && facts.one("hostname").is_some_and(|name| short(name) == short(found))
        });
        if let Some((node, _)) = twin {
            return Finding::failed(format!("{} is the name of {}, too", shown(found), node.name));
        }
        match short(found) {
            name if name == subject.node.name.as_str() => Finding::fine(shown(found)),
            "localhost" => Finding::failed("it is localhost"),
            _ => {
                Finding::doubtful(format!("it is {}, and not {}", shown(found), subject.node.name))
            }
        }
    })
}

fn short(name: &str) -> &str {
    name.split('.').next().unwrap_or(name)
}

pub(in crate::preflight) fn resolves(subject: &Subject<'_>) -> Finding {
    seen(subject.facts.one("resolves"), |found| match found {
        "yes" => Finding::fine("it has an address"),
        _ => Finding::doubtful("the node finds no address of its own name: `sudo` becomes slow"),
    })
}

/// The node's clock was read between the two times: more than that is not known without asking again.
pub(in crate::preflight) fn clock(subject: &Subject<'_>) -> Finding {
    let time = subject.facts.one("time").and_then(|time| time.parse::<i64>().ok());
    seen(time, |time| {
        let (before, after) = subject.told;
        let ahead = time.saturating_sub(after);
        let behind = before.saturating_sub(time);
        let (skew, word) = if ahead > behind { (ahead, "ahead") } else { (behind, "behind") };
        if skew <= MORE_THAN_USUAL {
            return Finding::fine("it agrees with this machine's");
        }
        let told = format!("it is {skew} s {word} of this machine's");
        if skew <= MOST_SKEW { Finding::doubtful(told) } else { Finding::failed(told) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict::{CouldNotLook, Doubtful, Failed, Fine};
    use crate::preflight::node::example::{expect, expect_among, expect_told, expect_with_rpms};

    #[test]
    fn python_is_there_and_young_enough() {
        expect(
            python,
            &[
                ("python=3.9.18", Fine),
                ("python=3.11.2", Fine),
                ("python=3.6.8", Failed),
                ("python=", Failed),
                ("", Failed),
                ("python=new", CouldNotLook),
            ],
        );
    }

    #[test]
    fn five_systems_are_known() {
        expect(
            distribution,
            &[
                ("system=rocky\nsystem-version=9.4", Fine),
                ("system=almalinux\nsystem-version=9", Fine),
                ("system=rhel\nsystem-version=9.5", Fine),
                ("system=ubuntu\nsystem-version=22.04", Fine),
                ("system=debian\nsystem-version=12", Fine),
                ("system=rocky\nsystem-version=8.10", Failed),
                ("system=ubuntu\nsystem-version=24.04", Failed),
                ("system=debian\nsystem-version=13", Failed),
                ("system=fedora\nsystem-version=9", Failed),
                ("system=debian", CouldNotLook),
            ],
        );
    }

    #[test]
    fn packages_are_those_of_the_system() {
        // The bundle of the example has a repository for apt.
        expect(
            packages,
            &[("system=debian", Fine), ("system=rocky", Failed), ("system=plan9", CouldNotLook)],
        );
        // What is on the node already comes from nowhere; what else is missing there is not known.
        let there = "system=rocky\npackage=rke2-selinux\npackage=container-selinux";
        expect(packages, &[(there, Doubtful)]);
        let rke2 = "system=rocky\npackage=rke2-selinux";
        for (rpms, facts, verdict) in [
            (&["container-selinux", "rke2-selinux", "tar"][..], "system=rocky", Fine),
            (&["container-selinux", "tar"], "system=rhel", Failed),
            (&["rke2-selinux-devel", "container-selinux"], "system=rocky", Failed),
            (&["container-selinux"], rke2, Fine),
        ] {
            expect_with_rpms(rpms, packages, facts, verdict);
        }
    }

    #[test]
    fn machine_and_init_are_what_rke2_runs_on() {
        expect(
            architecture,
            &[("architecture=x86_64", Fine), ("architecture=aarch64", Failed), ("", CouldNotLook)],
        );
        expect(init, &[("init=systemd", Fine), ("init=sh", Failed), ("", CouldNotLook)]);
    }

    #[test]
    fn names_are_the_nodes_own() {
        let other = "hostname=two";
        for (facts, verdict) in [
            ("hostname=one", Fine),
            ("hostname=one.alpha.example", Fine),
            ("hostname=server7", Doubtful),
            ("hostname=localhost.localdomain", Failed),
            ("hostname=two", Failed),
            ("", CouldNotLook),
        ] {
            expect_among(hostname, facts, other, verdict);
        }
        expect(resolves, &[("resolves=yes", Fine), ("resolves=no", Doubtful), ("", CouldNotLook)]);
    }

    #[test]
    fn clocks_are_compared_as_well_as_the_way_lets() {
        let told = (1000, 1003);
        for (time, verdict) in [
            ("time=1001", Fine),
            ("time=1005", Fine),
            ("time=998", Fine),
            ("time=1006", Doubtful),
            ("time=1033", Doubtful),
            ("time=1034", Failed),
            ("time=969", Failed),
            ("time=-9223372036854775808", Failed),
            ("time=9223372036854775807", Failed),
            ("time=now", CouldNotLook),
        ] {
            expect_told(clock, time, told, verdict);
        }
    }
}
