//! A visit to a node: one call of ssh, and a second one where `sudo` refused.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use sre_site::{Escalation, Node, Secret, SecretReference};

use super::facts::{Facts, SCRIPT};
use super::node::{Called, NoRoot};
use crate::host::{Rights, SshError, SshNode};

/// The whole call, from connecting to the last fact.
const TIME: Duration = Duration::from_mins(1);

/// The secrets of the site, each as it was found, or why it was not.
pub(super) type Secrets = BTreeMap<SecretReference, Result<Secret, String>>;

/// Visits a node, as root where that goes, and else as the user who logs in: one who cannot become root
/// learns in the same run what else is wrong.
pub(super) async fn visit(node: &Node, ssh: &SshNode, secrets: &Secrets) -> Called {
    let password = match &node.access.escalation {
        Escalation::Sudo(Some(reference)) => secrets.get(reference),
        _ => None,
    };
    let (rights, untried) = match password {
        Some(Err(why)) => (Rights::User, Some(why.clone())),
        Some(Ok(password)) => (Rights::Root(Some(password)), None),
        None => (Rights::Root(None), None),
    };
    let before = now();
    let mut answer = ssh.run(SCRIPT, rights, TIME).await;
    let mut root = untried.map_or(Ok(()), |why| Err(NoRoot::Untried(why)));
    if let Err(error @ SshError::NotRoot { .. }) = answer {
        root = Err(NoRoot::Refused(error));
        answer = ssh.run(SCRIPT, Rights::User, TIME).await;
    }
    called(node, root, answer, (before, now()))
}

fn called(
    node: &Node,
    root: Result<(), NoRoot>,
    answer: Result<String, SshError>,
    told: (i64, i64),
) -> Called {
    let user = node.access.user.to_string();
    let (login, facts) = match answer {
        Ok(text) => (Ok(()), Facts::parse(&text).map_err(|error| error.to_string())),
        Err(error) => (Err(error), Err("the node was not reached".to_owned())),
    };
    Called { login, root, user, facts, told }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
