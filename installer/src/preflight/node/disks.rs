//! Space, inodes, and whether programs may run.

use std::collections::BTreeSet;

use sre_site::words::Profile;
use sre_steps::display::Bytes;

use super::super::Finding;
use super::super::facts::shown;
use super::super::finding::seen;
use super::cluster::is_of_this_site;
use super::{Needs, Subject};

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;
/// An archive stays where it is, and what it unpacks to is at most three times as large.
const TIMES: u64 = 4;
/// For etcd, logs and the first pods; and for what these grow by where they are there already.
const BESIDES: u64 = 5 * GIB;
const BESIDES_LATER: u64 = GIB;
/// What the file system of `/var/lib/rancher` should have.
const GOOD_DATA: u64 = 100 * GIB;
/// Files of RKE2's own images, and those of a whole platform.
const INODES: u64 = 100_000;
const GOOD_INODES: u64 = 500_000;
/// Below this the STIG's reserve for the audit log is used up in minutes.
const AUDIT: u64 = GIB;
const TMP: u64 = 64 * MIB;
const GOOD_TMP: u64 = 512 * MIB;
/// Folders that programs run from.
const PROGRAMS: [&str; 4] = ["/var/lib/rancher", "/var/lib/kubelet", "/usr/local", "/opt"];

/// Space at a path, in bytes.
struct Space<'a> {
    whole: u64,
    free: u64,
    /// Where its file system is mounted.
    at: &'a str,
}

impl Space<'_> {
    fn told(&self) -> String {
        format!("{} free of {} at {}", Bytes(self.free), Bytes(self.whole), shown(self.at))
    }
}

fn space<'a>(subject: &'a Subject<'_>, path: &'a str) -> Option<Space<'a>> {
    let (whole, free, at) = counts(subject, "space", path)?;
    let bytes = |kibibytes: u64| kibibytes.saturating_mul(1024);
    Some(Space { whole: bytes(whole), free: bytes(free), at })
}

fn counts<'a>(subject: &'a Subject<'_>, name: &str, path: &'a str) -> Option<(u64, u64, &'a str)> {
    let mut words = subject.facts.of(name, path).next()?.splitn(3, ' ');
    Some((words.next()?.parse().ok()?, words.next()?.parse().ok()?, words.next()?))
}

pub(in crate::preflight) fn rancher(subject: &Subject<'_>) -> Finding {
    let Some(needs) = subject.needs else {
        return Finding::unseen("it is not known what the bundle brings");
    };
    let besides = if is_of_this_site(subject) { BESIDES_LATER } else { BESIDES };
    let archives =
        archives_to_bring(subject, needs).saturating_add(program_to_bring(subject, needs));
    let needed = archives.saturating_mul(TIMES).saturating_add(besides);
    seen(space(subject, "/var/lib/rancher"), |space| match &space {
        Space { free, .. } if *free < needed => {
            Finding::failed(format!("{}; it takes {}", space.told(), Bytes(needed)))
        }
        Space { whole, .. } if *whole < GOOD_DATA => Finding::doubtful(space.told()),
        _ => Finding::fine(space.told()),
    })
}

/// Counts the bytes of archives of images that are not there yet, as another release's are not.
fn archives_to_bring(subject: &Subject<'_>, needs: &Needs<'_>) -> u64 {
    let found = subject.facts.all("archive").filter_map(|archive| archive.split_once(' '));
    let found: BTreeSet<(&str, Option<u64>)> =
        found.map(|(size, name)| (name, size.parse().ok())).collect();
    let is_there = |name: &str, size: u64| found.contains(&(name, Some(size)));
    let missing = needs.images.iter().filter(|(name, size)| !is_there(name, *size));
    missing.map(|(_, size)| *size).fold(0, u64::saturating_add)
}

/// Counts the bytes of the program's archive, unless that very one was unpacked.
fn program_to_bring(subject: &Subject<'_>, needs: &Needs<'_>) -> u64 {
    let is_there = subject.facts.one("program") == Some(needs.program_digest.as_str());
    if is_there { 0 } else { needs.program }
}

pub(in crate::preflight) fn inodes(subject: &Subject<'_>) -> Finding {
    seen(counts(subject, "inodes", "/var/lib/rancher"), |(whole, free, at)| {
        // Some file systems make them when they are needed, and count none.
        if whole == 0 {
            return Finding::fine(format!("as many as are needed at {}", shown(at)));
        }
        let told = format!("{free} free of {whole} at {}", shown(at));
        Finding::of_amount(free, INODES, GOOD_INODES, told)
    })
}

pub(in crate::preflight) fn programs(subject: &Subject<'_>) -> Finding {
    let Some(needs) = subject.needs else {
        return Finding::unseen("it is not known what the bundle brings");
    };
    let needed = program_to_bring(subject, needs).saturating_mul(TIMES);
    seen(space(subject, "/usr/local"), |space| {
        if space.free < needed {
            return Finding::failed(format!("{}; it takes {}", space.told(), Bytes(needed)));
        }
        Finding::fine(space.told())
    })
}

pub(in crate::preflight) fn audit(subject: &Subject<'_>) -> Finding {
    let path = "/var/log/audit";
    let wanted = subject.site.hardening.audit_storage.mebibytes().saturating_mul(MIB);
    seen(space(subject, path), |space| match &space {
        _ if subject.site.hardening.profile == Profile::Baseline => Finding::fine(space.told()),
        Space { free, .. } if *free < AUDIT => Finding::failed(space.told()),
        Space { whole, at, .. } if *whole < wanted || *at != path => {
            Finding::doubtful(space.told())
        }
        _ => Finding::fine(space.told()),
    })
}

pub(in crate::preflight) fn tmp(subject: &Subject<'_>) -> Finding {
    seen(space(subject, "/tmp"), |space| {
        Finding::of_amount(space.free, TMP, GOOD_TMP, space.told())
    })
}

pub(in crate::preflight) fn noexec(subject: &Subject<'_>) -> Finding {
    let mounts: Vec<_> =
        subject.facts.all("mount").filter_map(|mount| mount.rsplit_once(' ')).collect();
    if mounts.is_empty() {
        return Finding::unseen("the node does not tell it");
    }
    let mut closed: Vec<_> = PROGRAMS.iter().filter_map(|path| covering(path, &mounts)).collect();
    closed.retain(|(_, option)| *option == "noexec");
    closed.dedup();
    if closed.is_empty() {
        return Finding::fine("programs may run from all of them");
    }
    let places: Vec<_> = closed.iter().map(|(at, _)| shown(at)).collect();
    Finding::failed(format!("mounted `noexec`: {}", places.join(", ")))
}

/// Finds the mount that a path lies in: the nearest one, and of several at one place the last.
fn covering<'a>(path: &str, mounts: &[(&'a str, &'a str)]) -> Option<(&'a str, &'a str)> {
    let covers = |at: &str| {
        at == "/"
            || path.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    mounts.iter().copied().filter(|(at, _)| covers(at)).max_by_key(|(at, _)| at.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict::{CouldNotLook, Doubtful, Failed, Fine};
    use crate::preflight::node::example::{PROGRAM, TOKEN, expect};

    #[test]
    fn data_of_rke2_has_room() {
        // The example's archives have 1000 MiB: it takes a little less than 9 GiB.
        expect(
            rancher,
            &[
                ("space=/var/lib/rancher 120000000 110000000 /var/lib/rancher", Fine),
                ("space=/var/lib/rancher 50000000 40000000 /", Doubtful),
                ("space=/var/lib/rancher 120000000 9000000 /a b", Failed),
                ("space=/var/lib/rancher much more /", CouldNotLook),
                ("", CouldNotLook),
            ],
        );
        expect(
            programs,
            &[
                ("space=/usr/local 9000000 900000 /", Fine),
                ("space=/usr/local 9000000 100000 /", Failed),
                ("", CouldNotLook),
            ],
        );
    }

    #[test]
    fn what_is_there_lowers_what_it_takes_and_no_more() {
        let space = |free: &str| format!("space=/var/lib/rancher 120000000 {free} /");
        let ours = format!("rke2=/usr/local/bin/rke2\ntoken={TOKEN}\nprogram={PROGRAM}");
        let core = "archive=734003200 rke2-images-core.linux-amd64.tar.zst";
        let canal = "archive=209715200 rke2-images-canal.linux-amd64.tar.zst";
        // In the order of what is still to bring: all, the program left out, canal alone, nothing.
        for (there, takes) in [
            (format!("token={TOKEN}"), 9_338_880),
            (format!("rke2=/usr/local/bin/rke2\ntoken={TOKEN}"), 5_144_576),
            (ours.clone(), 4_734_976),
            (format!("{ours}\n{core}"), 1_867_776),
            (format!("{ours}\n{core}\n{canal}"), 1_048_576),
            // One of another release has the name, and another size.
            (
                format!("{ours}\n{core}\narchive=209715201 rke2-images-canal.linux-amd64.tar.zst"),
                1_867_776,
            ),
        ] {
            for (free, verdict) in [(takes, Fine), (takes - 1, Failed)] {
                let facts = format!("{}\n{there}", space(&free.to_string()));
                expect(rancher, &[(&facts, verdict)]);
            }
        }
        let there = format!("space=/usr/local 9000000 100 /\nprogram={PROGRAM}");
        let other = format!("space=/usr/local 9000000 100 /\nprogram=ffff\ntoken={TOKEN}");
        expect(programs, &[(&there, Fine), (&other, Failed)]);
    }

    #[test]
    fn inodes_suffice_where_they_are_counted() {
        expect(
            inodes,
            &[
                ("inodes=/var/lib/rancher 1000000 600000 /", Fine),
                ("inodes=/var/lib/rancher 1000000 200000 /", Doubtful),
                ("inodes=/var/lib/rancher 1000000 20000 /", Failed),
                ("inodes=/var/lib/rancher 0 0 /", Fine),
                ("inodes=/var/lib/rancher - - /", CouldNotLook),
            ],
        );
    }

    #[test]
    fn logs_and_temporary_files_have_room() {
        expect(
            audit,
            &[
                ("space=/var/log/audit 11000000 10000000 /var/log/audit", Fine),
                ("space=/var/log/audit 5000000 4000000 /var/log/audit", Doubtful),
                ("space=/var/log/audit 90000000 80000000 /", Doubtful),
                ("space=/var/log/audit 90000000 900000 /var/log/audit", Failed),
                ("", CouldNotLook),
            ],
        );
        expect(
            tmp,
            &[
                ("space=/tmp 2000000 1000000 /tmp", Fine),
                ("space=/tmp 200000 100000 /tmp", Doubtful),
                ("space=/tmp 200000 1000 /tmp", Failed),
                ("", CouldNotLook),
            ],
        );
    }

    #[test]
    fn the_nearest_mount_decides_whether_programs_run() {
        expect(
            noexec,
            &[
                ("mount=/ exec", Fine),
                ("mount=/ exec\nmount=/var noexec", Failed),
                ("mount=/ exec\nmount=/var noexec\nmount=/var/lib exec", Fine),
                ("mount=/ exec\nmount=/usr/local noexec", Failed),
                ("mount=/ exec\nmount=/opt noexec\nmount=/opt exec", Fine),
                ("mount=/ noexec\nmount=/usr exec", Failed),
                ("", CouldNotLook),
            ],
        );
    }
}
