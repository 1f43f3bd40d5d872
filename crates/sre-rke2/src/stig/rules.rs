//! The table of rules (`compliance.md` of the project's facts, sections 1.1 and 1.2).

use super::Answer::{
    Argument, Deviation, File, Manual, Modes, NotApplicable, Platform, Ports, Setting,
};
use super::Category::{One, Two};
use super::{Answer, Category, Release, Rule};
use crate::paths;

const API: &str = "kube-apiserver-arg";
const CONTROLLER: &str = "kube-controller-manager-arg";
const SCHEDULER: &str = "kube-scheduler-arg";
const KUBELET: &str = "kubelet-arg";

/// The rules of all releases, in the order of their ids.
pub const RULES: &[Rule] = &[
    rule(
        "CNTR-R2-000010",
        "V-254553",
        One,
        "TLS 1.2 and approved ciphers on the control plane",
        &[
            Argument(API, "tls-min-version"),
            Argument(API, "tls-cipher-suites"),
            Argument(CONTROLLER, "tls-min-version"),
            Argument(CONTROLLER, "tls-cipher-suites"),
            Argument(SCHEDULER, "tls-min-version"),
            Argument(SCHEDULER, "tls-cipher-suites"),
            Manual("the FIPS certificate of this RKE2 release and its status go into the SSP"),
        ],
    ),
    rule(
        "CNTR-R2-000030",
        "V-254554",
        Two,
        "each controller has credentials of its own",
        &[Argument(CONTROLLER, "use-service-account-credentials")],
    ),
    rule(
        "CNTR-R2-000060",
        "V-254555",
        Two,
        "CIS profile, audit policy, blocking audit",
        &[
            Setting("profile"),
            Setting("audit-policy-file"),
            Argument(API, "audit-log-mode"),
            File(paths::AUDIT_POLICY),
        ],
    ),
    rule(
        "CNTR-R2-000100",
        "V-254556",
        Two,
        "controller manager listens on the loopback only",
        &[Argument(CONTROLLER, "bind-address")],
    ),
    rule(
        "CNTR-R2-000110",
        "V-254557",
        Two,
        "kubelet refuses anonymous requests",
        &[Argument(KUBELET, "anonymous-auth")],
    ),
    removed(
        "CNTR-R2-000120",
        "V-254558",
        "API server has no insecure port",
        &[NotApplicable("Kubernetes has no such option since 1.24")],
    ),
    rule(
        "CNTR-R2-000130",
        "V-254559",
        One,
        "kubelet has no read-only port",
        &[Argument(KUBELET, "read-only-port")],
    ),
    removed(
        "CNTR-R2-000140",
        "V-254560",
        "API server has no insecure address",
        &[NotApplicable("Kubernetes has no such option since 1.20")],
    ),
    rule(
        "CNTR-R2-000150",
        "V-254561",
        One,
        "kubelet asks the API server who may do what",
        &[Argument(KUBELET, "authorization-mode")],
    ),
    rule(
        "CNTR-R2-000160",
        "V-254562",
        One,
        "API server refuses anonymous requests",
        &[Argument(API, "anonymous-auth")],
    ),
    rule(
        "CNTR-R2-000320",
        "V-254563",
        Two,
        "audit records are kept 30 days",
        &[
            Argument(API, "audit-log-maxage"),
            Argument(API, "audit-log-maxbackup"),
            Argument(API, "audit-log-maxsize"),
        ],
    ),
    rule(
        "CNTR-R2-000460",
        "V-268321",
        Two,
        "RKE2 is built from verified packages",
        &[Deviation(
            "the literal check wants images signed with the vendor's government key. The bundle \
         checks sums and signatures of its sources, and the cluster admits only images that the \
         bundle's key signed",
        )],
    ),
    rule(
        "CNTR-R2-000520",
        "V-254564",
        Two,
        "owners and modes of RKE2's files",
        &[
            Setting("write-kubeconfig-mode"),
            Modes,
            Deviation(
                "under `profile: cis` the folder server/db/etcd belongs to etcd, not to root; CIS \
             1.1.12 wants that",
            ),
        ],
    ),
    rule(
        "CNTR-R2-000550",
        "V-254565",
        Two,
        "only components that are needed",
        &[
            Setting("disable"),
            Setting("ingress-controller"),
            Manual("confirm the list of what stays, with its reasons"),
        ],
    ),
    rule(
        "CNTR-R2-000580",
        "V-254566",
        Two,
        "ports, protocols and services match the PPSM CAL",
        &[Ports, Manual("compare the table with the CAL of the enclave")],
    ),
    rule(
        "CNTR-R2-000800",
        "V-254567",
        Two,
        "no secrets in environment variables",
        &[Platform("a policy of Kyverno refuses them, and charts mount secrets as files")],
    ),
    rule(
        "CNTR-R2-000890",
        "V-254568",
        Two,
        "idle streams end after five minutes",
        &[Argument(KUBELET, "streaming-connection-idle-timeout")],
    ),
    rule(
        "CNTR-R2-000940",
        "V-254569",
        Two,
        "kernel defaults are protected",
        &[
            Setting("protect-kernel-defaults"),
            Argument(KUBELET, "protect-kernel-defaults"),
            File("/etc/sysctl.d/60-rke2-cis.conf"),
        ],
    ),
    rule(
        "CNTR-R2-000970",
        "V-254570",
        Two,
        "system namespaces hold the system only",
        &[
            Platform("policies guard the namespaces; the inventory of kube-system is documented"),
            Manual("compare the pods of kube-system with the inventory"),
        ],
    ),
    rule(
        "CNTR-R2-001130",
        "V-254571",
        Two,
        "pods are restricted unless their namespace says why not",
        &[Setting("pod-security-admission-config-file"), File(paths::POD_SECURITY)],
    ),
    rule(
        "CNTR-R2-001270",
        "V-254572",
        Two,
        "API server authorizes by RBAC and Node",
        &[Argument(API, "authorization-mode")],
    ),
    removed(
        "CNTR-R2-001500",
        "V-254573",
        "secrets are encrypted in etcd",
        &[Setting("secrets-encryption"), Setting("secrets-encryption-provider")],
    ),
    rule(
        "CNTR-R2-001580",
        "V-254574",
        Two,
        "old versions are removed after an upgrade",
        &[
            Platform("the upgrade prunes archives and images of the release before"),
            Manual("confirm that no image runs in two versions"),
        ],
    ),
    rule(
        "CNTR-R2-001620",
        "V-254575",
        Two,
        "the release is supported and patched",
        &[
            Platform("the bundle carries the release and its date; the installer guards the skew"),
            Manual("compare the release with the vendor's support table"),
        ],
    ),
];

const fn rule(
    id: &'static str,
    vulnerability: &'static str,
    category: Category,
    title: &'static str,
    answers: &'static [Answer],
) -> Rule {
    Rule { id, vulnerability, category, title, removed_in: None, answers }
}

/// A rule of category I that V2R5 dropped, and so V2R7 does not have.
const fn removed(
    id: &'static str,
    vulnerability: &'static str,
    title: &'static str,
    answers: &'static [Answer],
) -> Rule {
    Rule { id, vulnerability, category: One, title, removed_in: Some(Release::V2R7), answers }
}
