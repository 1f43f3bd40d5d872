//! The ports as a table for documents.

use super::{PORTS, Port, When};
use crate::markdown;
use crate::specification::{Cni, Role};

/// Renders the ports as a table in Markdown.
#[must_use]
pub fn table() -> String {
    let rows = PORTS.iter().map(|port| {
        vec![
            number(port),
            port.protocol.as_str().to_uppercase(),
            port.from.as_str().to_owned(),
            to(port.to).to_owned(),
            when(port.when),
            port.what.to_owned(),
            port.remark.to_owned(),
        ]
    });
    markdown::table(&["port", "", "from", "to", "when", "what", "remark for the CAL"], rows)
}

fn number(port: &Port) -> String {
    if port.first == port.last {
        return port.first.to_string();
    }
    format!("{}-{}", port.first, port.last)
}

fn to(roles: &[Role]) -> &'static str {
    match (roles.contains(&Role::FirstServer), roles.contains(&Role::Agent)) {
        (true, true) => "nodes",
        (true, false) => "servers",
        _ => "agents",
    }
}

fn when(when: When) -> String {
    let join =
        |plugins: &[Cni]| plugins.iter().map(|one| one.as_str()).collect::<Vec<_>>().join(", ");
    match when {
        When::Always => "always".to_owned(),
        When::Cni(plugins) => join(plugins),
        When::WireGuard(plugins) => format!("{} with WireGuard", join(plugins)),
        When::EmbeddedRegistry => "nodes share images".to_owned(),
        When::VirtualAddress => "virtual address".to_owned(),
    }
}
