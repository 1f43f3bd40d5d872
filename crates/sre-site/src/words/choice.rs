//! Words of which one is chosen.

use schemars::JsonSchema;
use serde::Serialize;

/// Makes an enum of words, which the schema lists with what each means.
macro_rules! choice {
    (
        $(#[$doc:meta])* $name:ident, $what:literal, $form:literal,
        $($(#[$word_doc:meta])* $variant:ident = $text:literal,)+
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// All words that may stand there.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Gives the word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl $crate::words::SiteWord for $name {
            const WHAT: &'static str = $what;
            const FORM: &'static str = $form;
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::WordError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let found = Self::ALL.iter().copied().find(|word| word.as_str() == text);
                found.ok_or(<Self as $crate::words::SiteWord>::WRONG)
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(self.as_str())
            }
        }
    };
}

choice! {
    /// What a node does in the cluster.
    Role, "a role", "`server` or `agent`",
    /// Runs the control plane and etcd, and workloads unless a taint forbids them.
    Server = "server",
    /// Runs workloads alone.
    Agent = "agent",
}

choice! {
    /// The network between pods.
    Cni, "a network of RKE2 that is carried", "`canal` or `cilium`",
    /// Flannel and Calico; the one that RKE2 builds for FIPS.
    Canal = "canal",
    /// Cilium, which is not built for FIPS.
    Cilium = "cilium",
}

choice! {
    /// How a user becomes root.
    Become, "a way to become root", "`sudo` or `none`",
    /// By `sudo`, with a password or without.
    Sudo = "sudo",
    /// Not at all: the user is root already.
    None = "none",
}

choice! {
    /// What a taint does to pods that do not tolerate it.
    Effect, "the effect of a taint", "`NoSchedule`, `PreferNoSchedule` or `NoExecute`",
    /// They are not placed there.
    NoSchedule = "NoSchedule",
    /// They are placed there only when nowhere else.
    PreferNoSchedule = "PreferNoSchedule",
    /// They are not placed there, and those that run are ended.
    NoExecute = "NoExecute",
}

choice! {
    /// Which registry the cluster pulls from.
    RegistryKind, "a kind of registry", "`in-cluster-harbor`, `harbor` or `oci`",
    /// A Harbor that is installed into the cluster.
    InClusterHarbor = "in-cluster-harbor",
    /// A Harbor that the site has already; projects and robot accounts are made by its API.
    Harbor = "harbor",
    /// Any other registry that speaks OCI distribution.
    Oci = "oci",
}

choice! {
    /// Who signs the certificates of the site.
    AuthorityKind, "an authority", "`own` or `given`",
    /// An authority that the installer makes; its key stays on the admin host.
    Own = "own",
    /// An authority that the site gives, such as an intermediate one of its own PKI.
    Given = "given",
}

choice! {
    /// How far hosts and cluster are hardened.
    Profile, "a profile of hardening", "`stig`, `cis` or `baseline`",
    /// The STIGs of the operating system and of RKE2.
    Stig = "stig",
    /// The CIS benchmarks of the operating system and of RKE2.
    Cis = "cis",
    /// What RKE2 needs, and no more; for tests and development.
    Baseline = "baseline",
}

choice! {
    /// Whether the operating system runs in FIPS mode.
    Fips, "a word for FIPS mode", "`required`, `preferred` or `off`",
    /// A host that does not is not installed.
    Required = "required",
    /// It is turned on where the operating system can; where not, that is reported.
    Preferred = "preferred",
    /// It is left as it is.
    Off = "off",
}

choice! {
    /// Whether hosts are restarted when a setting needs it.
    Reboot, "a word for restarts", "`allowed` or `never`",
    /// One at a time, at the end of hardening.
    Allowed = "allowed",
    /// What needs a restart is named, and waits for one.
    Never = "never",
}

choice! {
    /// A release of the RKE2 STIG; it decides the list of ciphers and which rules there are.
    StigRelease, "a release of the RKE2 STIG that is known here", "`v2r3` or `v2r7`",
    /// Of 2025: 24 rules, six cipher suites.
    V2r3 = "v2r3",
    /// Of July 2026: 21 rules, three cipher suites, all of them ECDSA.
    V2r7 = "v2r7",
}

choice! {
    /// How logs travel to the server that collects them.
    LogProtocol, "a protocol for logs", "`tls` or `tcp`",
    /// Over TLS, as the STIG wants it.
    Tls = "tls",
    /// In clear text.
    Tcp = "tcp",
}
