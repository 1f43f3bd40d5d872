//! What is left of another cluster.

use super::super::Finding;
use super::super::facts::shown;
use super::Subject;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict::{CouldNotLook, Doubtful, Failed, Fine};
    use crate::preflight::node::example::{TOKEN, expect, expect_without_token};

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
