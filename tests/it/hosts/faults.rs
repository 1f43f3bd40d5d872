//! What happens to runs and hosts, and how the next run goes on.

use super::standing::{Standing, ended};
use sre_tests::Running;
use sre_tests::hosts::Site;
use std::fs;
use std::time::{Duration, Instant};

/// How long anything here may take to come about.
const PATIENCE: Duration = Duration::from_mins(3);

/// Waits until something is so.
#[track_caller]
fn wait_until(what: &str, so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !so() {
        assert!(Instant::now() < deadline, "it did not come about that {what}");
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Starts `apply` and waits until its journal tells of a role.
fn in_the_middle(site: &Site, words: &str, role: &str) -> Running {
    let journal = site.admin.path("/var/lib/sre/journal");
    let count = || fs::read_dir(&journal).unwrap().count();
    let before = count();
    let running = site.start_apply(words);
    wait_until("a journal begins", || count() > before);
    let mut journals: Vec<_> =
        fs::read_dir(&journal).unwrap().map(|entry| entry.unwrap().path()).collect();
    journals.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    journals.sort();
    let newest = journals.pop().unwrap();
    let role = format!("\"role\":\"{role}\"");
    wait_until("the role is reached", || fs::read_to_string(&newest).unwrap().contains(&role));
    running
}

fn ansible_runs(site: &Site) -> bool {
    site.admin.root("pgrep -f '[a]nsible playbook'").run().code() == Some(0)
}

#[test]
fn a_killed_run_takes_ansible_with_it_and_the_next_one_goes_on() {
    let standing = Standing::shared();
    let site = &standing.site;
    let _alone = standing.alone();
    for (phase, role) in [("harden", "kernel_modules"), ("cluster", "rke2_images")] {
        let running = in_the_middle(site, &format!("--only {phase} --again"), role);
        assert!(ansible_runs(site));
        // The state directory belongs to one run at a time.
        let second = site.sre_install("apply --site site.toml --files out --yes");
        let said = second.fails_with(5);
        assert!(said.contains("another run holds"), "{said}");
        site.admin.root("pkill -9 -f '^sre-install apply'").run().ok();
        wait_until("Ansible ends with the installer", || !ansible_runs(site));
        drop(running);
        // The receipt of the run before still holds: nothing half-done is called done, nothing done is lost.
        ended(&site.apply(""), ["already-done"; 4]);
    }
}

#[test]
fn a_seed_server_that_is_gone_is_started_again() {
    let standing = Standing::shared();
    let site = &standing.site;
    let _alone = standing.alone();
    site.admin.root("systemctl stop sre-seed-server").run().ok();
    ended(&site.apply(""), ["done", "already-done", "already-done", "already-done"]);
    // It is nobody in particular, and may do nothing but read.
    let user = site.admin.root("stat -c %u /proc/$(systemctl show -P MainPID sre-seed-server)");
    assert_ne!(user.run().ok().trim(), "0");
}

#[test]
fn a_host_with_another_key_is_not_spoken_to() {
    let standing = Standing::shared();
    let site = &standing.site;
    let _alone = standing.alone();
    let host = &site.nodes[1];
    let key = "/etc/ssh/ssh_host_ed25519_key";
    host.root(&format!("mv {key} {key}.pub /srv")).run().ok();
    host.root(&format!("ssh-keygen -q -t ed25519 -N '' -f {key}")).run().ok();
    host.root("systemctl restart ssh").run().ok();
    let said = site.sre_install("apply --site site.toml --files out --yes").fails_with(5);
    assert!(said.contains("shows another key") && said.contains("node2"), "{said}");
    host.root("mv /srv/ssh_host_ed25519_key* /etc/ssh/ && systemctl restart ssh").run().ok();
    ended(&site.apply(""), ["already-done"; 4]);
}

#[test]
fn a_host_that_is_down_is_named_and_the_others_wait_for_it() {
    let standing = Standing::shared();
    let site = &standing.site;
    let _alone = standing.alone();
    let host = &site.nodes[2];
    host.root("systemctl stop ssh").run().ok();
    let said = site.sre_install("apply --site site.toml --files out --yes").fails_with(5);
    assert!(said.contains("provision is not done on 1 of 3 hosts: node3"), "{said}");
    host.root("systemctl start ssh").run().ok();
    ended(&site.apply(""), ["already-done"; 4]);
}
