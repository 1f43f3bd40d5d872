//! Everything that would stop an installation, all at once, before anything is changed.
//!
//! [`look`] visits all nodes at the same time, each by one call of `ssh` that runs a script ([`facts`]
//! says what it tells), and judges what they said and what this machine is like by a table of checks
//! ([`NODE_CHECKS`], [`ADMIN_CHECKS`]). Each check *failed*, is *doubtful* or *fine*, or *could not look*,
//! which is no failure of what it would have looked at. The [`Report`] has them all, in one order.
//!
//! Nothing is changed but the keys of hosts, which the first visit pins. Deliberately absent: whether
//! nodes reach the seed server, which does not run yet.

mod admin;
pub mod facts;
mod finding;
mod node;
mod report;
mod table;
mod visit;

pub use finding::{Finding, Verdict};
pub use report::{Host, Report, Row};
pub use table::{ADMIN_CHECKS, AdminCheck, NODE_CHECKS, NodeCheck, tables};

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use sre_site::{Node, SiteFile};
use sre_steps::{PhaseReporter, with_causes};

use crate::host::{AnsibleError, HostKeys, LoginKey, Programs, SecretsOfTheSite, SshNode};
use crate::site::{HostPlan, HostPlanError, digest_of_agent_token, pin_hosts};
use admin::Admin;
use facts::Facts;
use node::keys::Keys;
use node::{Called, Needs, Subject};
use table::Judge;
use visit::{Secrets, visit};

/// How many nodes are visited at once.
const VISITS: usize = 32;

/// What is looked at.
pub struct Question {
    /// The site.
    pub file: SiteFile,
    /// What its hosts get from the bundle, or why that is not known.
    pub plan: Result<HostPlan, HostPlanError>,
    /// The names of packages that the bundle has in repositories for `dnf`.
    pub rpms: BTreeSet<String>,
    /// The folder of the site file.
    pub site_folder: PathBuf,
    /// The folder of the site, with keys of hosts and tokens; made if it is missing.
    pub folder: PathBuf,
    /// The state directory.
    pub state: PathBuf,
    /// The Ansible that will run.
    pub ansible: ChosenAnsible,
    /// The nodes that are visited: all, unless some are named.
    pub only: Vec<sre_site::words::DnsLabel>,
}

/// The Ansible that will run.
#[derive(Debug)]
pub enum ChosenAnsible {
    /// That of the bundle: the Python that runs it, or why there is none.
    OfBundle(Result<PathBuf, AnsibleError>),
    /// An `ansible-playbook` of this machine; a bare name is looked for in `PATH`.
    OfMachine(PathBuf),
}

impl Question {
    /// Gives a node as `ssh` reaches it.
    fn ssh(&self, node: &Node, keys: &HostKeys) -> SshNode {
        SshNode::new(node, &self.site_folder, keys).of_site(self.file.site())
    }
}

/// The keys that log in, by their files.
type LoginKeys = BTreeMap<PathBuf, LoginKey>;

/// Looks at this machine and at the nodes.
pub async fn look(question: Question, phase: &PhaseReporter) -> Report {
    let secrets = secrets(&question).await;
    let keys = pin_hosts(question.file.site(), &question.folder);
    let logins = login_keys(&question).await;
    let programs = Programs::of_environment();
    let admin = Admin {
        file: &question.file,
        plan: &question.plan,
        secrets: &secrets,
        keys: &keys,
        logins: &logins,
        site_folder: &question.site_folder,
        folder: &question.folder,
        state: &question.state,
        programs: &programs,
        ansible: &question.ansible,
    };
    let (admin, called) =
        tokio::join!(admin.look(), visit_all(&question, keys.as_ref().ok(), &secrets, phase));
    let remedy = |id| ADMIN_CHECKS.iter().find(|check| check.id == id).map_or("", |it| it.remedy);
    let rows = admin.into_iter().map(|(id, finding)| Row::of(id, finding, remedy(id))).collect();
    let mut hosts = vec![Host { name: "admin".to_owned(), about: String::new(), rows }];
    let known = Known { keys: keys.as_ref().ok(), logins: &logins };
    hosts.extend(judge_all(&question, &known, &called));
    Report { site: question.file.site().place.name.to_string(), hosts }
}

/// Fetches the secrets of the site, each once; programs that know some may take their time.
async fn secrets(question: &Question) -> Secrets {
    let source = SecretsOfTheSite::new(&question.site_folder);
    let named = question.file.site().secrets();
    let references: Vec<_> = named.into_iter().map(|(_, reference)| reference.clone()).collect();
    let fetch = move || {
        let fetched = references.into_iter().map(|reference| {
            let secret = reference.resolve(&source).map_err(|error| with_causes(&error));
            (reference, secret)
        });
        fetched.collect()
    };
    tokio::task::spawn_blocking(fetch).await.unwrap_or_default()
}

/// Looks at every key that logs in, each once.
async fn login_keys(question: &Question) -> LoginKeys {
    let mut found = LoginKeys::new();
    for key in question.file.site().ssh_keys() {
        let path = question.site_folder.join(key);
        let key = LoginKey::look(&path).await;
        found.insert(path, key);
    }
    found
}

fn visited(question: &Question) -> impl Iterator<Item = &Node> {
    let only = &question.only;
    question
        .file
        .site()
        .nodes
        .iter()
        .filter(move |node| only.is_empty() || only.contains(&node.name))
}

/// Visits all nodes, within this one task: whoever drops it ends every `ssh`.
async fn visit_all<'q>(
    question: &'q Question,
    keys: Option<&HostKeys>,
    secrets: &Secrets,
    phase: &PhaseReporter,
) -> Vec<(&'q Node, Option<Called>)> {
    let visits = visited(question).map(|node| async move {
        let called = match keys {
            Some(keys) => Some(visit(node, &question.ssh(node, keys), secrets).await),
            None => None,
        };
        phase.advance(1);
        (node, called)
    });
    futures_util::stream::iter(visits).buffered(VISITS).collect().await
}

/// What this machine knows of keys.
struct Known<'a> {
    /// Where keys of hosts are, if there is such a place.
    keys: Option<&'a HostKeys>,
    /// The keys that log in.
    logins: &'a LoginKeys,
}

impl Known<'_> {
    /// Gives the keys by which a node and its user know each other by now.
    fn of(&self, question: &Question, node: &Node) -> Keys {
        let path = question.site_folder.join(&node.access.key);
        let ssh = self.keys.map(|keys| question.ssh(node, keys));
        Keys {
            login: path.display().to_string(),
            login_kind: self.logins.get(&path).and_then(|key| key.kind.clone()),
            pinned: ssh.as_ref().map(SshNode::pinned_fingerprints).unwrap_or_default(),
            forget: ssh.as_ref().map(SshNode::forgetting).unwrap_or_default(),
        }
    }
}

fn judge_all(
    question: &Question,
    known: &Known<'_>,
    called: &[(&Node, Option<Called>)],
) -> Vec<Host> {
    let all: Vec<_> =
        called.iter().filter_map(|(node, it)| Some((*node, told(it.as_ref())?))).collect();
    let token = digest_of_agent_token(&question.folder);
    let hosts = called.iter().map(|(node, called)| {
        let needs = question.plan.as_ref().ok().map(|plan| needs(question, plan, node));
        let keys = known.of(question, node);
        let subject = told(called.as_ref()).map(|facts| Subject {
            site: question.file.site(),
            node,
            facts,
            needs: needs.as_ref(),
            token: token.as_deref(),
            keys: &keys,
            told: called.as_ref().map_or((0, 0), |called| called.told),
            all: &all,
        });
        let rows = NODE_CHECKS.iter().map(|check| {
            let finding = judge(&check.judge, called.as_ref(), subject.as_ref());
            Row::of(check.id, finding, check.remedy)
        });
        let about = format!(" ({}, {})", node.address, node.role);
        Host { name: node.name.to_string(), about, rows: rows.collect() }
    });
    hosts.collect()
}

fn told(called: Option<&Called>) -> Option<&Facts> {
    called?.facts.as_ref().ok()
}

fn judge(judge: &Judge, called: Option<&Called>, subject: Option<&Subject<'_>>) -> Finding {
    let Some(called) = called else {
        return Finding::unseen("there is no folder for the keys of hosts");
    };
    match (judge, subject, &called.facts) {
        (Judge::Visit(judge), _, _) => judge(called),
        (Judge::Facts(judge), Some(subject), _) => judge(subject),
        (Judge::Facts(_), None, Err(why)) => Finding::unseen(why.clone()),
        (Judge::Facts(_), None, Ok(_)) => Finding::unseen("the node said nothing"),
    }
}

fn needs<'q>(question: &'q Question, plan: &HostPlan, node: &Node) -> Needs<'q> {
    let release = plan.release();
    let host = plan.hosts.iter().find(|host| host.name == node.name.as_str());
    Needs {
        images: release
            .images
            .iter()
            .map(|archive| (file_name(&archive.path), archive.size))
            .collect(),
        program: release.program.size,
        program_digest: release.program.digest.hex(),
        packages: release.repositories.iter().map(|repository| repository.kind).collect(),
        rpms: &question.rpms,
        ports: host.map(|host| host.listens.clone()).unwrap_or_default(),
    }
}

/// Gives the names of packages that a bundle has in repositories for `dnf`, from the names of their files:
/// `rke2-selinux-0.20-1.el9.noarch.rpm`.
pub fn rpms<'p>(paths: impl Iterator<Item = &'p str>) -> BTreeSet<String> {
    let name = |path: &str| {
        let file = path.strip_prefix("rpm/")?.rsplit('/').next()?;
        let (rest, _architecture) = file.strip_suffix(".rpm")?.rsplit_once('.')?;
        let mut parts = rest.rsplitn(3, '-');
        let (_release, _version) = (parts.next()?, parts.next()?);
        parts.next().map(str::to_owned)
    };
    paths.filter_map(name).collect()
}

/// Gives the name that a file of the bundle has on a node.
fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Gives the folder of a file, at which relative paths in it begin.
#[must_use]
pub fn folder_of_file(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_known_by_the_names_of_their_files() {
        let paths = [
            "rpm/rocky9/packages/r/rke2-selinux-0.20-1.el9.noarch.rpm",
            "rpm/rocky9/packages/x/Xorg-libs-1.0~rc1-2.el9.x86_64.rpm",
            "rpm/rocky9/repodata/repomd.xml",
            "files/rpm/container-selinux-2.232.1-1.el9.noarch.rpm",
            "rpm/rocky9/packages/o/odd.rpm",
        ];
        let found: Vec<_> = rpms(paths.into_iter()).into_iter().collect();
        assert_eq!(found, ["Xorg-libs", "rke2-selinux"]);
    }
}
