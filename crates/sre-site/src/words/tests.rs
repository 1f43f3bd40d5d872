use std::fmt::Debug;

use super::*;

/// Asserts that these texts are words and are shown as they were written.
fn takes<T: SiteWord + Debug>(texts: &[&str]) {
    for text in texts {
        let word: T = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(word.to_string(), *text);
    }
}

/// Asserts that these texts are no words.
fn refuses<T: SiteWord + Debug>(texts: &[&str]) {
    for text in texts {
        assert_eq!(text.parse::<T>().unwrap_err(), T::WRONG, "{text}");
    }
}

#[test]
fn a_label_and_a_name_are_what_dns_allows_in_small_letters() {
    takes::<DnsLabel>(&["a", "node-1", "1", &"a".repeat(63)]);
    refuses::<DnsLabel>(&["", "-a", "a-", "A", "a_b", "a.b", "é", &"a".repeat(64)]);
    takes::<DnsName>(&["localdomain", "alpha.example", "1.a"]);
    refuses::<DnsName>(&["", ".", "a..b", "a.", "10.0.0.1", "A.example", &"a.".repeat(127)]);
}

#[test]
fn a_host_address_is_one_that_others_can_reach() {
    takes::<HostAddress>(&["10.20.0.11", "fd00::11", "203.0.113.7"]);
    refuses::<HostAddress>(&[
        "",
        "0.0.0.0",
        "127.0.0.1",
        "255.255.255.255",
        "224.0.0.1",
        "::",
        "::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "10.0.0.1/24",
        "10.0.0",
        "010.0.0.1",
        "host.example",
    ]);
    takes::<Host>(&["10.20.0.11", "ntp.alpha.example", "fd00::1"]);
    refuses::<Host>(&["", "10.20.0.256", "Host", "127.0.0.1", "a b", "https://a.example"]);
}

#[test]
fn a_subnet_begins_at_its_first_address() {
    takes::<Subnet>(&["10.42.0.0/16", "fd00:42::/56", "10.0.0.8/29"]);
    refuses::<Subnet>(&["10.42.7.0/16", "10.42.0.0", "10.42.0.0/33", "a/8", "10.42.0.0/16/16"]);
    let subnet = |text: &str| text.parse::<Subnet>().unwrap();
    assert!(subnet("10.0.0.0/8").overlaps(subnet("10.42.0.0/16")));
    assert!(subnet("10.42.0.0/16").overlaps(subnet("10.0.0.0/8")));
    assert!(!subnet("10.42.0.0/16").overlaps(subnet("10.43.0.0/16")));
    assert!(!subnet("10.42.0.0/16").overlaps(subnet("fd00::/8")));
    let tenth = |text: &str| subnet(text).address_at(10).map(|address| address.to_string());
    assert_eq!(tenth("10.43.0.0/16").as_deref(), Some("10.43.0.10"));
    assert_eq!(tenth("fd00:43::/112").as_deref(), Some("fd00:43::a"));
    assert_eq!((tenth("10.43.0.0/29"), tenth("255.255.255.248/29")), (None, None));
}

#[test]
fn cards_certificates_and_interfaces_are_written_as_tools_print_them() {
    takes::<MacAddress>(&["bc:24:11:00:00:01", "02:00:00:00:00:00"]);
    refuses::<MacAddress>(&[
        "",
        "BC:24:11:00:00:01",
        "01:00:5e:00:00:01",
        "bc:24:11:00:00",
        "bc24.1100.0001",
    ]);
    takes::<Fingerprint>(&[&["A0"; 32].join(":"), &["0f"; 32].join(":")]);
    refuses::<Fingerprint>(&["", &["A0"; 31].join(":"), &["G0"; 32].join(":"), &"a0".repeat(32)]);
    takes::<InterfaceName>(&["eth0", "bond0.100", "enp0s31f6", "br-lan"]);
    refuses::<InterfaceName>(&["", ".", "..", "a/b", "sixteen-letters-", "eth 0"]);
}

#[test]
fn a_size_is_whole_and_has_a_unit() {
    takes::<Size>(&["1MiB", "16GiB", "1TiB", "1536MiB"]);
    refuses::<Size>(&[
        "",
        "16",
        "16GB",
        "0GiB",
        "-1GiB",
        "+1GiB",
        "1.5GiB",
        "GiB",
        "99999999999999999999TiB",
        "2000000TiB",
    ]);
    assert_eq!("1024MiB".parse::<Size>().unwrap().to_string(), "1GiB");
    assert!("4GiB".parse::<Size>().unwrap() < Size::gibibytes(5));
}

#[test]
fn labels_and_taints_follow_the_rules_of_kubernetes() {
    takes::<LabelKey>(&["zone", "alpha.example/disks", "topology.kubernetes.io/zone", "A_b.c-1"]);
    refuses::<LabelKey>(&["", "/a", "a/", "a/b/c", "-a", "Alpha.example/a", &"a".repeat(64)]);
    takes::<LabelValue>(&["", "a", "room-1", "1.0_2"]);
    refuses::<LabelValue>(&["-a", "a-", "a b", "a/b", &"a".repeat(64)]);
    takes::<Taint>(&["a:NoSchedule", "a.example/b=c:NoExecute", "a=:PreferNoSchedule"]);
    refuses::<Taint>(&[
        "",
        "a",
        "a=b",
        "a:noschedule",
        ":NoSchedule",
        "a=b=c:NoSchedule",
        "a=b c:NoSchedule",
    ]);
}

#[test]
fn a_node_may_not_give_itself_what_kubernetes_keeps_for_administrators() {
    for (key, allowed) in [
        ("zone", true),
        ("alpha.example/zone", true),
        ("topology.kubernetes.io/zone", true),
        ("node.kubernetes.io/anything", true),
        ("node-role.kubernetes.io/worker", false),
        ("node-restriction.kubernetes.io/x", false),
        ("x.k8s.io/y", false),
        ("notkubernetes.io/y", true),
    ] {
        assert_eq!(key.parse::<LabelKey>().unwrap().may_be_set_by_its_node(), allowed, "{key}");
    }
}

#[test]
fn a_public_key_says_its_own_kind_and_stands_on_one_line() {
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA+9ypedcp/xycdO3fci68l8YONgAy7oWg+B+mGKXxZu";
    let zeros = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    takes::<PublicKey>(&[key, zeros, &format!("{key} ada@alpha two words")]);
    refuses::<PublicKey>(&[
        "",
        "ssh-ed25519",
        "ssh-ed25519 AAAA",
        &zeros.replace("ssh-ed25519 ", "ssh-rsa "),
        &format!("no-pty {zeros}"),
        &format!("{zeros} a\nssh-rsa"),
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ]);
    let commented: PublicKey = format!("{zeros} ada at home").parse().unwrap();
    assert_eq!(commented.without_comment(), zeros);
}

#[test]
fn users_variables_and_places_in_registries() {
    takes::<UserName>(&["sre", "_sre", "a-1_b"]);
    refuses::<UserName>(&["", "1a", "Sre", "a b", "a$", &"a".repeat(33)]);
    takes::<EnvironmentName>(&["SRE_PASSWORD", "_A1"]);
    refuses::<EnvironmentName>(&["", "1A", "A-B", "A=B", "hunter2"]);
    takes::<FluxVariable>(&["cluster_issuer"]);
    refuses::<FluxVariable>(&["", "cluster-issuer"]);
    takes::<RegistryPrefix>(&["sre", "mission/sre-1"]);
    refuses::<RegistryPrefix>(&["", "/a", "a/", "A", "a//b", "..", "a/../b"]);
    takes::<ProxmoxName>(&["pve1", "local-lvm", "Rocky_9.6"]);
    refuses::<ProxmoxName>(&["", "-a", "a b", "a/b"]);
}

#[test]
fn every_choice_is_shown_as_it_is_written() {
    fn all<T: SiteWord + Debug + Copy + PartialEq>(words: &[T]) {
        for word in words {
            assert!(word.to_string().parse::<T>().is_ok_and(|read| read == *word));
            assert!(T::FORM.contains(&format!("`{word}`")), "{word} is missing in {}", T::FORM);
        }
        refuses::<T>(&["", "other", "SERVER"]);
    }
    all(Role::ALL);
    all(Cni::ALL);
    all(Become::ALL);
    all(Effect::ALL);
    all(RegistryKind::ALL);
    all(AuthorityKind::ALL);
    all(Profile::ALL);
    all(Fips::ALL);
    all(Reboot::ALL);
    all(StigRelease::ALL);
    all(LogProtocol::ALL);
}

#[test]
fn a_rule_belongs_to_a_profile_and_a_release() {
    takes::<RuleId>(&["RHEL-09-251010", "UBTU-22-411010", "CNTR-R2-000460", "CIS-1.2.9"]);
    refuses::<RuleId>(&[
        "",
        "RHEL-09-25101",
        "RHEL-08-010010",
        "V-254553",
        "CIS-",
        "CIS-1",
        "CIS-1..2",
        "cntr-r2-000460",
    ]);
    for (id, profile, release, is) in [
        ("CNTR-R2-000460", Profile::Stig, StigRelease::V2r7, true),
        ("CNTR-R2-001500", Profile::Stig, StigRelease::V2r7, false),
        ("CNTR-R2-001500", Profile::Stig, StigRelease::V2r3, true),
        ("CNTR-R2-000461", Profile::Stig, StigRelease::V2r3, false),
        ("RHEL-09-251010", Profile::Stig, StigRelease::V2r7, true),
        ("RHEL-09-251010", Profile::Cis, StigRelease::V2r7, false),
        ("CIS-1.2.9", Profile::Cis, StigRelease::V2r7, true),
        ("CIS-1.2.9", Profile::Stig, StigRelease::V2r7, false),
        ("CIS-1.2.9", Profile::Baseline, StigRelease::V2r7, false),
    ] {
        assert_eq!(id.parse::<RuleId>().unwrap().is_of(profile, release), is, "{id} {profile}");
    }
}
