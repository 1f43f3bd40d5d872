//! The cluster that a site describes, in the words of RKE2.

use sre_format::names::Prefix;
use sre_rke2::registries::{Credential, Endpoint, Mirrors};
use sre_rke2::specification::{
    AuditLog, Cni, EmbeddedRegistry, Networking, SecurityModule, Snapshots, Taint, TaintEffect,
    VirtualAddress,
};
use sre_rke2::stig::Release as StigRelease;
use sre_rke2::{Cluster, ClusterSpecification, NodeSpecification, Role, Secret};
use sre_site::words::{self, Effect};
use sre_site::{AgentsReach, ExistingRegistry, Node, Registry, SecretSource, Site};

use super::plan::SeedServer;
use super::release::PackageKind;
use super::{HostPlanError, Release};

/// Where nodes keep the certificate of the authority that signs the seed server's; hardening puts it there.
pub(super) const AUTHORITY: &str = "/etc/ssl/sre/seed-ca.pem";
/// Where nodes keep that of a registry which the site has.
pub(super) const REGISTRY_AUTHORITY: &str = "/etc/rancher/rke2/registry-ca.pem";
/// The name of the API below the domain of the site.
const API: &str = "api";

/// Describes the cluster; `seed` is the URL of the seed server, `secrets` opens the registry's password.
pub(super) fn cluster<S: SecretSource>(
    site: &Site,
    release: &Release,
    seed: &SeedServer,
    secrets: &S,
) -> Result<Cluster, HostPlanError> {
    let specification = ClusterSpecification {
        stig: match site.hardening.stig_release {
            words::StigRelease::V2r3 => StigRelease::V2R3,
            words::StigRelease::V2r7 => StigRelease::V2R7,
        },
        networking: networking(site),
        registration: registration(site),
        virtual_address: virtual_address(site, release)?,
        tls_names: tls_names(site),
        mirrors: mirrors(site, release, seed, secrets)?,
        embedded_registry: if site.cluster.embedded_registry {
            EmbeddedRegistry::On
        } else {
            EmbeddedRegistry::Off
        },
        snapshots: Snapshots::default(),
        audit_log: AuditLog::default(),
        components: std::collections::BTreeMap::new(),
        exemptions: Vec::new(),
        nodes: nodes(site, release),
    };
    Ok(Cluster::new(specification)?)
}

fn networking(site: &Site) -> Networking {
    let cluster = &site.cluster;
    let ranges = |ranges: &[words::Subnet]| ranges.iter().map(|range| range.network()).collect();
    Networking {
        cni: match cluster.cni {
            words::Cni::Canal => Cni::Canal,
            words::Cni::Cilium => Cni::Cilium,
        },
        pods: ranges(&cluster.pods),
        services: ranges(&cluster.services),
        dns: vec![cluster.dns.ip()],
        domain: cluster.domain.to_string(),
    }
}

/// Gives the name or address by which nodes join.
fn registration(site: &Site) -> String {
    site.api_host().map(|host| host.to_string()).unwrap_or_default()
}

fn tls_names(site: &Site) -> Vec<String> {
    let named = format!("{API}.{}", site.place.domain);
    let asked = site.cluster.api_names.iter().map(ToString::to_string);
    asked.chain([named]).collect()
}

fn virtual_address(
    site: &Site,
    release: &Release,
) -> Result<Option<VirtualAddress>, HostPlanError> {
    let AgentsReach::Virtual(vip) = &site.cluster.api else { return Ok(None) };
    let remedy = "carry `ghcr.io/kube-vip/kube-vip` as an image, or name a `load-balancer`";
    let image = release.virtual_address.clone();
    let image = image.ok_or(HostPlanError::Lacking { what: "image of kube-vip", remedy })?;
    let interface = Some(vip.interface.to_string());
    Ok(Some(VirtualAddress { address: vip.address.ip(), interface, image }))
}

/// Lists where images come from: a registry that the site has, then the seed server.
///
/// A Harbor inside of the cluster is not there yet when nodes start.
fn mirrors<S: SecretSource>(
    site: &Site,
    release: &Release,
    seed: &SeedServer,
    secrets: &S,
) -> Result<Mirrors, HostPlanError> {
    let seed = Endpoint {
        address: seed.url.parse()?,
        certificates: seed.has_own_authority.then(|| AUTHORITY.to_owned()),
        credential: None,
    };
    let mut endpoints = match &site.registry {
        Registry::InClusterHarbor { .. } => Vec::new(),
        Registry::Harbor(registry) | Registry::Oci(registry) => vec![endpoint(registry, secrets)?],
    };
    let prefix = match site.registry.prefix() {
        Some(prefix) => prefix.as_str().parse()?,
        None => Prefix::default(),
    };
    endpoints.push(seed);
    Ok(Mirrors { hosts: release.registries.clone(), prefix, endpoints })
}

fn endpoint<S: SecretSource>(
    registry: &ExistingRegistry,
    secrets: &S,
) -> Result<Endpoint, HostPlanError> {
    let credential = match &registry.login {
        None => None,
        Some(login) => {
            let password = login.password.resolve(secrets)?;
            let password = Secret::new(password.expose());
            Some(Credential { user: login.user.clone(), password })
        }
    };
    Ok(Endpoint {
        address: registry.url.to_string().parse()?,
        certificates: registry.ca_file.as_ref().map(|_| REGISTRY_AUTHORITY.to_owned()),
        credential,
    })
}

fn nodes(site: &Site, release: &Release) -> Vec<NodeSpecification> {
    let first = site.servers().next();
    let security_module = security_module(release);
    let node = |node: &Node| NodeSpecification {
        name: node.name.to_string(),
        role: match node.role {
            words::Role::Agent => Role::Agent,
            words::Role::Server if first.is_some_and(|first| first.name == node.name) => {
                Role::FirstServer
            }
            words::Role::Server => Role::Server,
        },
        addresses: vec![node.address.ip()],
        labels: node
            .labels
            .iter()
            .map(|(key, value)| (key.to_string(), value.to_string()))
            .collect(),
        taints: node.taints.iter().map(taint).collect(),
        security_module,
    };
    site.nodes.iter().map(node).collect()
}

/// Tells by the packages of the bundle which family of systems the hosts are of.
fn security_module(release: &Release) -> SecurityModule {
    let kinds = release.repositories.iter().map(|repository| repository.kind);
    let (mut debs, mut rpms) = (false, false);
    for kind in kinds {
        match kind {
            PackageKind::Deb => debs = true,
            PackageKind::Rpm => rpms = true,
        }
    }
    if debs && !rpms { SecurityModule::AppArmor } else { SecurityModule::Selinux }
}

fn taint(taint: &words::Taint) -> Taint {
    Taint {
        key: taint.key.to_string(),
        value: taint.value.as_ref().map(ToString::to_string).unwrap_or_default(),
        effect: match taint.effect {
            Effect::NoSchedule => TaintEffect::NoSchedule,
            Effect::PreferNoSchedule => TaintEffect::PreferNoSchedule,
            Effect::NoExecute => TaintEffect::NoExecute,
        },
    }
}
