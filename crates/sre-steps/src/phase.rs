//! The one sentence that carries the product, as a table.

use std::fmt;

/// A word of the sentence manifest -> lock -> fetch -> pack -> sign -> media -> verify -> seed ->
/// provision -> harden -> cluster -> gitops.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Phase {
    /// A person writes down what goes into the bundle.
    Manifest,
    /// Everything named is resolved to digests.
    Lock,
    /// The bytes come from their upstreams.
    Fetch,
    /// The bytes become one file.
    Pack,
    /// The file gets its signatures.
    Sign,
    /// A person carries the file.
    Media,
    /// The file proves what it is.
    Verify,
    /// A registry is served from the file or filled from it.
    Seed,
    /// Hosts are made.
    Provision,
    /// Hosts are hardened.
    Harden,
    /// Hosts become a cluster.
    Cluster,
    /// The cluster gets its platform from a local source.
    Gitops,
}

impl Phase {
    /// All words, in the order of the sentence.
    pub const ALL: [Self; 12] = [
        Self::Manifest,
        Self::Lock,
        Self::Fetch,
        Self::Pack,
        Self::Sign,
        Self::Media,
        Self::Verify,
        Self::Seed,
        Self::Provision,
        Self::Harden,
        Self::Cluster,
        Self::Gitops,
    ];

    /// Gives the word itself: the id in events and receipts, and the name of the verb.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Lock => "lock",
            Self::Fetch => "fetch",
            Self::Pack => "pack",
            Self::Sign => "sign",
            Self::Media => "media",
            Self::Verify => "verify",
            Self::Seed => "seed",
            Self::Provision => "provision",
            Self::Harden => "harden",
            Self::Cluster => "cluster",
            Self::Gitops => "gitops",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_the_sentence_in_its_order() {
        let sentence = Phase::ALL.map(Phase::id).join(" -> ");
        assert_eq!(
            sentence,
            "manifest -> lock -> fetch -> pack -> sign -> media -> verify -> seed -> provision -> \
             harden -> cluster -> gitops"
        );
        assert!(Phase::ALL.is_sorted());
    }

    #[test]
    fn events_spell_a_phase_as_its_id() {
        for phase in Phase::ALL {
            assert_eq!(serde_json::to_value(phase).unwrap(), phase.id());
        }
    }
}
