//! The world outside of this program, behind one door: programs that are started, files of secrets.
//!
//! * Secrets of the site: [`SecretsOfTheSite`]
//! * Scripts on nodes: [`SshNode`]
//! * Programs of this machine: [`Programs`]
//! * Words of command lines: [`shell_word`]
//! * Ansible, out of the bundle or of this machine: [`Ansible`]; what it runs: [`Playbook`], [`write_playbooks`]
//! * OpenTofu, out of the bundle: [`OpenTofu`]; where it works: [`Workspace`]
//! * Certificates of servers that are known by their fingerprint: [`certificate_of`]
//! * Programs of ours that go on after this one: [`start_unit`], [`Background`]

mod ansible;
mod certificate;
mod child;
mod opentofu;
mod playbook;
mod playbooks;
mod programs;
mod secrets;
mod service;
mod shell;
mod ssh;
mod unpacked;
mod wheel;

pub use ansible::{Ansible, AnsibleError};
pub use certificate::{CertificateError, CertificateFingerprint, certificate_of};
pub use opentofu::{
    Access, Changes, Diagnostic, OpenTofu, OpenTofuError, Tofu, Workspace, provider_lock,
};
pub use playbook::{HostCounts, Playbook, TaskResult, TaskStatus, Told};
pub use playbooks::{playbooks_digest, write_playbooks};
pub use programs::Programs;
pub use secrets::SecretsOfTheSite;
pub use service::{
    Background, ServiceError, last_words_of_unit, start_unit, systemd_is_ours, unit_word,
};
pub use shell::shell_word;
pub use ssh::{
    HostKeys, KeyState, LoginKey, Rights, SshError, SshNode, is_ed25519, refuses_ed25519,
};
pub use wheel::PythonVersion;
