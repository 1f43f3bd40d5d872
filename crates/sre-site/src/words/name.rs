//! Names of hosts, users, interfaces and the like.

use super::word;

/// The most bytes of a DNS label, and of a host name (RFC 1035).
const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 253;

word! {
    /// One label of a DNS name in small letters (RFC 1123), such as `node-1`.
    DnsLabel, "a name",
    "1 to 63 small letters, digits and `-`, which neither begins nor ends it: `node-1`",
    is_label
}

word! {
    /// A DNS name in small letters, such as `harbor.alpha.example`.
    DnsName, "a DNS name",
    "labels of small letters, digits and `-`, joined by dots, at most 253: `alpha.example`",
    is_name
}

word! {
    /// The name of a user of Linux, such as `sre`.
    UserName, "the name of a user",
    "1 to 32 small letters, digits, `_` and `-`, the first one a letter or `_`: `sre`",
    |text| {
        let begins = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let fits = |byte: u8| begins(byte) || byte.is_ascii_digit() || byte == b'-';
        text.len() <= 32 && text.bytes().next().is_some_and(begins) && text.bytes().all(fits)
    }
}

word! {
    /// The name of a network interface, such as `eth0` or `bond0.100`.
    InterfaceName, "the name of a network interface",
    "1 to 15 letters, digits, `.`, `_` and `-`, as `ip link` shows it: `eth0`",
    |text| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        // The kernel refuses 16 bytes and more, `.` and `..`.
        (1..=15).contains(&text.len()) && text.bytes().all(fits) && text != "." && text != ".."
    }
}

word! {
    /// What something is called in Proxmox VE: a node, a storage, a bridge, a template.
    ProxmoxName, "a name of Proxmox",
    "1 to 63 letters, digits, `.`, `_` and `-`, the first one a letter or a digit: `local-lvm`",
    |text| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let begins = |first: u8| first.is_ascii_alphanumeric();
        text.len() <= MAX_LABEL && text.bytes().next().is_some_and(begins) && text.bytes().all(fits)
    }
}

word! {
    /// The name of a variable of the environment; in capitals, as a password hardly ever is.
    EnvironmentName, "the name of a variable of the environment",
    "capital letters, digits and `_`, the first one no digit: `SRE_SUDO_PASSWORD`",
    |text| is_variable(text) && !text.bytes().any(|byte| byte.is_ascii_lowercase())
}

word! {
    /// The name of a variable that Flux puts into manifests.
    FluxVariable, "the name of a variable",
    "letters, digits and `_`, the first one no digit: `cluster_domain`",
    is_variable
}

word! {
    /// The path in a registry below which everything lands, such as `mission/sre`.
    RegistryPrefix, "a path in a registry",
    "small letters, digits and single signs between them, joined by `/`: `mission/sre`",
    |text| text.len() <= 128 && text.split('/').all(sre_format::is_path_component)
}

pub(super) fn is_label(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let ends = !text.starts_with('-') && !text.ends_with('-');
    (1..=MAX_LABEL).contains(&text.len()) && text.bytes().all(fits) && ends
}

/// Tells whether a text is a DNS name; what could be read as an address is none.
pub(super) fn is_name(text: &str) -> bool {
    let numbers_alone = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= MAX_NAME
        && text.split('.').all(is_label)
        && !text.rsplit('.').next().is_some_and(numbers_alone)
}

fn is_variable(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let begins = |first: u8| first.is_ascii_alphabetic() || first == b'_';
    text.len() <= 128 && text.bytes().next().is_some_and(begins) && text.bytes().all(fits)
}
