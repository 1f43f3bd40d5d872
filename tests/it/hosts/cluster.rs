//! The cluster that the hosts make up: a stand-in for RKE2 that starts the real control plane.

use super::standing::{Standing, ended, phase};
use std::collections::BTreeSet;

#[test]
fn hosts_join_one_cluster_and_a_finished_run_does_nothing() {
    let standing = Standing::shared();
    let Standing { site, .. } = standing;
    let line = "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml get nodes \
                -o jsonpath='{range .items[*]}{.metadata.name}{\"\\n\"}{end}'";
    let nodes = site.nodes[0].root(line).run().ok();
    let names: BTreeSet<_> = site.nodes.iter().map(|host| host.name().to_owned()).collect();
    assert_eq!(nodes.lines().map(str::to_owned).collect::<BTreeSet<_>>(), names);
    let _alone = standing.alone();
    ended(&site.apply(""), ["already-done"; 4]);
    let again = site.apply("--only cluster --again");
    for host in &site.nodes {
        let changed = &phase(&again, "cluster")["hosts"][host.name()]["changed"];
        assert_eq!(*changed, 0, "{again}");
    }
}
