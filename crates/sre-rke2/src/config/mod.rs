//! `config.yaml` of RKE2, from a table.
//!
//! [`SETTINGS`] has a row for each key, [`ARGUMENTS`] one for each argument of a part of
//! Kubernetes: value, roles, the rules that it answers, and why it is explicit although RKE2 may
//! do the same by itself. (The STIG's checks look at the command lines of processes; RKE2 writes
//! many of its defaults to the kubelet's configuration folder, where those checks do not look.)
//! [`ABSENT`] names keys that are left out on purpose. Keys and defaults: RKE2's server and agent
//! references, read at v1.35.7+rke2r1 and v1.36.4.

mod absent;
mod arguments;
mod components;
mod markdown;
mod settings;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value};

pub use absent::ABSENT;
pub use arguments::{ARGUMENTS, Argument};
pub use components::{justifications, table as components_table};
pub use markdown::{absent_table, table};
pub use settings::{SETTINGS, Setting};

use crate::document;
use crate::specification::{Cluster, NodeSpecification};

/// Assembles the settings of a node.
#[must_use]
pub fn settings(cluster: &Cluster, node: &NodeSpecification) -> Map<String, Value> {
    let mut config = Map::new();
    for setting in SETTINGS.iter().filter(|setting| setting.roles.contains(&node.role)) {
        if let Some(value) = (setting.value)(cluster, node) {
            config.insert(setting.key.to_owned(), value);
        }
    }
    for argument in ARGUMENTS.iter().filter(|argument| argument.roles.contains(&node.role)) {
        let Some(value) = (argument.value)(cluster) else { continue };
        let list = config.entry(argument.key).or_insert_with(|| Value::Array(Vec::new()));
        if let Value::Array(list) = list {
            list.push(Value::String(format!("{}={value}", argument.name)));
        }
    }
    config
}

/// Renders `config.yaml` of a node. There is no token in it.
#[must_use]
pub fn render(cluster: &Cluster, node: &NodeSpecification) -> String {
    document::yaml([&Value::Object(settings(cluster, node))])
}
