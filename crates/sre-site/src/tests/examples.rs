use super::*;
use crate::words::{Cni, Fips, Host, Profile, Role, Size, StigRelease};
use crate::{
    AgentsReach, Authority, Escalation, ProxmoxTrust, Registry, SecretReference, SeedHost,
};

#[test]
fn the_examples_of_the_documentation_are_valid_and_leave_no_doubt() {
    for text in [EVERYTHING, SINGLE, BARE_METAL, PROXMOX] {
        let file = parse(text).unwrap_or_else(|error| panic!("{:?}", error.problems()));
        assert!(file.warnings().is_empty(), "{:?}", file.warnings());
    }
}

#[test]
fn one_node_needs_few_keys_and_everything_else_has_a_default() {
    let file = parse(SINGLE).unwrap();
    let site = file.site();
    assert_eq!(site.cluster.name.as_str(), "bravo");
    assert_eq!((site.cluster.cni, site.cluster.dns.to_string()), (Cni::Canal, "10.43.0.10".into()));
    assert_eq!(site.cluster.pods[0].to_string(), "10.42.0.0/16");
    assert_eq!(site.cluster.api, AgentsReach::FirstServer);
    assert_eq!(site.api_host().unwrap().to_string(), "10.30.0.11");
    assert_eq!(site.nodes[0].access.port, 22);
    assert_eq!(site.nodes[0].access.escalation, Escalation::Sudo(None));
    let Registry::InClusterHarbor { host, storage, password: None } = &site.registry else {
        panic!()
    };
    assert_eq!((host.as_str(), *storage), ("harbor.bravo.example", Size::gibibytes(200)));
    assert_eq!((site.seed_server.host.clone(), site.seed_server.port), (SeedHost::Admin, 8443));
    assert_eq!(site.authority, Authority::Own);
    let hardening = &site.hardening;
    assert_eq!((hardening.profile, hardening.fips), (Profile::Stig, Fips::Required));
    assert_eq!(hardening.stig_release, StigRelease::V2r7);
    assert!(site.proxmox.is_none() && site.seed_node().is_none());
}

#[test]
fn a_node_has_what_it_says_itself_and_the_rest_from_the_tables_for_all() {
    let file = parse(EVERYTHING).unwrap();
    let [first, second, _, agent] = &file.site().nodes[..] else { panic!() };
    assert_eq!((first.access.user.as_str(), agent.access.user.as_str()), ("sre", "root"));
    assert_eq!((first.access.port, agent.access.port), (22, 2222));
    let password = SecretReference::Environment("SRE_SUDO_PASSWORD".parse().unwrap());
    assert_eq!(first.access.escalation, Escalation::Sudo(Some(password)));
    assert_eq!(agent.access.escalation, Escalation::None);
    assert!(agent.access.host_key.is_some() && agent.machine.is_none());
    let (one, two) = (first.machine.as_ref().unwrap(), second.machine.as_ref().unwrap());
    assert_eq!((one.storage.as_str(), two.storage.as_str()), ("local-lvm", "ceph"));
    assert_eq!((one.template.as_str(), two.template.as_str()), ("rocky9", "rocky9-large"));
    assert_eq!((one.id, one.vlan, two.id, two.vlan), (Some(2011), Some(20), Some(2012), None));
    assert_eq!(file.site().ssh_keys().len(), 2);
}

#[test]
fn every_table_means_what_it_says() {
    let file = parse(EVERYTHING).unwrap();
    let site = file.site();
    assert_eq!((site.servers().count(), site.agents().count()), (3, 1));
    assert_eq!(site.node(&"agent-1".parse().unwrap()).unwrap().role, Role::Agent);
    let AgentsReach::Virtual(vip) = &site.cluster.api else { panic!() };
    assert_eq!((vip.address.to_string(), vip.interface.as_str()), ("10.20.0.10".into(), "eth0"));
    assert!(site.cluster.embedded_registry);
    let proxmox = site.proxmox.as_ref().unwrap();
    assert_eq!(proxmox.trust, ProxmoxTrust::AuthorityFile("proxmox-ca.pem".into()));
    let SecretReference::Command(command) = &proxmox.token else { panic!() };
    assert_eq!(command, &["pass", "show", "sre/proxmox"]);
    let Authority::Given { chain: Some(_), .. } = &site.authority else { panic!() };
    assert_eq!(site.flux.secret_variables.len(), 1);
    let hardening = &site.hardening;
    assert!(hardening.banner.as_ref().unwrap().starts_with("This is a system"));
    assert_eq!(
        hardening.log_server.as_ref().unwrap().address,
        Host::Name("logs.alpha.example".into())
    );
    assert_eq!((hardening.administrators.len(), hardening.deviations.len()), (2, 2));
    assert_eq!(hardening.deviations[0].expires.to_string(), "2027-09-30");
}

#[test]
fn a_registry_that_is_there_already_is_named_with_its_login() {
    let file = parse(PROXMOX).unwrap();
    let Registry::Harbor(registry) = &file.site().registry else { panic!() };
    assert_eq!(registry.url.to_string(), "https://harbor.delta.example");
    assert_eq!(registry.prefix.as_ref().unwrap().as_str(), "mission/sre");
    assert_eq!(registry.login.as_ref().unwrap().user, "robot$sre");
}

const PAGE: &str = include_str!("../../../../docs/site.md");

#[test]
fn the_shortest_site_of_the_documentation_is_valid() {
    let (_, rest) = PAGE.split_once("```toml\n").unwrap();
    let (text, _) = rest.split_once("```").unwrap();
    let file = parse(text).unwrap_or_else(|error| panic!("{:?}", error.problems()));
    assert!(file.warnings().is_empty(), "{:?}", file.warnings());
}

#[test]
fn the_documentation_names_every_key() {
    let schema = crate::schema();
    for (name, table) in schema["$defs"].as_object().unwrap() {
        for key in table["properties"].as_object().into_iter().flatten().map(|(key, _)| key) {
            let forms = [
                format!("`{key}`"),
                format!(".{key}`"),
                format!("{{ {key} = "),
                format!(".{key}]"),
            ];
            let named = forms.iter().any(|form| PAGE.contains(form));
            assert!(named, "{name} {key} is missing in docs/site.md");
        }
    }
}

#[test]
fn the_schema_in_the_documentation_is_the_one_of_this_program() {
    let written = include_str!("../../../../docs/schemas/site.schema.json");
    assert_eq!(serde_json::from_str::<serde_json::Value>(written).unwrap(), crate::schema());
}
