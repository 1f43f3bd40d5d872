//! What hardening did to hosts.

use super::standing::{Standing, ended, phase};
use sre_tests::hosts::{Host, Network, Site};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

#[test]
fn hosts_are_hardened_from_the_bundle_alone_and_a_second_run_changes_nothing() {
    let standing = Standing::shared();
    let Standing { site, answer, .. } = standing;
    ended(answer, ["done"; 4]);
    let _alone = standing.alone();
    let again = site.apply("--only harden --again");
    for host in &site.nodes {
        let changed = |answer| phase(answer, "harden")["hosts"][host.name()]["changed"].as_u64();
        assert!(changed(answer) > Some(30), "{answer}");
        assert_eq!(changed(&again), Some(0), "{again}");
        only_keys_log_in(site, host);
        packages_come_from_the_bundle_alone(host);
        let table = host.root("nft list table inet sre_host").run().ok();
        assert!(table.contains("policy drop"), "{table}");
    }
    wrong_passwords_lock(&site.nodes[0]);
}

fn only_keys_log_in(site: &Site, host: &Host) {
    let rules = host.root("sshd -T").run().ok();
    for rule in ["permitrootlogin no", "passwordauthentication no", "logingracetime 60"] {
        assert!(rules.lines().any(|line| line == rule), "no `{rule}` in\n{rules}");
    }
    // The daemon that runs, and not its file.
    let line = format!(
        "ssh -F /dev/null -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
         -o PreferredAuthentications=none {}@{}",
        Host::USER,
        host.address()
    );
    let said = site.admin.root(&line).run().fails_with(255);
    assert!(said.contains("Permission denied (publickey)."), "{said}");
}

fn packages_come_from_the_bundle_alone(host: &Host) {
    let sources = host.root("apt-get indextargets --format '$(SITE)'").run().ok();
    let sources: BTreeSet<_> = sources.lines().map(str::to_owned).collect();
    let ours = format!("https://{}:8443/deb/debian", Network::ADMIN);
    assert_eq!(sources, BTreeSet::from([ours]));
    host.root("apt-get -q update -o APT::Update::Error-Mode=any").run().ok();
    let installed = host.root("dpkg-query -W -f '${db:Status-Status}' aide auditd chrony").run();
    assert_eq!(installed.ok(), "installedinstalledinstalled");
}

fn wrong_passwords_lock(host: &Host) {
    let hash = host.root("echo right | openssl passwd -6 -stdin").run().ok();
    host.root(&format!("useradd -m -p '{}' probe", hash.trim())).run().ok();
    let log_in = |password: &str| {
        let line = format!("echo {password} | runuser -u nobody -- su probe -c true");
        host.root(&line).run().code()
    };
    assert_eq!(log_in("right"), Some(0));
    for _ in 0..3 {
        assert_eq!(log_in("wrong"), Some(1));
    }
    assert_eq!(log_in("right"), Some(1), "three wrong passwords locked nobody");
    host.root("faillock --dir /var/log/faillock --user probe --reset").run().ok();
    assert_eq!(log_in("right"), Some(0));
}

#[test]
fn nobody_speaks_to_an_address_outside_of_the_site() {
    let Standing { site, .. } = Standing::shared();
    assert_eq!(site.network.strangers(), BTreeSet::new());
    // The switch would have seen it: a packet for somebody else, which it drops.
    let packet = site.nodes[0].root("bash -c 'echo > /dev/udp/198.51.100.7/9'");
    packet.run().ok();
    // It waits until the router has said where it is.
    let deadline = Instant::now() + Duration::from_secs(30);
    while site.network.strangers().is_empty() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(site.network.strangers(), BTreeSet::from(["198.51.100.7".to_owned()]));
}
