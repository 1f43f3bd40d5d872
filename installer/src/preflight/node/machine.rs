//! Memory, processors and swap.

use sre_site::words::Role;
use sre_steps::display::Bytes;

use super::super::Finding;
use super::super::facts::shown;
use super::super::finding::seen;
use super::Subject;

/// What RKE2 wants and what it recommends for servers, and half of it for agents, in bytes.
const SERVER_MEMORY: (u64, u64) = (4 << 30, 8 << 30);
const AGENT_MEMORY: (u64, u64) = (2 << 30, 4 << 30);
/// The kernel keeps up to a tenth for itself, which it does not count.
const COUNTED_TENTHS: u64 = 9;
/// Processors that RKE2 wants, and recommends for servers.
const CORES: u64 = 2;
const SERVER_CORES: u64 = 4;

pub(in crate::preflight) fn memory(subject: &Subject<'_>) -> Finding {
    let (least, good) = match subject.node.role {
        Role::Server => SERVER_MEMORY,
        Role::Agent => AGENT_MEMORY,
    };
    seen(subject.facts.number("memory"), |kibibytes| {
        let bytes = kibibytes.saturating_mul(1024);
        // What the machine has by its label is more than what the kernel counts.
        let counted = |bytes: u64| bytes / 10 * COUNTED_TENTHS;
        Finding::of_amount(bytes, counted(least), counted(good), format!("it has {}", Bytes(bytes)))
    })
}

pub(in crate::preflight) fn cores(subject: &Subject<'_>) -> Finding {
    let good = match subject.node.role {
        Role::Server => SERVER_CORES,
        Role::Agent => CORES,
    };
    seen(subject.facts.number("cores"), |cores| {
        Finding::of_amount(cores, CORES, good, format!("it has {cores}"))
    })
}

pub(in crate::preflight) fn swap(subject: &Subject<'_>) -> Finding {
    if !subject.facts.looked("swap") {
        return Finding::unseen("the node does not tell it");
    }
    let swaps: Vec<_> = subject.facts.all("swap").map(shown).collect();
    if swaps.is_empty() {
        return Finding::fine("there is none");
    }
    Finding::failed(format!("it swaps to {}", swaps.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict::{CouldNotLook, Doubtful, Failed, Fine};
    use crate::preflight::node::example::{expect, expect_of_agent};

    #[test]
    fn memory_is_as_rke2_wants_it_less_what_the_kernel_keeps() {
        expect(
            memory,
            &[
                ("memory=16000000", Fine),
                // A machine of 8 GiB, and one of 4 GiB.
                ("memory=7800000", Fine),
                ("memory=3900000", Doubtful),
                ("memory=3500000", Failed),
                ("memory=much", CouldNotLook),
            ],
        );
        expect_of_agent(
            memory,
            &[("memory=3900000", Fine), ("memory=2000000", Doubtful), ("memory=1000000", Failed)],
        );
    }

    #[test]
    fn a_server_wants_more_cores_than_an_agent() {
        expect(
            cores,
            &[
                ("cores=4", Fine),
                ("cores=2", Doubtful),
                ("cores=1", Failed),
                ("cores=", CouldNotLook),
            ],
        );
        expect_of_agent(cores, &[("cores=2", Fine), ("cores=1", Failed)]);
    }

    #[test]
    fn swap_is_refused() {
        expect(
            swap,
            &[("looked=swap", Fine), ("swap=/dev/dm-1\nlooked=swap", Failed), ("", CouldNotLook)],
        );
    }
}
