//! Labels and taints of Kubernetes, by its own rules.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::choice::Effect;
use super::name::is_name;
use super::{SiteWord, WordError, word};

word! {
    /// The key of a label, such as `topology.kubernetes.io/zone`.
    LabelKey, "the key of a label",
    "`name` or `prefix.example/name`; a name has at most 63 letters, digits, `.`, `_`, `-`",
    |text| match text.split_once('/') {
        Some((prefix, name)) => is_name(prefix) && is_qualified(name),
        None => is_qualified(text),
    }
}

word! {
    /// The value of a label, which may be empty.
    LabelValue, "the value of a label",
    "at most 63 letters, digits, `.`, `_`, `-`, a letter or digit at both ends",
    |text| text.is_empty() || is_qualified(text)
}

/// The prefixes under which a kubelet may not label its own node; joins with such a label fail.
const RESERVED: [&str; 2] = ["kubernetes.io", "k8s.io"];
/// The keys and prefixes under them that it may set all the same.
const ALLOWED: [&str; 9] = [
    "kubernetes.io/arch",
    "kubernetes.io/hostname",
    "kubernetes.io/os",
    "node.kubernetes.io/instance-type",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
    "beta.kubernetes.io/arch",
    "beta.kubernetes.io/instance-type",
    "beta.kubernetes.io/os",
];

impl LabelKey {
    /// Tells whether the admission plugin `NodeRestriction` lets a kubelet set it on its node.
    #[must_use]
    pub fn may_be_set_by_its_node(&self) -> bool {
        let Some((prefix, _)) = self.as_str().split_once('/') else { return true };
        let is_below = |domain: &str| prefix == domain || prefix.ends_with(&format!(".{domain}"));
        let own = is_below("kubelet.kubernetes.io") || is_below("node.kubernetes.io");
        !RESERVED.iter().any(|domain| is_below(domain)) || own || ALLOWED.contains(&self.as_str())
    }
}

/// A taint of a node: `key=value:Effect` or `key:Effect`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Taint {
    /// The key.
    pub key: LabelKey,
    /// The value, where it has one.
    pub value: Option<LabelValue>,
    /// What it does to pods that do not tolerate it.
    pub effect: Effect,
}

impl SiteWord for Taint {
    const WHAT: &'static str = "a taint";
    const FORM: &'static str =
        "`key=value:NoSchedule` or `key:NoExecute`; the third effect is `PreferNoSchedule`";
}

impl FromStr for Taint {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (rest, effect) = text.rsplit_once(':').ok_or(Self::WRONG)?;
        let (key, value) = match rest.split_once('=') {
            Some((key, value)) => (key, Some(value.parse().map_err(|_| Self::WRONG)?)),
            None => (rest, None),
        };
        let wrong = |_| Self::WRONG;
        Ok(Self { key: key.parse().map_err(wrong)?, value, effect: effect.parse().map_err(wrong)? })
    }
}

impl fmt::Display for Taint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (key, effect) = (&self.key, self.effect);
        match &self.value {
            Some(value) => write!(formatter, "{key}={value}:{effect}"),
            None => write!(formatter, "{key}:{effect}"),
        }
    }
}

fn is_qualified(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let alphanumeric = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric());
    (1..=63).contains(&text.len())
        && text.bytes().all(fits)
        && alphanumeric(text.bytes().next())
        && alphanumeric(text.bytes().last())
}
