//! What a site may choose about the cluster.

use std::net::IpAddr;

use sre_format::ImageReference;

/// An address that moves between servers, kept by kube-vip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualAddress {
    /// The address; free, and in the network of the servers.
    pub address: IpAddr,
    /// The interface that carries it; without one, kube-vip takes that of the default route.
    pub interface: Option<String>,
    /// The image of kube-vip, with a digest.
    pub image: ImageReference,
}

/// Whether nodes give each other the images that they have (Spegel inside of RKE2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmbeddedRegistry {
    /// Every node asks the mirrors.
    #[default]
    Off,
    /// Nodes ask each other first. Every node trusts every other one, so images want digests.
    On,
}

/// How snapshots of etcd are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshots {
    /// When, in the five fields of cron.
    pub schedule: String,
    /// How many are kept on each server.
    pub kept: u32,
    /// Another folder than RKE2's own, such as a mounted disk.
    pub folder: Option<String>,
}

impl Default for Snapshots {
    /// Every six hours, two days of them.
    fn default() -> Self {
        Self { schedule: "0 */6 * * *".to_owned(), kept: 8, folder: None }
    }
}

/// How long the API server's audit log is kept.
///
/// `profile: cis` keeps ten files of 100 MB, and whichever limit comes first counts: a busy cluster
/// would lose records after hours, although `audit-log-maxage` says 30 days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditLog {
    /// Days that records are kept; V-254563 wants at least 30.
    pub days: u32,
    /// Rotated files that are kept.
    pub files: u32,
    /// Megabytes of a file before it is rotated.
    pub megabytes: u32,
    /// Another file than RKE2's own, such as one on a volume for audit records.
    pub file: Option<String>,
}

impl Default for AuditLog {
    /// 30 days within ten gigabytes.
    fn default() -> Self {
        Self { days: 30, files: 100, megabytes: 100, file: None }
    }
}

/// A namespace that Pod Security Admission leaves alone, with the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// The namespace.
    pub namespace: String,
    /// Why its pods need more than `restricted`, for the assessor.
    pub reason: String,
}

/// The components that RKE2 packages and can leave out (`disable` in its server reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The DNS of the cluster.
    Coredns,
    /// Resource metrics.
    MetricsServer,
    /// The controller of CSI snapshots.
    SnapshotController,
    /// The custom resources of CSI snapshots.
    SnapshotControllerCrd,
    /// The webhook that checks CSI snapshots.
    SnapshotValidationWebhook,
    /// Reports of security to the vendor, from RKE2 1.36 on.
    SecurityResponder,
}

/// What becomes of a packaged component; the reason is what V-254565 asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It stays, because.
    Keep(String),
    /// It goes, because.
    Disable(String),
}
