//! `hosts.toml` for a containerd that is not RKE2's.
//!
//! Plain containerd knows no rewriting, which is a patch of RKE2's. It does the same by a path:
//! `https://mirror/v2/[prefix/]host` with `override_path`. The last mirror is named as `server`, in
//! the place of the registry itself, so that nothing is asked outside. Credentials have no place
//! in these files; whoever pulls gives them.

use std::fmt::Write as _;

use serde_json::Value;

use super::{Endpoint, Mirrors};

/// One file of containerd's registry configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostsFile {
    /// The path below the configuration folder, `host/hosts.toml`.
    pub path: String,
    /// The text.
    pub content: String,
}

/// Renders a `hosts.toml` for each registry.
#[must_use]
pub fn hosts_files(mirrors: &Mirrors) -> Vec<HostsFile> {
    let render = |host: &String| HostsFile {
        path: format!("{host}/hosts.toml"),
        content: hosts_file(mirrors, host),
    };
    mirrors.hosts.iter().map(render).collect()
}

fn hosts_file(mirrors: &Mirrors, host: &str) -> String {
    let mut text = "# Written by sre-install, which replaces it at its next run.\n".to_owned();
    let Some((last, first)) = mirrors.endpoints.split_last() else { return text };
    let path = mirrors.prefix.path_of_host(host);
    line(&mut text, "server", &url(last, &path));
    options(&mut text, last);
    for endpoint in first {
        // Keys of a table may be quoted in the form of texts, which is JSON's as well.
        let key = Value::String(url(endpoint, &path));
        _ = writeln!(text, "\n[host.{key}]");
        options(&mut text, endpoint);
    }
    text
}

fn url(endpoint: &Endpoint, path: &str) -> String {
    format!("{}/v2/{path}", endpoint.address)
}

fn options(text: &mut String, endpoint: &Endpoint) {
    text.push_str("capabilities = [\"pull\", \"resolve\"]\noverride_path = true\n");
    if let Some(file) = &endpoint.certificates {
        line(text, "ca", file);
    }
}

fn line(text: &mut String, key: &str, value: &str) {
    _ = writeln!(text, "{key} = {}", Value::String(value.to_owned()));
}
