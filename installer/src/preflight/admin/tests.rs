//! A case of each verdict, for each check.

use sre_site::SecretReference;

use super::*;
use crate::host::AnsibleError;
use crate::preflight::Verdict::{self, CouldNotLook, Doubtful, Failed, Fine};

const SITE: &str = "[site]\nname = \"alpha\"\ndomain = \"alpha.example\"\n[time]\nntp = [\"10.20.0.3\"]\n\
    [ssh]\nuser = \"sre\"\nkey = \"login\"\n[become]\npassword = { file = \"sudo.txt\" }\n\
    [[node]]\nname = \"one\"\naddress = \"10.20.0.11\"\nrole = \"server\"\n\
    [[node]]\nname = \"two\"\naddress = \"10.20.0.12\"\nrole = \"agent\"\n";

fn site(text: &str) -> SiteFile {
    SiteFile::parse("site.toml", text.as_bytes()).unwrap()
}

fn verdicts(findings: &[Finding]) -> Vec<Verdict> {
    findings.iter().map(|finding| finding.verdict).collect()
}

#[test]
fn what_keeps_bundle_and_site_apart_is_told_once() {
    let lacking = || HostPlanError::Lacking { what: "RKE2", remedy: "carry it" };
    assert_eq!(bundle(&Err(lacking())).remedy.unwrap(), "carry it");
    assert_eq!(bundle(&Err(HostPlanError::NoAddress)).verdict, CouldNotLook);
    assert_eq!(seed_address(&Err(HostPlanError::NoAddress)).verdict, Failed);
    assert_eq!(seed_address(&Err(lacking())).verdict, CouldNotLook);
    let file = site(SITE);
    assert_eq!(seed_port(file.site(), &Err(lacking())).verdict, CouldNotLook);
    let on_node = site(&format!("{SITE}\n[seed-server]\nhost = \"two\"\n"));
    assert_eq!(seed_port(on_node.site(), &Err(lacking())).verdict, Fine);
}

#[test]
fn a_secret_is_told_by_its_place_once_for_all_nodes() {
    let file = site(SITE);
    let reference = SecretReference::File("sudo.txt".into());
    let secret = sre_site::Secret::new(b"hunter2".to_vec()).unwrap();
    for (read, verdict) in [(Ok(secret), Fine), (Err("it is empty".to_owned()), Failed)] {
        let found = secrets(file.site(), &Secrets::from([(reference.clone(), read)]));
        assert_eq!(verdicts(&found), [verdict]);
        assert!(found[0].saw.contains("sudo") && !found[0].saw.contains("hunter2"), "{found:?}");
    }
    let none = site(&SITE.replace("password = { file = \"sudo.txt\" }", ""));
    assert_eq!(verdicts(&secrets(none.site(), &Secrets::new())), [Fine]);
}

#[test]
fn a_deviation_that_ends_soon_is_doubtful() {
    let deviation = |expires: &str| {
        format!(
            "{SITE}\n[[hardening.deviation]]\nid = \"RHEL-09-251010\"\nsetting = \"x = 1\"\nreason = \"r\"\n\
             compensating-controls = [\"c\"]\napprover = \"a\"\nexpires = {expires}\n"
        )
    };
    for (expires, verdict) in [("2001-01-01", Failed), ("9999-01-01", Fine)] {
        assert_eq!(verdicts(&deviations(&site(&deviation(expires)))), [verdict], "{expires}");
    }
    assert_eq!(verdicts(&deviations(&site(SITE))), [Fine]);
}

#[test]
fn a_key_is_private_and_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("login");
    let key = |state| LoginKey { kind: Some("ecdsa".to_owned()), state };
    let open = key(KeyState::Open);
    assert_eq!(private_key(&path, Some(&open)).verdict, Failed);
    for (content, mode, verdict) in [
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", 0o600, Fine),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\n", 0o644, Failed),
        ("ssh-ed25519 AAAA\n", 0o600, Failed),
        ("", 0o600, Failed),
    ] {
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let found = private_key(&path, Some(&open));
        assert_eq!(found.verdict, verdict, "{content} {mode:o}");
    }
    assert_eq!(private_key(folder.path(), Some(&open)).verdict, Failed);
    fs::write(&path, "-----BEGIN OPENSSH PRIVATE KEY-----\n").unwrap();
    for (state, verdict) in [
        (KeyState::Open, Fine),
        (KeyState::InAgent, Fine),
        (KeyState::Locked, Failed),
        (KeyState::Unreadable("error in libcrypto".to_owned()), Failed),
        (KeyState::Untold, CouldNotLook),
    ] {
        let found = private_key(&path, Some(&key(state.clone())));
        assert_eq!(found.verdict, verdict, "{state:?}");
        let names_the_agent =
            found.remedy.is_some_and(|remedy| remedy.contains("--preserve-env=SSH_AUTH_SOCK"));
        assert_eq!(names_the_agent, state == KeyState::Locked);
    }
}

async fn judged_ansible(chosen: &ChosenAnsible) -> Finding {
    ansible(chosen, &Programs::of_environment()).await
}

#[test]
fn an_ansible_of_this_machine_is_judged_by_what_it_says() {
    let said = |text: &str| ansible_of_machine(Path::new("/opt/a"), Some(text.to_owned())).verdict;
    assert_eq!(said("ansible-playbook [core 2.16.3]"), Fine);
    assert_eq!(said("ansible-playbook [core 2.19.0rc1]"), Fine);
    assert_eq!(said("ansible-playbook [core 2.15.13]"), Failed);
    assert_eq!(said("ansible-playbook 2.9.27"), Failed);
    assert_eq!(said("tar (GNU tar) 1.34"), Failed);
    assert_eq!(ansible_of_machine(Path::new("/opt/a"), None).verdict, Failed);
}

#[tokio::test]
async fn the_ansible_that_apply_would_run_is_the_one_that_is_judged() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("ansible-playbook");
    fs::write(&program, "#!/bin/sh\necho 'ansible-playbook [core 2.17.1]'\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    for (chosen, verdict) in [
        (ChosenAnsible::OfMachine(program), Fine),
        (ChosenAnsible::OfMachine(folder.path().join("none")), Failed),
        (ChosenAnsible::OfBundle(Ok("/usr/bin/python3.12".into())), Fine),
        (ChosenAnsible::OfBundle(Err(AnsibleError::NotCarried)), Failed),
    ] {
        let found = judged_ansible(&chosen).await;
        assert_eq!(found.verdict, verdict, "{}", found.saw);
    }
    let lacking = ChosenAnsible::OfBundle(Err(AnsibleError::NotCarried));
    assert!(judged_ansible(&lacking).await.remedy.unwrap().contains("[ansible.python]"));
}

#[test]
fn programs_are_there_and_young_enough() {
    let said = |text: &str| Some(text.to_owned());
    assert_eq!(ssh(said("OpenSSH_9.2p1")).verdict, Fine);
    assert_eq!(ssh(None).verdict, Failed);
}

#[test]
fn a_port_is_free_or_taken_or_nobodys() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    assert_eq!(listening(address).verdict, Doubtful);
    drop(taken);
    assert_eq!(listening(address).verdict, Fine);
    // TEST-NET-3 belongs to no machine.
    assert_eq!(listening("203.0.113.7:8443".parse().unwrap()).verdict, Failed);
}

#[test]
fn the_folder_of_a_site_can_be_written_or_not() {
    let place = tempfile::tempdir().unwrap();
    let file = site(SITE);
    let good = place.path().join("sites/alpha");
    assert_eq!(folder(&good, &crate::site::pin_hosts(file.site(), &good)).verdict, Fine);
    assert_eq!(fs::metadata(&good).unwrap().permissions().mode() & 0o777, 0o700);
    fs::write(place.path().join("file"), "").unwrap();
    let bad = place.path().join("file/alpha");
    assert_eq!(folder(&bad, &crate::site::pin_hosts(file.site(), &bad)).verdict, Failed);
    assert_eq!(space(&place.path().join("nowhere")).verdict, CouldNotLook);
    assert_ne!(space(place.path()).verdict, CouldNotLook);
}
