//! Ansible's inventory of a site. It holds no secret: where one is needed, it says where it is looked up.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use sre_rke2::files::{HostFile, Sensitivity};
use sre_rke2::paths;
use sre_site::words::{Profile, Role};
use sre_site::{Deviation, Escalation, Node, SecretReference, Site};

use super::cluster::REGISTRY_AUTHORITY;
use super::plan::PlannedHost;
use super::release::{Carried, PackageKind, PackageRepository};
use super::{HostPlan, Release};
use crate::host::shell_word;

/// The folder of files that hosts get, beside the inventory.
pub const FILES: &str = "files";
/// The folder of keys of package repositories.
pub const KEYS: &str = "keys";
/// The folder of tokens.
pub const SECRETS: &str = "secrets";
/// Keys of hosts that a person has compared, or a first visit has pinned; it stays as it is.
pub const KNOWN_HOSTS: &str = "known_hosts";
/// Keys of hosts that the site file names; made anew each time.
pub const PINNED_HOSTS: &str = "pinned_hosts";
pub(super) const SERVER_TOKEN: &str = "secrets/server-token";
pub(super) const AGENT_TOKEN: &str = "secrets/agent-token";

/// The topics that the profile `baseline` leaves out.
const NOT_IN_BASELINE: [&str; 8] = [
    "audit",
    "authentication",
    "crypto_policy",
    "fapolicyd",
    "integrity",
    "mounts",
    "scheduled_jobs",
    "stig_rhel9",
];

/// What the inventory is made from.
pub(super) struct Inventory<'a> {
    pub site: &'a Site,
    pub plan: &'a HostPlan,
    /// The folder that it stands in, absolute.
    pub folder: &'a Path,
    /// The folder of the site file, absolute.
    pub site_folder: &'a Path,
    /// The certificate of the authority that signs the seed server's, if there is one yet.
    pub authority: Option<&'a Path>,
}

impl Inventory<'_> {
    /// Renders it, as the YAML plugin of Ansible reads it.
    pub(super) fn render(&self) -> String {
        let group = |role: Role| {
            let nodes = self.site.nodes.iter().filter(|node| node.role == role);
            let hosts: Map<_, _> =
                nodes.map(|node| (node.name.to_string(), self.host(node))).collect();
            json!({ "hosts": hosts })
        };
        // Ansible and this file both sort by name, so the first server has a group of its own.
        let first = self.site.servers().next();
        let first: Map<_, _> =
            first.map(|node| (node.name.to_string(), json!({}))).into_iter().collect();
        let groups = json!({
            "rke2_first_server": { "hosts": first },
            "rke2_servers": group(Role::Server),
            "rke2_agents": group(Role::Agent),
        });
        let whole = json!({ "all": { "children": groups, "vars": self.variables() } });
        format!("{whole:#}\n")
    }

    fn within(&self, name: impl AsRef<Path>) -> String {
        self.folder.join(name).display().to_string()
    }

    /// Gives a path of the site file, which may be relative to it.
    fn of_site(&self, path: &Path) -> String {
        self.site_folder.join(path).display().to_string()
    }

    /// Gives what Ansible is told of a host; only secrets are looked up, all else is taken as it stands.
    fn host(&self, node: &Node) -> Value {
        let mut host = literal(self.plain_host(node));
        if let Escalation::Sudo(Some(password)) = &node.access.escalation {
            host["ansible_become_password"] = self.look_up(password).into();
        }
        host
    }

    fn plain_host(&self, node: &Node) -> Value {
        let access = &node.access;
        let mut host = json!({
            "ansible_host": node.address.to_string(),
            "ansible_port": access.port,
            "ansible_user": access.user.to_string(),
            "ansible_ssh_private_key_file": self.of_site(&access.key),
            "sre_node_name": node.name.to_string(),
        });
        host["ansible_become"] = (access.escalation != Escalation::None).into();
        let planned = self.plan.hosts.iter().find(|planned| planned.name == node.name.as_str());
        if let Some(planned) = planned {
            self.files(planned, node.role, &mut host);
            let rows = |for_clients: bool| -> Vec<Value> {
                let ports = planned.ports.iter().filter(|port| port.for_clients == for_clients);
                ports
                    .map(|it| json!({ "port": it.ports, "protocol": it.protocol, "what": it.what }))
                    .collect()
            };
            host["firewall_node_ports"] = rows(false).into();
            host["firewall_client_ports"] = rows(true).into();
        }
        host
    }

    fn files(&self, planned: &PlannedHost, role: Role, host: &mut Value) {
        let placed = |file: &HostFile| {
            json!({
                "src": self.within(place(&planned.name, file)),
                "dest": file.path,
                "mode": format!("{:04o}", file.mode),
                "owner": "root",
                "restarts": restarts(&file.path),
            })
        };
        let of = |wanted: Sensitivity| {
            let files = planned.files.iter().filter(move |file| file.sensitivity == wanted);
            files.map(placed).collect::<Vec<_>>()
        };
        let mut open = of(Sensitivity::Open);
        if let Some(file) = self.site.registry.authority() {
            let src = self.of_site(file);
            open.push(json!({ "src": src, "dest": REGISTRY_AUTHORITY, "mode": "0600", "owner": "root", "restarts": true }));
        }
        let mut secrets = of(Sensitivity::Secret);
        secrets.push(json!({ "src": self.within(AGENT_TOKEN), "dest": paths::AGENT_TOKEN }));
        if role == Role::Server {
            secrets.push(json!({ "src": self.within(SERVER_TOKEN), "dest": paths::SERVER_TOKEN }));
        }
        let units = planned.files.iter().filter_map(|file| enabled_unit(&file.path));
        host["sre_rke2_files"] = open.into();
        host["sre_rke2_secrets"] = secrets.into();
        host["sre_rke2_units"] = units.collect::<Vec<_>>().into();
    }

    /// Writes a secret as Ansible looks it up when it needs it.
    fn look_up(&self, secret: &SecretReference) -> String {
        match secret {
            SecretReference::File(path) => {
                let path = quoted(&self.of_site(path));
                // Only the end of the last line is no part of it.
                format!(
                    "{{{{ lookup('ansible.builtin.file', {path}, rstrip=False) | regex_replace('\\r?\\n\\Z', '') }}}}"
                )
            }
            SecretReference::Environment(name) => {
                let unset = format!("undef(hint='the environment variable {name} is not set')");
                format!("{{{{ lookup('ansible.builtin.env', '{name}', default={unset}) }}}}")
            }
            SecretReference::Command(words) => {
                let line: Vec<_> = words.iter().map(|word| shell_word(word)).collect();
                // It runs where the site file is, as it does for this program.
                let folder = shell_word(&self.site_folder.display().to_string());
                let line = quoted(&format!("cd {folder} && exec {}", line.join(" ")));
                format!("{{{{ lookup('ansible.builtin.pipe', {line}) }}}}")
            }
        }
    }

    fn variables(&self) -> Value {
        let Release { version, program, images, repositories, .. } = &self.plan.release;
        let hardening = &self.site.hardening;
        let known = [PINNED_HOSTS, KNOWN_HOSTS].map(|name| ssh_path(&self.within(name))).join(" ");
        let known = shell_word(&format!("UserKnownHostsFile={known}"));
        let mut variables = json!({
            "ansible_ssh_common_args": format!(
                "-o {known} -o GlobalKnownHostsFile=/dev/null -o StrictHostKeyChecking=yes -o IdentitiesOnly=yes"
            ),
            "sre_seed_url": self.plan.seed_server,
            "package_sources_repositories":
                repositories.iter().map(|one| self.repository(one)).collect::<Vec<_>>(),
            "time_sync_servers":
                self.site.time.ntp.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "firewall_nodes":
                self.site.nodes.iter().map(|node| node.address.to_string()).collect::<Vec<_>>(),
            "firewall_clusters": self.inner_networks(),
            "accounts_administrators": self.administrators(),
            "sre_fips": hardening.fips.as_str(),
            "sre_reboot": hardening.reboot.as_str(),
            "sre_deviations": hardening.deviations.iter().map(deviation).collect::<Vec<_>>(),
            "sre_rke2_version": version,
            "sre_rke2_program": fetched(program),
            "sre_rke2_images": images.iter().map(fetched).collect::<Vec<_>>(),
        });
        if let Some(authority) = self.authority {
            variables["sre_seed_certificate"] = authority.display().to_string().into();
        }
        if let Some(banner) = &hardening.banner {
            variables["banners_text"] = format!("{}\n", banner.trim_end()).into();
        }
        if let Some(server) = &hardening.log_server {
            variables["journal_server"] = server.address.to_string().into();
            variables["journal_port"] = server.port.into();
            variables["journal_protocol"] = server.protocol.as_str().into();
            if let Some(file) = &server.ca_file {
                variables["journal_server_certificate"] = self.of_site(file).into();
            }
        }
        if self.site.time.ntp.is_empty() {
            variables["time_sync_enabled"] = false.into();
        }
        if hardening.profile == Profile::Baseline {
            for role in NOT_IN_BASELINE {
                variables[format!("{role}_enabled")] = false.into();
            }
        }
        literal(variables)
    }

    fn repository(&self, repository: &PackageRepository) -> Value {
        let kind = match repository.kind {
            PackageKind::Rpm => "rpm",
            PackageKind::Deb => "deb",
        };
        let keys = repository.keys.iter().map(|key| self.within(key_place(key)));
        json!({ "name": repository.name, "kind": kind, "keys": keys.collect::<Vec<_>>() })
    }

    fn inner_networks(&self) -> Vec<String> {
        let cluster = &self.site.cluster;
        cluster.pods.iter().chain(&cluster.services).map(ToString::to_string).collect()
    }

    fn administrators(&self) -> Vec<Value> {
        let people = self.site.hardening.administrators.iter();
        let person = |one: &sre_site::Administrator| {
            let keys: Vec<_> = one.authorized_keys.iter().map(ToString::to_string).collect();
            json!({ "name": one.name.to_string(), "keys": keys })
        };
        people.map(person).collect()
    }
}

/// Gives where the file of a host lies below the folder.
pub(super) fn place(host: &str, file: &HostFile) -> PathBuf {
    Path::new(FILES).join(host).join(file.path.trim_start_matches('/'))
}

/// Gives where a key of the bundle lies below the folder.
pub(super) fn key_place(path: &str) -> PathBuf {
    Path::new(KEYS).join(path)
}

fn fetched(file: &Carried) -> Value {
    json!({ "path": file.path, "sha256": file.digest.hex() })
}

fn deviation(deviation: &Deviation) -> Value {
    let mut row = json!({
        "id": deviation.id.to_string(),
        "reason": deviation.reason,
        "compensating_control": deviation.compensating_controls,
        "expires": deviation.expires.to_string(),
        "approver": deviation.approver,
    });
    // What is no variable of a role is for people alone.
    if is_assignment(&deviation.setting) {
        row["setting"] = deviation.setting.clone().into();
    }
    row
}

fn is_assignment(setting: &str) -> bool {
    let Some((name, value)) = setting.split_once('=') else { return false };
    let name = name.trim_end();
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    name.bytes().next().is_some_and(|first| first.is_ascii_lowercase())
        && name.bytes().all(fits)
        && !value.trim().is_empty()
}

/// Says whether RKE2 must start anew for a file; what it applies or what systemd reads is taken up by itself.
fn restarts(path: &str) -> bool {
    path.starts_with("/etc/rancher/rke2/")
}

/// Gives the name of a unit that is enabled by itself: timers and services that begin at boot.
fn enabled_unit(path: &str) -> Option<&str> {
    let name = path.strip_prefix("/etc/systemd/system/").filter(|name| !name.contains('/'))?;
    (name.strip_suffix(".timer").is_some() || name == "sre-default-route.service").then_some(name)
}

/// Quotes a text for an expression of Jinja.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

/// Quotes a path for a line of ssh's configuration, which splits at blanks and expands `%`; what it has no
/// sign for is refused before.
fn ssh_path(path: &str) -> String {
    format!("\"{}\"", path.replace('%', "%%"))
}

/// Keeps Ansible from taking a text for a template: texts of the bundle and of the site are texts.
fn literal(value: Value) -> Value {
    match value {
        Value::String(text) if ["{{", "{%", "{#"].iter().any(|sign| text.contains(sign)) => {
            json!({ "__ansible_unsafe": text })
        }
        Value::Array(items) => items.into_iter().map(literal).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, literal(value))).collect(),
        other => other,
    }
}
