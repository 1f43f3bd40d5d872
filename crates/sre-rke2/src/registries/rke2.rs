//! `registries.yaml`.

use serde_json::{Map, Value, json};

use super::{Endpoint, Mirrors};
use crate::document;

/// Renders `registries.yaml`: every registry, its mirrors in order, and how each is reached.
///
/// The keys are those of RKE2's page on private registries. The default endpoint is turned off in
/// `config.yaml`, and only for registries that are named here.
#[must_use]
pub fn render(mirrors: &Mirrors) -> String {
    let endpoints: Vec<String> =
        mirrors.endpoints.iter().map(|endpoint| endpoint.address.to_string()).collect();
    let mut by_host = Map::new();
    for host in &mirrors.hosts {
        let target = format!("{}/$1", mirrors.prefix.path_of_host(host));
        // Anchored at both ends: Go would find a second, empty match at the end of the name.
        let mirror = json!({"endpoint": endpoints, "rewrite": {"^(.*)$": target}});
        by_host.insert(host.clone(), mirror);
    }
    let configs: Map<String, Value> = mirrors.endpoints.iter().filter_map(config).collect();
    let mut document = json!({"mirrors": by_host});
    if !configs.is_empty() {
        document["configs"] = Value::Object(configs);
    }
    document::yaml([&document])
}

/// Gives certificates and credentials of a mirror, under its host and port.
fn config(endpoint: &Endpoint) -> Option<(String, Value)> {
    let mut config = Map::new();
    if let Some(file) = &endpoint.certificates {
        config.insert("tls".to_owned(), json!({"ca_file": file}));
    }
    if let Some(credential) = &endpoint.credential {
        let (username, password) = (&credential.user, credential.password.reveal());
        config.insert("auth".to_owned(), json!({"username": username, "password": password}));
    }
    let authority = endpoint.address.authority().to_owned();
    (!config.is_empty()).then_some((authority, Value::Object(config)))
}
