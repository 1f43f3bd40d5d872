//! Looks at the value of a key.

use serde_json::Value;

use super::{Form, Key};

/// A message, and what to write instead.
type Wrong = (String, String);

/// Values of keys that have few.
const CHOICES: &[(&str, &[&str])] = &[
    ("profile", &["cis", "etcd"]),
    ("cni", &["none", "calico", "canal", "cilium", "flannel", "multus"]),
    ("ingress-controller", &["none", "traefik", "ingress-nginx"]),
    ("egress-selector-mode", &["agent", "cluster", "pod", "disabled"]),
    ("secrets-encryption-provider", &["aescbc", "secretbox"]),
];

/// Keys that hold a secret, and the key that names a file with it.
const SECRETS: &[(&str, &str)] = &[
    ("token", "token-file"),
    ("agent-token", "agent-token-file"),
    ("etcd-s3-secret-key", "etcd-s3-config-secret"),
    ("etcd-s3-access-key", "etcd-s3-config-secret"),
    ("etcd-s3-session-token", "etcd-s3-config-secret"),
];

/// Gives what is wrong with a value.
pub(super) fn wrong(key: &Key, value: &Value) -> Vec<Wrong> {
    if let Some((_, instead)) = SECRETS.iter().find(|(name, _)| *name == key.name) {
        // The value must not be repeated.
        let message = format!("`{}` puts a secret into this file", key.name);
        return vec![(message, format!("write it to a file and name that by `{instead}`"))];
    }
    if key.name == "write-kubeconfig-mode" {
        return mode(value);
    }
    if let Some(wrong) = form(key, value) {
        return vec![wrong];
    }
    let choices = CHOICES.iter().find(|(name, _)| *name == key.name);
    let choices = choices.map(|(_, choices)| *choices);
    let mut found: Vec<Wrong> = Vec::new();
    for text in texts(value) {
        if let Some(choices) = choices {
            let unknown = text.split(',').find(|one| !choices.contains(one));
            found.extend(unknown.map(|one| choice(key, one, choices)));
        }
        if key.form == Form::Arguments {
            found.extend(argument(key, text));
        }
    }
    found
}

fn choice(key: &Key, text: &str, choices: &[&str]) -> Wrong {
    let message = format!("`{}` cannot be `{}`", key.name, text.escape_debug());
    (message, format!("one of: {}", choices.join(", ")))
}

/// A mode without quotes is a number in YAML, and another one than people mean.
fn mode(value: &Value) -> Vec<Wrong> {
    let help = "write it in quotes: \"0600\"".to_owned();
    match value {
        Value::String(text) if text == "0600" || text == "600" => Vec::new(),
        Value::String(text) if text.parse::<u16>().is_ok() && is_octal(text) => {
            vec![("the file with the administrator's key is for root alone".to_owned(), help)]
        }
        _ => vec![("`write-kubeconfig-mode` is a text of octal digits".to_owned(), help)],
    }
}

fn is_octal(text: &str) -> bool {
    (3..=4).contains(&text.len()) && text.bytes().all(|byte| (b'0'..=b'7').contains(&byte))
}

fn form(key: &Key, value: &Value) -> Option<Wrong> {
    let (fits, wanted) = match key.form {
        Form::Text => (value.is_string() || value.is_number(), "a text"),
        Form::Truth => (value.is_boolean(), "true or false"),
        Form::Number => (value.as_u64().is_some(), "a whole number"),
        Form::List | Form::Arguments => (is_list(value), "a list of texts"),
    };
    let message = format!("`{}` is {}", key.name, shape(value));
    (!fits).then(|| (message, format!("it must be {wanted}")))
}

fn is_list(value: &Value) -> bool {
    match value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().all(Value::is_string),
        _ => false,
    }
}

fn shape(value: &Value) -> &'static str {
    match value {
        Value::Null => "empty",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list with something else than texts",
        Value::Object(_) => "a map",
    }
}

/// Gives the texts of a value: itself, or those of the list.
pub(super) fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn argument(key: &Key, text: &str) -> Option<Wrong> {
    let is_name = |name: &str| {
        !name.is_empty()
            && name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c))
    };
    let fits = text.split_once('=').is_some_and(|(name, _)| is_name(name));
    let message = format!("`{}` in `{}` is no argument", text.escape_debug(), key.name);
    (!fits).then(|| (message, "write `name=value`, without dashes in front".to_owned()))
}
