//! A playbook that runs: what Ansible tells, line by line, until it ends.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Ansible;

/// What a playbook is run with.
#[derive(Clone, Copy, Debug)]
pub struct Playbook<'a> {
    /// The folder of our playbooks, with its `ansible.cfg`.
    pub folder: &'a Path,
    /// The path of the playbook below that folder.
    pub name: &'a str,
    /// The inventory.
    pub inventory: &'a Path,
    /// The hosts that it is limited to; none means that it is not.
    pub limit: &'a [String],
    /// A folder of short path, in which sockets of ssh are made.
    pub sockets: &'a Path,
    /// Where Ansible keeps what it needs for itself.
    pub home: &'a Path,
}

/// What Ansible tells while it runs, one line for each.
#[derive(Debug, Deserialize)]
#[serde(tag = "sre", rename_all = "kebab-case")]
pub enum Told {
    /// A play began.
    Play {
        /// What it is called.
        name: String,
        /// The hosts that it is for.
        hosts: Vec<String>,
        /// Its roles, in order.
        roles: Vec<String>,
    },
    /// A task began.
    Task {
        /// The role that it belongs to, or nothing.
        role: String,
    },
    /// A task ended on a host.
    Result(TaskResult),
    /// All ended.
    Stats {
        /// What happened on each host.
        hosts: BTreeMap<String, HostCounts>,
    },
}

/// How a task ended on a host.
#[derive(Debug, Serialize, Deserialize)]
pub struct TaskResult {
    /// The host.
    pub host: String,
    /// The role that the task belongs to, or nothing.
    pub role: String,
    /// The task.
    pub task: String,
    /// The module that worked.
    pub action: String,
    /// How it ended.
    pub status: TaskStatus,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What the module was told, as far as it says where it worked.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub arguments: Map<String, Value>,
    /// Whether the task works with a secret, so that nothing of it is told.
    #[serde(default)]
    pub hidden: bool,
}

/// How a task, or one item of its loop, ended on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TaskStatus {
    /// All was as it should be.
    Ok,
    /// Something was changed.
    Changed,
    /// An item was changed.
    ItemChanged,
    /// An item failed.
    ItemFailed,
    /// It failed, and the host is left out from then on.
    Failed,
    /// It failed as it was allowed to.
    Ignored,
    /// The host could not be reached, and is left out from then on.
    Unreachable,
    /// There was nothing to do.
    Skipped,
    /// It will be tried again.
    Retry,
}

/// What happened on a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HostCounts {
    /// Tasks that found or brought what they should.
    pub ok: u32,
    /// Tasks that changed something.
    pub changed: u32,
    /// Tasks that failed.
    pub failures: u32,
    /// How often the host could not be reached.
    pub unreachable: u32,
}

impl HostCounts {
    /// Says whether the host came to the end.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.failures == 0 && self.unreachable == 0
    }
}

impl Playbook<'_> {
    /// Runs it to its end, handing on all that Ansible tells; what people read goes to `log`.
    ///
    /// Ansible ends when this process does, however that happens: it reads from a pipe whose other end is
    /// here.
    pub fn run(&self, ansible: &Ansible, log: &File, mut tell: impl FnMut(Told)) -> io::Result<()> {
        let mut child = self.command(ansible, log)?.spawn()?;
        let lines = child.stderr.take().map(BufReader::new);
        let mut log = log;
        for line in lines.into_iter().flat_map(|lines| lines.split(b'\n')) {
            let line = line?;
            match serde_json::from_slice(&line) {
                Ok(told) => tell(told),
                // Warnings of Ansible itself.
                Err(_) => log.write_all(&[&line, b"\n".as_slice()].concat())?,
            }
        }
        // What happened on hosts was told; how it ends says no more than that.
        child.wait().map(drop)
    }

    #[expect(clippy::disallowed_methods, reason = "hosts are changed by Ansible")]
    fn command(&self, ansible: &Ansible, log: &File) -> io::Result<Command> {
        let mut words = ansible.words.iter();
        let program = words.next().ok_or(io::ErrorKind::NotFound)?;
        let mut command = Command::new(program);
        command.args(words).arg("-i").arg(self.inventory).arg(self.name);
        if !self.limit.is_empty() {
            command.arg("--limit").arg(self.limit.join(","));
        }
        for (name, _) in std::env::vars_os() {
            // What the operator's own Ansible is told is not meant for ours.
            if name.to_string_lossy().starts_with("ANSIBLE_") {
                command.env_remove(name);
            }
        }
        if let Some(packages) = &ansible.packages {
            command.env("PYTHONPATH", packages).env("PYTHONNOUSERSITE", "1");
        }
        command
            .current_dir(self.folder)
            .env("LC_ALL", "C.UTF-8")
            .env("ANSIBLE_CONFIG", self.folder.join("ansible.cfg"))
            .env("ANSIBLE_HOME", self.home)
            .env("ANSIBLE_CALLBACK_PLUGINS", self.folder.join("callback_plugins"))
            .env("ANSIBLE_CALLBACKS_ENABLED", "sre_events")
            .env("ANSIBLE_SSH_CONTROL_PATH_DIR", self.sockets)
            .env("ANSIBLE_SSH_EXTRA_ARGS", "-F /dev/null")
            .env("ANSIBLE_NOCOLOR", "1");
        // A group of its own: an interrupt at the terminal is this program's, which lets Ansible end.
        command.process_group(0).stdin(Stdio::piped()).stdout(log.try_clone()?);
        command.stderr(Stdio::piped());
        Ok(command)
    }
}
