//! Keys of SSH that a node refuses once it is hardened.

use super::super::Finding;
use super::super::finding::seen;
use super::{Family, Subject};
use crate::host::{is_ed25519, refuses_ed25519};

/// How a key of another kind is made.
const ANOTHER: &str = "make one of another kind, `ssh-keygen -t ecdsa -b 384` or `-t rsa -b 4096`";

/// The keys by which a node and its user know each other.
#[derive(Clone, Debug, Default)]
pub(in crate::preflight) struct Keys {
    /// The file of the key that logs in.
    pub login: String,
    /// Its kind, where that can be told.
    pub login_kind: Option<String>,
    /// The keys of the node that a person or a visit has pinned, each beginning with its kind.
    pub pinned: Vec<String>,
    /// The command that forgets those.
    pub forget: String,
}

pub(in crate::preflight) fn kinds(subject: &Subject<'_>) -> Finding {
    if !refuses_ed25519(&subject.site.hardening) {
        return Finding::fine("the node goes on accepting every kind");
    }
    match subject.family() {
        None => Finding::unseen("the system is none that is known"),
        Some(Family::Debian) => Finding::fine("its system accepts every kind"),
        Some(Family::RedHat) => seen(subject.keys.login_kind.as_deref(), |kind| {
            let found: Vec<_> = [login(subject, kind), host(subject), people(subject)]
                .into_iter()
                .flatten()
                .collect();
            if found.is_empty() {
                return Finding::fine("none is ed25519, which it refuses once it is hardened");
            }
            let saw: Vec<_> = found.iter().map(|(saw, _)| saw.as_str()).collect();
            let remedies: Vec<_> = found.iter().map(|(_, remedy)| remedy.as_str()).collect();
            Finding::failed(format!(
                "hardening makes it refuse ed25519, and of that kind is {}",
                saw.join(", and ")
            ))
            .with_remedy(remedies.join("; "))
        }),
    }
}

fn login(subject: &Subject<'_>, kind: &str) -> Option<(String, String)> {
    is_ed25519(kind).then(|| {
        let saw = format!("the key that logs in, {}", subject.keys.login);
        let user = &subject.node.access.user;
        let remedy = format!(
            "{ANOTHER}, put its line into ~{user}/.ssh/authorized_keys on the node, and name it as `key` of `ssh`"
        );
        (saw, remedy)
    })
}

fn host(subject: &Subject<'_>) -> Option<(String, String)> {
    let kinds = "ecdsa-sha2-nistp256, -nistp384, -nistp521 or ssh-rsa";
    if let Some(key) = &subject.node.access.host_key {
        return is_ed25519(kind_of(key.as_str())).then(|| {
            let remedy = format!(
                "write its key of the kind {kinds} as `host-key`: `cat /etc/ssh/ssh_host_ecdsa_key.pub` on its console"
            );
            ("its `host-key` in the site file".to_owned(), remedy)
        });
    }
    let Keys { pinned, forget, .. } = subject.keys;
    // One of another kind beside it is enough.
    let has_no_other = pinned.iter().all(|key| is_ed25519(kind_of(key)));
    (has_no_other && !pinned.is_empty()).then(|| {
        let remedy = format!(
            "forget its key, `{forget}`, and run preflight again, which pins one of the kind {kinds}"
        );
        ("its key that is pinned".to_owned(), remedy)
    })
}

fn people(subject: &Subject<'_>) -> Option<(String, String)> {
    let people = subject.site.hardening.administrators.iter().filter(|person| {
        person.authorized_keys.iter().any(|key| is_ed25519(kind_of(key.as_str())))
    });
    let names: Vec<_> = people.map(|person| person.name.to_string()).collect();
    (!names.is_empty()).then(|| {
        let saw = format!("a key in `[[hardening.admin]]` of {}", names.join(", "));
        (saw, format!("{ANOTHER}, for each person, and write it in its place"))
    })
}

/// Gives the kind that a key begins with. What follows is a name that may say anything.
fn kind_of(key: &str) -> &str {
    key.split(' ').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::Verdict::{self, CouldNotLook, Failed, Fine};
    use crate::preflight::node::example::{expect_with_keys, find_with_keys};

    const ED25519: &str =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE9vDkkrTBAQbK4A1QFMSNrfcQwHrwKYY8IWzuG1tHUN";
    const ECDSA: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHRZ9Vo6H3mWK8sAFLLi3FP+Fh/iwy8CQA5A23c/1rfgTpgLOf4PhSHDPx5OPh7fk/pHsjq5wwygh/BcpxoL6H0= ada@ed25519";

    fn keys(login: &str, pinned: &[&str]) -> Keys {
        Keys {
            login: "/srv/login".into(),
            login_kind: Some(login.to_owned()),
            pinned: pinned.iter().map(|key| (*key).to_owned()).collect(),
            forget: "ssh-keygen -f known_hosts -R one".into(),
        }
    }

    #[track_caller]
    fn judge(change: impl Fn(&str) -> String, keys: &Keys, facts: &str, verdict: Verdict) {
        expect_with_keys(change, keys, kinds, facts, verdict);
    }

    #[test]
    fn a_key_that_a_hardened_node_refuses_is_told_before_it_locks_out() {
        let same = str::to_owned;
        let none = &[][..];
        judge(same, &keys("ecdsa", none), "system=rocky", Fine);
        judge(same, &keys("rsa", &[ED25519, ECDSA]), "system=rhel", Fine);
        judge(same, &keys("ed25519", none), "system=almalinux", Failed);
        judge(same, &keys("ed25519-sk", none), "system=rocky", Failed);
        judge(same, &keys("ecdsa", &[ED25519]), "system=rocky", Failed);
        judge(same, &keys("ed25519", none), "system=debian", Fine);
        judge(same, &keys("ed25519", none), "", CouldNotLook);
        judge(same, &Keys { login_kind: None, ..keys("", none) }, "system=rocky", CouldNotLook);
        for (hardening, verdict) in [
            ("profile = \"baseline\"", Fine),
            ("profile = \"cis\"", Failed),
            ("profile = \"cis\"\nfips = \"off\"", Fine),
        ] {
            let change = |site: &str| format!("{site}\n[hardening]\n{hardening}\n");
            judge(change, &keys("ed25519", none), "system=rocky", verdict);
        }
    }

    #[test]
    fn keys_that_the_site_file_names_are_judged_too() {
        for (key, verdict) in [(ED25519, Failed), (ECDSA, Fine)] {
            let host = |site: &str| {
                let line = format!("role = \"server\"\nssh = {{ host-key = \"{key}\" }}");
                site.replace("role = \"server\"", &line)
            };
            // What a visit pinned does not count beside it.
            judge(host, &keys("ecdsa", &[ED25519]), "system=rocky", verdict);
            let people = |site: &str| {
                format!(
                    "{site}\n[[hardening.admin]]\nname = \"ada\"\nauthorized-keys = [\"{key}\"]\n"
                )
            };
            judge(people, &keys("ecdsa", &[]), "system=rocky", verdict);
        }
    }

    #[test]
    fn every_key_is_named_with_what_takes_its_place() {
        let found = find_with_keys(&keys("ed25519", &[ED25519]), kinds, "system=rocky");
        for word in ["/srv/login", "key that is pinned"] {
            assert!(found.saw.contains(word), "{}", found.saw);
        }
        let remedy = found.remedy.unwrap();
        for word in ["ssh-keygen -t ecdsa -b 384", "~sre/", "-R one", "nistp256"] {
            assert!(remedy.contains(word), "{remedy}");
        }
    }
}
