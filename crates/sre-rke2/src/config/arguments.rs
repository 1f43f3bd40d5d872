//! Arguments of the parts of Kubernetes.

use super::settings::{ALL, SERVERS};
use crate::specification::{Cluster, Role};
use crate::stig::ciphers;

/// One argument of a part of Kubernetes.
#[derive(Clone, Copy, Debug)]
pub struct Argument {
    /// The key of `config.yaml` that lists it.
    pub key: &'static str,
    /// The name, without dashes.
    pub name: &'static str,
    /// Gives the value, or nothing when the argument is left out.
    pub value: fn(&Cluster) -> Option<String>,
    /// The roles that have it.
    pub roles: &'static [Role],
    /// The rules of the STIG that it answers.
    pub rules: &'static [&'static str],
    /// Why it stands there.
    pub why: &'static str,
}

/// All arguments, in the order in which files have them.
pub const ARGUMENTS: &[Argument] = &[
    api(
        "anonymous-auth",
        |_| Some("false".to_owned()),
        &["V-254562"],
        "a default; explicit, for `ps`. Load balancers must probe by TCP",
    ),
    api(
        "audit-log-maxage",
        |cluster| Some(cluster.specification().audit_log.days.to_string()),
        &["V-254563"],
        "the profile's 30; explicit",
    ),
    api(
        "audit-log-maxbackup",
        |cluster| Some(cluster.specification().audit_log.files.to_string()),
        &["V-254563"],
        "the profile's 10 would end the 30 days early",
    ),
    api(
        "audit-log-maxsize",
        |cluster| Some(cluster.specification().audit_log.megabytes.to_string()),
        &["V-254563"],
        "the profile's 100; explicit",
    ),
    api(
        "audit-log-mode",
        |_| Some("blocking-strict".to_owned()),
        &["V-254555"],
        "no profile sets it",
    ),
    api(
        "audit-log-path",
        |cluster| cluster.specification().audit_log.file.clone(),
        &[],
        "only when the site has a volume for it",
    ),
    api(
        "authorization-mode",
        |_| Some("RBAC,Node".to_owned()),
        &["V-254572"],
        "the default in the other order; literal checks want this one",
    ),
    api(
        "service-account-extend-token-expiration",
        |_| Some("false".to_owned()),
        &[],
        "CIS 1.2.30; the profile sets it from 1.36 on",
    ),
    api(
        "tls-cipher-suites",
        |cluster| Some(suites(cluster)),
        &["V-254553"],
        "by release of the STIG",
    ),
    api("tls-min-version", |_| Some(lowest()), &["V-254553"], "set nowhere by default"),
    controller(
        "bind-address",
        |_| Some("127.0.0.1".to_owned()),
        &["V-254556"],
        "a default; explicit",
    ),
    controller(
        "tls-cipher-suites",
        |cluster| Some(suites(cluster)),
        &["V-254553"],
        "set nowhere by default",
    ),
    controller("tls-min-version", |_| Some(lowest()), &["V-254553"], "set nowhere by default"),
    controller(
        "use-service-account-credentials",
        |_| Some("true".to_owned()),
        &["V-254554"],
        "a default; explicit, for `ps`",
    ),
    scheduler(
        "bind-address",
        |_| Some("127.0.0.1".to_owned()),
        &[],
        "CIS 1.4.2; a default, explicit",
    ),
    scheduler(
        "tls-cipher-suites",
        |cluster| Some(suites(cluster)),
        &["V-254553"],
        "set nowhere by default",
    ),
    scheduler("tls-min-version", |_| Some(lowest()), &["V-254553"], "set nowhere by default"),
    kubelet(
        "anonymous-auth",
        |_| Some("false".to_owned()),
        &["V-254557"],
        "a default in a file; explicit, for `ps`",
    ),
    kubelet(
        "authorization-mode",
        |_| Some("Webhook".to_owned()),
        &["V-254561"],
        "a default in a file; explicit, for `ps`",
    ),
    kubelet("pod-max-pids", |_| Some("4096".to_owned()), &[], "CIS 4.2.13; no limit by default"),
    kubelet(
        "protect-kernel-defaults",
        |_| Some("true".to_owned()),
        &["V-254569"],
        "explicit, for `ps`",
    ),
    kubelet(
        "read-only-port",
        |_| Some("0".to_owned()),
        &["V-254559"],
        "a default; explicit, for `ps`",
    ),
    kubelet("seccomp-default", |_| Some("true".to_owned()), &[], "CIS 4.2.14; off by default"),
    kubelet(
        "streaming-connection-idle-timeout",
        |_| Some("5m".to_owned()),
        &["V-254568"],
        "the default is four hours",
    ),
    kubelet(
        "tls-cipher-suites",
        |cluster| Some(suites(cluster)),
        &[],
        "CIS 4.2.12; Go's list by default",
    ),
    kubelet("tls-min-version", |_| Some(lowest()), &[], "as on the control plane"),
];

type Value = fn(&Cluster) -> Option<String>;
type Rules = &'static [&'static str];

const fn api(name: &'static str, value: Value, rules: Rules, why: &'static str) -> Argument {
    Argument { key: "kube-apiserver-arg", name, value, roles: SERVERS, rules, why }
}

const fn controller(name: &'static str, value: Value, rules: Rules, why: &'static str) -> Argument {
    Argument { key: "kube-controller-manager-arg", name, value, roles: SERVERS, rules, why }
}

const fn scheduler(name: &'static str, value: Value, rules: Rules, why: &'static str) -> Argument {
    Argument { key: "kube-scheduler-arg", name, value, roles: SERVERS, rules, why }
}

const fn kubelet(name: &'static str, value: Value, rules: Rules, why: &'static str) -> Argument {
    Argument { key: "kubelet-arg", name, value, roles: ALL, rules, why }
}

fn suites(cluster: &Cluster) -> String {
    ciphers::suites(cluster.specification().stig).to_owned()
}

fn lowest() -> String {
    ciphers::LOWEST_VERSION.to_owned()
}
