//! The world outside of this program, behind one door: programs that are started, files of secrets.
//!
//! * Secrets of the site: [`SecretsOfTheSite`]
//! * Scripts on nodes: [`SshNode`]
//! * Programs of this machine: [`Programs`]
//! * Words of command lines: [`shell_word`]
//! * Ansible, out of the bundle or of this machine: [`Ansible`]; what it runs: [`Playbook`], [`write_playbooks`]
//! * Programs of ours that go on after this one: [`start_unit`], [`Background`]

mod ansible;
mod child;
mod playbook;
mod playbooks;
mod programs;
mod secrets;
mod service;
mod shell;
mod ssh;
mod wheel;

pub use ansible::{Ansible, AnsibleError};
pub use playbook::{HostCounts, Playbook, TaskResult, TaskStatus, Told};
pub use playbooks::{playbooks_digest, write_playbooks};
pub use programs::Programs;
pub use secrets::SecretsOfTheSite;
pub use service::{
    Background, ServiceError, last_words_of_unit, start_unit, systemd_is_ours, unit_word,
};
pub use shell::shell_word;
pub use ssh::{HostKeys, Rights, SshError, SshNode};
pub use wheel::PythonVersion;
