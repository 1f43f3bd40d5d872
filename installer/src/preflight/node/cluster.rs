//! What is left of another cluster.

use sre_site::Node;
use sre_site::words::Role;

use super::super::Finding;
use super::super::facts::{Facts, shown};
use super::Subject;

/// The fact that there is data of etcd.
const ETCD: &str = "etcd";

/// Says whether RKE2 is there and has the token of this site.
pub(in crate::preflight) fn is_of_this_site(subject: &Subject<'_>) -> bool {
    let facts = subject.facts;
    let is_there = facts.one("rke2").or(facts.one("rke2-data")).is_some();
    is_there && subject.token.is_some() && facts.one("token") == subject.token
}

pub(in crate::preflight) fn cluster(subject: &Subject<'_>) -> Finding {
    let facts = subject.facts;
    if !facts.looked("clusters") {
        return Finding::unseen("the node does not tell it");
    }
    if let Some(path) = facts.one("other-cluster") {
        return Finding::failed(format!("there is {}", shown(path)));
    }
    if let Some(finding) = second_cluster(subject) {
        return finding;
    }
    if is_of_this_site(subject) {
        return Finding::fine("RKE2 of this site is there");
    }
    match (facts.one("rke2-data"), facts.one("rke2")) {
        (None, None) => Finding::fine("there is none"),
        // Tokens are for root alone, as is the folder of etcd.
        _ if !subject.is_root() => Finding::unseen("only root sees whose RKE2 it is"),
        (Some(path), _) if subject.token.is_none() => Finding::failed(format!(
            "there is {}, and this machine has no token of the site",
            shown(path)
        ))
        .with_remedy(
            "name the folder with the tokens of this cluster with `--files`, or remove the cluster",
        ),
        (Some(path), _) => {
            Finding::failed(format!("there is {}, with a token of another cluster", shown(path)))
        }
        (None, Some(path)) => Finding::doubtful(format!("there is {}, without data", shown(path))),
    }
}

/// Tells of a first server without data of etcd while another server has some: such as one whose machine was
/// installed anew. The first server of the site file begins a cluster where it has none, whatever the others have,
/// and all that join later are of that one.
fn second_cluster(subject: &Subject<'_>) -> Option<Finding> {
    let first = subject.site.servers().next()?;
    if first.name != subject.node.name || subject.facts.one(ETCD).is_some() {
        return None;
    }
    let is_member = |(node, facts): &&(&Node, &Facts)| {
        node.role == Role::Server && node.name != first.name && facts.one(ETCD).is_some()
    };
    let (member, _) = subject.all.iter().find(is_member)?;
    // The folder of etcd is closed to everybody else.
    if !subject.is_root() {
        return Some(Finding::unseen("only root sees whether it has data of etcd"));
    }
    let (first, member) = (&first.name, &member.name);
    Some(
        Finding::failed(format!(
            "it has no data of etcd, while {member} has: as the first server it would begin a second cluster"
        ))
        .with_remedy(format!(
            "if that cluster lives, write {member} as the first server of the site file, and remove the dead member with \
             `kubectl delete node {first}` before it joins anew; if it does not, restore etcd from a snapshot on {first}"
        )),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict::{CouldNotLook, Doubtful, Failed, Fine};
    use crate::preflight::node::example::{
        TOKEN, expect, expect_among, expect_among_servers, expect_without_token, find_among_servers,
    };

    #[test]
    fn a_first_server_that_was_installed_anew_begins_no_second_cluster() {
        let member = format!(
            "rke2-data=/var/lib/rancher/rke2/server/db\netcd=/var/lib/rancher/rke2/server/db/etcd\n\
             looked=clusters\nuid=0\ntoken={TOKEN}"
        );
        let nothing = "looked=clusters\nuid=0";
        // The token was placed by an earlier run; that is no data.
        let placed = format!("{nothing}\nrke2=/usr/local/bin/rke2\ntoken={TOKEN}");
        for (facts, verdict) in [
            (nothing, Failed),
            (&placed, Failed),
            (&member, Fine),
            ("looked=clusters\nuid=1000", CouldNotLook),
        ] {
            expect_among_servers(cluster, facts, &member, verdict);
            expect_among_servers(cluster, facts, nothing, Fine);
        }
        let found = find_among_servers(cluster, nothing, &member);
        let remedy = found.remedy.unwrap();
        assert!(found.saw.contains("two has"), "{}", found.saw);
        for word in ["`kubectl delete node one`", "write two as the first server", "snapshot"] {
            assert!(remedy.contains(word), "{remedy}");
        }
        // An agent is no member, whatever lies on it.
        expect_among(cluster, nothing, &member, Fine);
    }

    #[test]
    fn a_cluster_is_this_sites_by_its_token() {
        let data = "rke2-data=/var/lib/rancher/rke2/server/db\nlooked=clusters\nuid=0";
        let ours = format!("{data}\ntoken={TOKEN}");
        let other = format!("{data}\ntoken=0000");
        expect(
            cluster,
            &[
                ("looked=clusters", Fine),
                (&ours, Fine),
                (&other, Failed),
                (data, Failed),
                ("rke2=/usr/local/bin/rke2\nlooked=clusters\nuid=0", Doubtful),
                ("rke2=/usr/local/bin/rke2\nlooked=clusters\nuid=1000", CouldNotLook),
                ("other-cluster=/var/lib/rancher/k3s\nlooked=clusters", Failed),
                ("", CouldNotLook),
            ],
        );
        // Who has no token does not take every token for its own.
        expect_without_token(cluster, data, Failed);
        expect_without_token(cluster, "looked=clusters", Fine);
    }
}
