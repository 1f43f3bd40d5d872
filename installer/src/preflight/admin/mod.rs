//! The checks of the admin host.

#[cfg(test)]
mod tests;

use std::fs;
use std::io::{self, Read as _};
use std::net::{SocketAddr, TcpListener};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use sre_format::{Explain, Timestamp};
use sre_site::{SeedHost, Site, SiteFile};
use sre_steps::display::Bytes;
use sre_steps::with_causes;

use super::Finding;
use super::facts::shown;
use super::node::system::numbers;
use super::visit::Secrets;
use super::{ChosenAnsible, LoginKeys};
use crate::host::{HostKeys, KeyState, LoginKey, Programs, shell_word};
use crate::site::{HostPlan, HostPlanError};

const MIB: u64 = 1 << 20;
/// Room for receipts and the files of hosts; and for what later phases take out of the bundle.
const STATE: u64 = 512 * MIB;
const GOOD_STATE: u64 = 2048 * MIB;
/// The oldest version of ansible-core that runs the playbooks, with the role of the RHEL 9 STIG.
const ANSIBLE: (u32, u32) = (2, 16);
/// How a file with a private key begins.
const PRIVATE_KEY: &[u8] = b"-----BEGIN ";

/// What the admin host is judged by.
pub(super) struct Admin<'a> {
    pub file: &'a SiteFile,
    pub plan: &'a Result<HostPlan, HostPlanError>,
    pub secrets: &'a Secrets,
    pub keys: &'a Result<HostKeys, HostPlanError>,
    /// The keys that log in.
    pub logins: &'a LoginKeys,
    /// The folder of the site file.
    pub site_folder: &'a Path,
    /// The folder of the site in the state directory.
    pub folder: &'a Path,
    pub state: &'a Path,
    pub programs: &'a Programs,
    pub ansible: &'a ChosenAnsible,
}

impl Admin<'_> {
    /// Looks at everything, and gives each finding with the name of its check, in the order of the table.
    pub(super) async fn look(&self) -> Vec<(&'static str, Finding)> {
        let site = self.file.site();
        let mut found = vec![("bundle", bundle(self.plan))];
        found.extend(deviations(self.file).into_iter().map(|one| ("deviations", one)));
        found.extend(secrets(site, self.secrets).into_iter().map(|one| ("secrets", one)));
        found.push(("folder", folder(self.folder, self.keys)));
        found.push(("state-space", space(self.state)));
        for key in site.ssh_keys() {
            let path = self.site_folder.join(key);
            found.push(("ssh-key", private_key(&path, self.logins.get(&path))));
        }
        found.push(("ssh-client", ssh(self.programs.version("ssh", "-V").await)));
        found.push(("ansible", ansible(self.ansible, self.programs).await));
        found.push(("seed-address", seed_address(self.plan)));
        found.push(("seed-port", seed_port(site, self.plan)));
        found
    }
}

fn explained(finding: Finding, error: &impl Explain) -> Finding {
    match error.hint() {
        Some(hint) => finding.with_remedy(hint),
        None => finding,
    }
}

fn bundle(plan: &Result<HostPlan, HostPlanError>) -> Finding {
    match plan {
        Ok(plan) => Finding::fine(format!("it brings RKE2 {}", plan.release().version)),
        // These have a row of their own.
        Err(HostPlanError::NoAddress | HostPlanError::Secret(_)) => {
            Finding::unseen("what the site needs is not known yet")
        }
        Err(error) => explained(Finding::failed(with_causes(error)), error),
    }
}

fn deviations(file: &SiteFile) -> Vec<Finding> {
    let all = file.site().hardening.deviations.len();
    match file.judge_deviations(Timestamp::now()) {
        Err(error) => vec![explained(Finding::failed(with_causes(&error)), &error)],
        Ok(soon) if soon.is_empty() => {
            vec![Finding::fine(format!("{all} deviations, none ends within 30 days"))]
        }
        Ok(soon) => soon.iter().map(|problem| Finding::doubtful(problem.to_string())).collect(),
    }
}

fn secrets(site: &Site, secrets: &Secrets) -> Vec<Finding> {
    let mut named = std::collections::BTreeSet::new();
    let found = site.secrets().into_iter().filter(|(_, reference)| named.insert(*reference));
    let found: Vec<_> = found
        .map(|(what, reference)| match secrets.get(reference) {
            Some(Ok(_)) => Finding::fine(format!("{what}: {reference}")),
            Some(Err(why)) => Finding::failed(format!("{what}: {why}")),
            None => Finding::unseen(format!("{what}: {reference}")),
        })
        .collect();
    if found.is_empty() { vec![Finding::fine("the site file names none")] } else { found }
}

fn folder(folder: &Path, keys: &Result<HostKeys, HostPlanError>) -> Finding {
    match keys {
        Ok(_) => Finding::fine(folder.display().to_string()),
        Err(error) => explained(Finding::failed(with_causes(error)), error),
    }
}

fn space(state: &Path) -> Finding {
    let free = match rustix::fs::statvfs(state) {
        Ok(found) => found.f_bavail.saturating_mul(found.f_frsize),
        Err(error) => {
            let error = io::Error::from(error);
            return Finding::unseen(format!("{}: {error}", state.display()));
        }
    };
    let told = format!("{} free at {}", Bytes(free), state.display());
    Finding::of_amount(free, STATE, GOOD_STATE, told)
}

fn private_key(path: &Path, key: Option<&LoginKey>) -> Finding {
    let named = path.display();
    let mut begin = Vec::new();
    let read = fs::File::open(path).and_then(|file| {
        let mode = file.metadata()?.permissions().mode() & 0o777;
        file.take(PRIVATE_KEY.len() as u64).read_to_end(&mut begin)?;
        Ok(mode)
    });
    match read {
        Err(error) => Finding::failed(format!("{named}: {error}")),
        Ok(_) if begin != PRIVATE_KEY => Finding::failed(format!("{named} is no private key")),
        // `ssh` does not use such a key.
        Ok(mode) if mode & 0o077 != 0 => {
            Finding::failed(format!("{named} has mode {mode:04o}: others may read it"))
        }
        Ok(_) => key.map_or_else(|| Finding::unseen(named.to_string()), |key| usable(path, key)),
    }
}

/// Says whether a key can be used without a question, which nobody is there to answer.
fn usable(path: &Path, key: &LoginKey) -> Finding {
    let kind = key.kind.as_deref().map(|kind| format!(" ({})", shown(kind))).unwrap_or_default();
    let named = format!("{}{kind}", path.display());
    match &key.state {
        KeyState::Open => Finding::fine(named),
        KeyState::InAgent => Finding::fine(format!("{named}, with a passphrase; an agent holds it")),
        KeyState::Locked => Finding::failed(format!("{named} has a passphrase, and no agent holds it"))
            .with_remedy(format!(
                "load it into an agent, `ssh-add {}`, and let `sudo` keep that: `sudo --preserve-env=SSH_AUTH_SOCK \
                 sre-install ...`; or name a key without a passphrase",
                shell_word(&path.display().to_string())
            )),
        KeyState::Unreadable(said) => {
            Finding::failed(format!("{named} cannot be read by OpenSSH: {said}"))
        }
        KeyState::Untold => Finding::unseen("`ssh-keygen` is not in the path, or does not run"),
    }
}

fn ssh(version: Option<String>) -> Finding {
    match version {
        Some(version) => Finding::fine(shown(&version)),
        None => Finding::failed("`ssh` is not in the path, or does not run"),
    }
}

async fn ansible(chosen: &ChosenAnsible, programs: &Programs) -> Finding {
    match chosen {
        ChosenAnsible::OfBundle(Ok(python)) => {
            Finding::fine(format!("{} runs that of the bundle", python.display()))
        }
        ChosenAnsible::OfBundle(Err(error)) => {
            explained(Finding::failed(with_causes(error)), error)
        }
        ChosenAnsible::OfMachine(program) => {
            let version = match program.to_str() {
                Some(name) => programs.version(name, "--version").await,
                None => None,
            };
            ansible_of_machine(program, version)
        }
    }
}

/// Judges an `ansible-playbook` by the first line that it says of itself.
fn ansible_of_machine(program: &Path, version: Option<String>) -> Finding {
    let named = program.display();
    let Some(version) = version else {
        return Finding::failed(format!("`{named} --version` does not run"))
            .with_remedy("name an `ansible-playbook` of this machine with `--ansible-playbook`");
    };
    let told = version
        .strip_prefix("ansible-playbook [core ")
        .and_then(|rest| numbers(rest.trim_end_matches(']')));
    let said = format!("{named} says `{}`", shown(&version));
    match told {
        Some(numbers) if numbers >= ANSIBLE => Finding::fine(said),
        Some(_) => {
            Finding::failed(format!("{said}, which is older than {}.{}", ANSIBLE.0, ANSIBLE.1))
                .with_remedy(
                    "install a later `ansible-core` on this machine, or carry it in the bundle",
                )
        }
        None => Finding::failed(format!("{said}, which is no version of `ansible-playbook`"))
            .with_remedy("name an `ansible-playbook` of this machine with `--ansible-playbook`"),
    }
}

fn seed_address(plan: &Result<HostPlan, HostPlanError>) -> Finding {
    match plan {
        Ok(plan) => Finding::fine(plan.seed_server.clone()),
        Err(error @ HostPlanError::NoAddress) => {
            explained(Finding::failed(error.to_string()), error)
        }
        Err(_) => Finding::unseen("site and bundle do not fit together yet"),
    }
}

fn seed_port(site: &Site, plan: &Result<HostPlan, HostPlanError>) -> Finding {
    if let SeedHost::Node(name) = &site.seed_server.host {
        return Finding::fine(format!("{name} has the seed server"));
    }
    let address = plan.as_ref().ok().and_then(|plan| plan.seed_server.strip_prefix("https://"));
    match address.and_then(|address| address.parse().ok()) {
        Some(address) => listening(address),
        None => Finding::unseen("the address is not known"),
    }
}

/// Tries to take the address for a moment.
fn listening(address: SocketAddr) -> Finding {
    let Err(error) = TcpListener::bind(address) else {
        return Finding::fine(format!("{address} is free"));
    };
    match error.kind() {
        io::ErrorKind::AddrInUse => Finding::doubtful(format!(
            "somebody has {address}: as it should be if that is the seed server of this site"
        )),
        io::ErrorKind::AddrNotAvailable => {
            Finding::failed(format!("{address} is no address of this machine"))
                .with_remedy("correct `address` in `[seed-server]` of the site file")
        }
        _ => Finding::failed(format!("{address}: {error}")),
    }
}
