//! Why machines were not made, and what to do about it.

use std::io;
use std::path::PathBuf;

use sre_format::{Explain, Fault};

use super::Diagnostic;
use crate::host::unpacked::UnpackError;

/// Says why OpenTofu did not come to its end.
#[derive(Debug, thiserror::Error)]
pub enum OpenTofuError {
    /// The bundle has none, or none for this machine.
    #[error("the bundle carries no {what} for this machine")]
    NotCarried {
        /// What is missing.
        what: &'static str,
    },
    /// It cannot be taken out of the bundle.
    #[error("cannot unpack OpenTofu")]
    Unpacked(#[from] UnpackError),
    /// It cannot be started, or cannot be listened to.
    #[error("cannot run OpenTofu")]
    Run(#[source] io::Error),
    /// It said what is wrong.
    #[error("OpenTofu could not {what}: {}", said(.diagnostics))]
    Failed {
        /// What it was to do.
        what: &'static str,
        /// What it said.
        diagnostics: Vec<Diagnostic>,
        /// Where all of it is.
        log: PathBuf,
    },
    /// It would destroy what it has made.
    #[error("{count} machines would be destroyed, which nobody has asked for")]
    Destroys {
        /// How many.
        count: u64,
        /// Where they are named.
        log: PathBuf,
    },
    /// It said something that it never says.
    #[error("OpenTofu cannot be understood: {0}")]
    Odd(&'static str),
}

/// The most diagnostics that one message has.
const MOST: usize = 3;

fn said(diagnostics: &[Diagnostic]) -> String {
    if diagnostics.is_empty() {
        return "it ended without a word".to_owned();
    }
    let said: Vec<_> = diagnostics.iter().take(MOST).map(ToString::to_string).collect();
    let more = diagnostics.len().saturating_sub(MOST);
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    format!("{}{more}", said.join("; "))
}

/// What is told by some words of OpenTofu, its provider or Proxmox; the first that fits counts.
const REMEDIES: [(&str, &str); 11] = [
    (
        "HTTP 401 response",
        "Proxmox does not know the token: compare the one that `[proxmox]` names with \
         `pveum user token list USER`",
    ),
    (
        "HTTP 403 response",
        "the token lacks the right that Proxmox names; docs/phases/provision.md lists all of them",
    ),
    (
        "x509",
        "the certificate of Proxmox is not believed: `ca-file` under `[proxmox]` names the authority, \
         /etc/pve/pve-root-ca.pem of one of its nodes",
    ),
    ("There is no template", "correct `template`, or let the token see it"),
    ("is no node of this Proxmox", "correct `node` of that machine, or switch that node on"),
    (
        "insufficient free space",
        "make room on that storage and run the same command again: it goes on with what is missing",
    ),
    ("that of another machine", "give that machine another `id` in the site file"),
    (
        "already exists",
        "a machine with that number is there, which has nothing of this site but its name; a run that was \
         killed may have left it. Look at it, remove it with `qm destroy NUMBER`, and run the same command again",
    ),
    (
        "state lock",
        "another OpenTofu works with this site: wait for it, or end it, and run the same command again",
    ),
    (
        "cannot be destroyed",
        "the plan would destroy a machine, which only who types it may do: docs/phases/provision.md, \
         \"To destroy machines\"",
    ),
    (
        "connection refused",
        "check `endpoint` under `[proxmox]`, and that its API answers on that port",
    ),
];

impl Explain for OpenTofuError {
    fn fault(&self) -> Fault {
        match self {
            Self::NotCarried { .. } => Fault::Input,
            Self::Unpacked(error) => error.fault(),
            Self::Run(source) => Fault::of_io(source),
            Self::Failed { .. } | Self::Destroys { .. } => Fault::Site,
            Self::Odd(_) => Fault::Defect,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NotCarried { .. } => Some(
                "carry the tool `tofu` and the `[[tofu-provider]]` registry.opentofu.org/bpg/proxmox 0.111.1, or \
                 make the machines yourself and leave `vm` out of the site file"
                    .into(),
            ),
            Self::Unpacked(error) => error.hint(),
            Self::Run(source) => sre_format::file_hint(source),
            Self::Failed { diagnostics, log, .. } => {
                let found = REMEDIES.iter().find(|(words, _)| {
                    diagnostics.iter().any(|diagnostic| diagnostic.to_string().contains(words))
                });
                let remedy = found.map_or("run the same command again", |(_, remedy)| remedy);
                Some(format!("{remedy}; {} has all that it said", log.display()))
            }
            Self::Destroys { log, .. } => Some(format!(
                "{} names them; who means it does it by hand: docs/phases/provision.md, \"To destroy machines\"",
                log.display()
            )),
            Self::Odd(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_a_machine_is_not_taken_for_an_answer_of_the_api() {
        let hint = |detail: &str| {
            let diagnostic = Diagnostic {
                severity: "error".into(),
                summary: "VM clone".into(),
                detail: detail.into(),
                address: None,
            };
            let (what, log) = ("make the machines", PathBuf::from("log"));
            OpenTofuError::Failed { what, diagnostics: vec![diagnostic], log }.hint().unwrap()
        };
        let taken = hint("received an HTTP 500 response - Reason: VM 401 already exists");
        assert!(taken.contains("qm destroy"), "{taken}");
        let refused = hint("received an HTTP 401 response - Reason: invalid token value");
        assert!(refused.contains("does not know the token"), "{refused}");
    }
}
