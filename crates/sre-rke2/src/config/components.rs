//! What RKE2 packages, and why it stays or goes (V-254565).

use serde_json::{Value, json};

use crate::markdown;
use crate::specification::{Choice, Cluster, Component};

impl Component {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Coredns,
        Self::MetricsServer,
        Self::SnapshotController,
        Self::SnapshotControllerCrd,
        Self::SnapshotValidationWebhook,
        Self::SecurityResponder,
    ];

    /// Gives the name in `disable`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Coredns => "rke2-coredns",
            Self::MetricsServer => "rke2-metrics-server",
            Self::SnapshotController => "rke2-snapshot-controller",
            Self::SnapshotControllerCrd => "rke2-snapshot-controller-crd",
            Self::SnapshotValidationWebhook => "rke2-snapshot-validation-webhook",
            Self::SecurityResponder => "rke2-security-responder",
        }
    }

    /// Gives what becomes of it when the site says nothing.
    #[must_use]
    pub fn default_choice(self) -> Choice {
        let keep = |reason: &str| Choice::Keep(reason.to_owned());
        let disable = |reason: &str| Choice::Disable(reason.to_owned());
        match self {
            Self::Coredns => keep("services find each other by its names"),
            Self::MetricsServer => keep("autoscaling and `kubectl top` read it"),
            Self::SnapshotController | Self::SnapshotControllerCrd => {
                disable("no storage driver of the platform makes CSI snapshots")
            }
            Self::SnapshotValidationWebhook => disable("as the snapshot controller"),
            Self::SecurityResponder => {
                disable("it reports to a server outside, which is not there")
            }
        }
    }
}

/// Gives the list for `disable`; RKE2 adds network plugins and ingresses that nobody chose.
pub(super) fn disabled(cluster: &Cluster) -> Value {
    let gone = Component::ALL.into_iter();
    let gone = gone.filter(|one| matches!(cluster.choice(*one), Choice::Disable(_)));
    json!(gone.map(Component::as_str).collect::<Vec<_>>())
}

/// Gives each packaged component with what becomes of it and why.
pub fn justifications(cluster: &Cluster) -> impl Iterator<Item = (Component, Choice)> {
    Component::ALL.into_iter().map(|component| (component, cluster.choice(component)))
}

/// Renders the default choices as a table in Markdown.
#[must_use]
pub fn table() -> String {
    let rows = Component::ALL.into_iter().map(|component| {
        let (word, reason) = match component.default_choice() {
            Choice::Keep(reason) => ("stays", reason),
            Choice::Disable(reason) => ("goes", reason),
        };
        vec![format!("`{}`", component.as_str()), word.to_owned(), reason]
    });
    markdown::table(&["component", "", "because"], rows)
}
