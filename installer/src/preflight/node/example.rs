//! Nodes that never were, for the tests of judgements.

use std::collections::BTreeSet;

use sre_site::SiteFile;

use super::keys::Keys;
use super::{Needs, Subject};
use crate::preflight::facts::Facts;
use crate::preflight::{Finding, Verdict};
use crate::site::{ListeningPort, PackageKind};

/// The digest of the token of the site.
pub(in crate::preflight) const TOKEN: &str = "5f0c";

/// The digest of the program of the bundle.
pub(in crate::preflight) const PROGRAM: &str = "0a1b";

type Judge = fn(&Subject<'_>) -> Finding;

const SITE: &str = "[site]\nname = \"alpha\"\ndomain = \"alpha.example\"\n[time]\nntp = [\"10.20.0.3\"]\n\
    [ssh]\nuser = \"sre\"\nkey = \"login\"\n\
    [[node]]\nname = \"one\"\naddress = \"10.20.0.11\"\nrole = \"server\"\n\
    [[node]]\nname = \"two\"\naddress = \"10.20.0.12\"\nrole = \"agent\"\n";

/// What a judgement is made of.
struct Case<'a> {
    site: &'a str,
    /// Which of the nodes is judged.
    node: usize,
    facts: &'a str,
    other: Option<&'a str>,
    told: (i64, i64),
    token: Option<&'a str>,
    keys: Keys,
    rpms: &'a [&'a str],
}

impl<'a> Case<'a> {
    fn of(facts: &'a str) -> Self {
        let keys = Keys::default();
        let (other, told, token) = (None, (0, 0), Some(TOKEN));
        Self { site: SITE, node: 0, facts, other, told, token, keys, rpms: &[] }
    }

    fn judged(&self, judge: Judge) -> Finding {
        let file = SiteFile::parse("site.toml", self.site.as_bytes()).unwrap();
        let read = |facts: &str| Facts::parse(format!("{facts}\nend=1\n").trim_start()).unwrap();
        let facts = read(self.facts);
        let other = self.other.map(read);
        let nodes = &file.site().nodes;
        let mut all = vec![(&nodes[self.node], &facts)];
        all.extend(other.as_ref().map(|other| (&nodes[1 - self.node], other)));
        let rpms = self.rpms.iter().map(|name| (*name).to_owned()).collect();
        let needs = needs(&rpms);
        judge(&Subject {
            site: file.site(),
            node: &nodes[self.node],
            facts: &facts,
            needs: Some(&needs),
            token: self.token,
            keys: &self.keys,
            told: self.told,
            all: &all,
        })
    }

    #[track_caller]
    fn expect(&self, judge: Judge, verdict: Verdict) {
        let finding = self.judged(judge);
        assert_eq!(finding.verdict, verdict, "{}\n--- was judged {}", self.facts, finding.saw);
    }
}

fn needs(rpms: &BTreeSet<String>) -> Needs<'_> {
    let port = |number, protocol, what| ListeningPort { number, protocol, what };
    Needs {
        images: vec![
            ("rke2-images-core.linux-amd64.tar.zst".to_owned(), 700 << 20),
            ("rke2-images-canal.linux-amd64.tar.zst".to_owned(), 200 << 20),
        ],
        program: 100 << 20,
        program_digest: PROGRAM.to_owned(),
        packages: if rpms.is_empty() {
            vec![PackageKind::Deb]
        } else {
            vec![PackageKind::Deb, PackageKind::Rpm]
        },
        rpms,
        ports: vec![port(6443, "tcp", "the Kubernetes API"), port(8472, "udp", "VXLAN")],
    }
}

/// Gives what is found on the first node of a site with two, which is a server.
pub(in crate::preflight) fn find(judge: Judge, facts: &str) -> Finding {
    Case::of(facts).judged(judge)
}

pub(in crate::preflight) fn expect(judge: Judge, cases: &[(&str, Verdict)]) {
    for (facts, verdict) in cases {
        Case::of(facts).expect(judge, *verdict);
    }
}

pub(in crate::preflight) fn expect_of_agent(judge: Judge, cases: &[(&str, Verdict)]) {
    for (facts, verdict) in cases {
        Case { node: 1, ..Case::of(facts) }.expect(judge, *verdict);
    }
}

/// Expects it while the second node says something, too.
pub(in crate::preflight) fn expect_among(judge: Judge, facts: &str, other: &str, verdict: Verdict) {
    Case { other: Some(other), ..Case::of(facts) }.expect(judge, verdict);
}

/// Expects it where the facts were told between two times.
pub(in crate::preflight) fn expect_told(
    judge: Judge,
    facts: &str,
    told: (i64, i64),
    verdict: Verdict,
) {
    Case { told, ..Case::of(facts) }.expect(judge, verdict);
}

/// Expects it on a machine that has no token of the site.
pub(in crate::preflight) fn expect_without_token(judge: Judge, facts: &str, verdict: Verdict) {
    Case { token: None, ..Case::of(facts) }.expect(judge, verdict);
}

/// Expects it with a line under `[hardening]`.
pub(in crate::preflight) fn expect_in(
    hardening: &str,
    judge: Judge,
    facts: &str,
    verdict: Verdict,
) {
    let site = format!("{SITE}\n[hardening]\n{hardening}\n");
    Case { site: &site, ..Case::of(facts) }.expect(judge, verdict);
}

/// Expects it with another site file.
pub(in crate::preflight) fn expect_of_site(
    change: impl Fn(&str) -> String,
    judge: Judge,
    facts: &str,
    verdict: Verdict,
) {
    let site = change(SITE);
    Case { site: &site, ..Case::of(facts) }.expect(judge, verdict);
}

/// Gives what is found where node and user know each other by these keys.
pub(in crate::preflight) fn find_with_keys(keys: &Keys, judge: Judge, facts: &str) -> Finding {
    Case { keys: keys.clone(), ..Case::of(facts) }.judged(judge)
}

/// Expects it with another site file, and with these keys.
#[track_caller]
pub(in crate::preflight) fn expect_with_keys(
    change: impl Fn(&str) -> String,
    keys: &Keys,
    judge: Judge,
    facts: &str,
    verdict: Verdict,
) {
    let site = change(SITE);
    Case { site: &site, keys: keys.clone(), ..Case::of(facts) }.expect(judge, verdict);
}

fn with_servers_alone() -> String {
    SITE.replace("agent", "server")
}

/// Gives what is found on the first of two servers while the second one says something, too.
pub(in crate::preflight) fn find_among_servers(judge: Judge, facts: &str, other: &str) -> Finding {
    Case { site: &with_servers_alone(), other: Some(other), ..Case::of(facts) }.judged(judge)
}

/// Expects it on the first of two servers.
#[track_caller]
pub(in crate::preflight) fn expect_among_servers(
    judge: Judge,
    facts: &str,
    other: &str,
    verdict: Verdict,
) {
    Case { site: &with_servers_alone(), other: Some(other), ..Case::of(facts) }
        .expect(judge, verdict);
}

/// Expects it with a bundle that has packages for `dnf`, too.
#[track_caller]
pub(in crate::preflight) fn expect_with_rpms(
    rpms: &[&str],
    judge: Judge,
    facts: &str,
    verdict: Verdict,
) {
    Case { rpms, ..Case::of(facts) }.expect(judge, verdict);
}

/// Expects it with another site file, while the second node says something, too.
#[track_caller]
pub(in crate::preflight) fn expect_of_site_among(
    change: impl Fn(&str) -> String,
    judge: Judge,
    facts: &str,
    other: &str,
    verdict: Verdict,
) {
    let site = change(SITE);
    Case { site: &site, other: Some(other), ..Case::of(facts) }.expect(judge, verdict);
}
