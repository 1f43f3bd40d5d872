//! What the reader of `config.yaml` finds.

use super::*;

fn found(text: &str, member: Member) -> Vec<String> {
    let show = |problem: &sre_format::Problem| {
        let (line, column) = problem.line_and_column();
        format!("{line}:{column}: {problem} ({})", problem.help_text().unwrap_or("-"))
    };
    check("config.yaml", text, member).iter().map(show).collect()
}

#[test]
fn each_mistake_is_shown_with_its_place_and_the_way_on() {
    for (text, expected) in [
        ("profil: cis\n", "1:1: RKE2 has no key `profil` (did you mean `profile`?)"),
        (
            "# a\nselinux: true\n\"tls-sans\": [a]\n",
            "3:2: RKE2 has no key `tls-sans` (did you mean `tls-san`?)",
        ),
        (
            "flannel-backend: vxlan\n",
            "1:1: RKE2 has no key `flannel-backend` (it is a key of K3s, which RKE2 leaves out; \
             remove it)",
        ),
        ("zzz: 1\n", "1:1: RKE2 has no key `zzz` (RKE2 would skip it; remove it)"),
        ("selinux: \"yes\"\n", "1:1: `selinux` is a text (it must be true or false)"),
        ("tls-san: {a: b}\n", "1:1: `tls-san` is a map (it must be a list of texts)"),
        ("node-name:\n", "1:1: `node-name` is empty (it must be a text)"),
        (
            "etcd-snapshot-retention: many\n",
            "1:1: `etcd-snapshot-retention` is a text (it must be a whole number)",
        ),
        (
            "write-kubeconfig-mode: 0600\n",
            "1:1: `write-kubeconfig-mode` is a text of octal digits (write it in quotes: \"0600\")",
        ),
        (
            "write-kubeconfig-mode: \"0644\"\n",
            "1:1: the file with the administrator's key is for root alone (write it in quotes: \
             \"0600\")",
        ),
        ("profile: cis-1.23\n", "1:1: `profile` cannot be `cis-1.23` (one of: cis, etcd)"),
        (
            "kubelet-arg:\n- --v=2\n",
            "1:1: `--v=2` in `kubelet-arg` is no argument (write `name=value`, without dashes in \
             front)",
        ),
        (
            "token: hunter2\n",
            "1:1: `token` puts a secret into this file (write it to a file and name that by \
             `token-file`)",
        ),
    ] {
        assert_eq!(found(text, Member::Server), [expected], "{text}");
    }
}

#[test]
fn agents_know_fewer_keys() {
    let text = "cni: canal\n";
    assert!(found(text, Member::Server).is_empty());
    assert_eq!(
        found(text, Member::Agent),
        ["1:1: agents have no key `cni` (only servers know it; remove it here)"]
    );
}

#[test]
fn takes_what_rke2_takes() {
    for text in [
        "",
        "# nothing\n\n",
        "tls-san: one.example\n",
        "tls-san+: [one.example]\nkubelet-arg+:\n- max-pods=200\n",
        "{cni: [multus, canal], debug: false}\n",
        "cni: multus,canal\n",
        "write-kubeconfig-mode: \"600\"\n",
    ] {
        assert!(
            found(text, Member::Server).is_empty(),
            "{text}: {:?}",
            found(text, Member::Server)
        );
    }
}

#[test]
fn what_is_no_map_is_one_problem_and_no_secret_is_repeated() {
    for text in ["- a\n", "a: [\n", "a: 1\na: 2\n", "just text\n", "\u{0}"] {
        assert_eq!(found(text, Member::Server).len(), 1, "{text}");
    }
    let shown = found("token: hunter2\nagent-token: [hunter2]\n", Member::Server);
    assert!(shown.len() == 2 && !shown.concat().contains("hunter2"), "{shown:?}");
}

#[test]
fn a_site_may_add_and_may_not_undo() {
    let messages = |text: &str| {
        let problems = check_site("90-site.yaml", text, Member::Server);
        problems.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    for (text, expected) in [
        ("kubelet-arg+:\n- max-pods=200\nservice-node-port-range: 30000-31000\n", vec![]),
        ("profile: etcd\n", vec!["`profile` is made from the site file"]),
        ("debug: true\n", vec!["`debug` is left out on purpose"]),
        (
            "kubelet-arg:\n- max-pods=200\n",
            vec!["`kubelet-arg` would take the place of the whole list"],
        ),
        (
            "kube-apiserver-arg+: [anonymous-auth=true]\n",
            vec!["`anonymous-auth` is set already (V-254562)"],
        ),
        (
            "kubelet-arg+: [seccomp-default=false]\n",
            vec!["`seccomp-default` is set already (CIS 4.2.14; off by default)"],
        ),
    ] {
        assert_eq!(messages(text), expected, "{text}");
    }
}

#[test]
fn keys_stand_once() {
    let mut names: Vec<&str> = keys::all().map(|key| key.name).collect();
    names.extend(keys::K3S_ONLY);
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}
