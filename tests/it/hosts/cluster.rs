//! The cluster that the hosts make up: a stand-in for RKE2 that starts the real control plane.

use super::standing::{Standing, ended, phase};
use std::collections::BTreeSet;
use std::fs;

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

/// `kubectl` as the first server has it.
const KUBECTL: &str = "/var/lib/rancher/rke2/bin/kubectl --kubeconfig /etc/rancher/rke2/rke2.yaml";

#[test]
fn what_rke2_s_own_removal_took_comes_back_and_what_no_site_wants_goes() {
    let standing = Standing::shared();
    let site = &standing.site;
    let _alone = standing.alone();
    let (server, agent) = (&site.nodes[0], &site.nodes[2]);
    agent.root("rm /usr/local/bin/rke2").run().ok();
    let manifest = "/var/lib/rancher/rke2/server/manifests/sre-kube-vip.yaml";
    let make = format!(
        "{KUBECTL} create configmap former -n kube-system --dry-run=client -o yaml >{manifest} && {KUBECTL} apply -f {manifest}"
    );
    server.root(&make).run().ok();
    site.apply("--only cluster --again");
    assert!(agent.path("/usr/local/bin/rke2").exists());
    assert!(!server.path(manifest).exists());
    let former = server.root(&format!("{KUBECTL} get configmap former -n kube-system")).run();
    assert!(former.fails_with(1).contains("NotFound"));
}

#[test]
fn a_release_that_cannot_follow_is_refused_before_any_host_is_touched() {
    let standing = Standing::shared();
    let site = &standing.site;
    let _alone = standing.alone();
    let host = &site.nodes[2];
    let version = host.path("/usr/local/lib/rke2_stand_in/VERSION");
    let now = fs::read_to_string(&version).unwrap();
    for (installed, message) in [
        ("v1.33.1+rke2r1", "Kubernetes goes one minor version at a time"),
        ("v1.36.1+rke2r1", "etcd and the API's objects do not go back"),
    ] {
        fs::write(&version, installed).unwrap();
        let again = "apply --site site.toml --files out --yes --only cluster --again";
        let said = site.sre_install(again).fails_with(9);
        assert!(said.contains("node3 cannot be upgraded") && said.contains(message), "{said}");
    }
    fs::write(&version, now).unwrap();
    ended(&site.apply(""), ["already-done"; 4]);
}

#[test]
fn a_first_server_without_its_data_begins_no_second_cluster() {
    let standing = Standing::shared();
    let site = &standing.site;
    let _alone = standing.alone();
    let data = "/var/lib/rancher/rke2/server/db/etcd";
    site.nodes[0].root(&format!("mv {data} {data}.away")).run().ok();
    let again = "apply --site site.toml --files out --yes --only cluster --again";
    let said = site.sre_install(again).fails_with(5);
    site.nodes[0].root(&format!("mv {data}.away {data}")).run().ok();
    assert!(said.contains("would begin a second cluster"), "{said}");
    assert!(said.contains("node2 has") && said.contains("kubectl delete node node1"), "{said}");
    ended(&site.apply(""), ["already-done", "already-done", "already-done", "done"]);
}
