//! What an operator believes, and the check of signatures against it.

use std::collections::{BTreeMap, BTreeSet};

use super::{TrustError, TrustFile};
use crate::signature::{
    BundleFacts, Fingerprint, Form, KeyId, Pair, PublicKey, SignatureFile, Statement,
};

/// What an operator believes: one or more roots, of which one must be satisfied.
///
/// What any root revokes is revoked for all of them.
#[derive(Clone, Debug, Default)]
pub struct Trust {
    roots: Vec<Root>,
    revoked: BTreeSet<KeyId>,
}

#[derive(Clone, Debug)]
struct Root {
    threshold: usize,
    keys: Vec<(PublicKey, Option<String>)>,
}

/// The keys whose signatures made a bundle believed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Signers {
    /// Count of keys that had to sign.
    pub threshold: usize,
    /// Every key whose two signatures hold, at least as many as the threshold.
    pub keys: Vec<Signer>,
}

/// One key that signed.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Signer {
    /// Id of the key.
    pub id: KeyId,
    /// The same id as people compare it.
    pub fingerprint: Fingerprint,
    /// Name that the trust file gives to the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

type Pairs<'a> = BTreeMap<KeyId, Pair<'a>>;

impl Trust {
    /// Believes one key.
    #[must_use]
    pub fn of_key(key: PublicKey) -> Self {
        let root = Root { threshold: 1, keys: vec![(key, None)] };
        Self { roots: vec![root], revoked: BTreeSet::new() }
    }

    /// Believes the keys of a trust file, as many as its threshold says.
    #[must_use]
    pub fn of_file(file: &TrustFile) -> Self {
        let keys = file.keys.iter().map(|key| (key.key.clone(), Some(key.name.clone())));
        let root = Root { threshold: file.threshold, keys: keys.collect() };
        let revoked = file.revoked.iter().map(|revoked| revoked.id).collect();
        Self { roots: vec![root], revoked }
    }

    /// Believes whom either believes, except whom either revokes.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        self.roots.extend(other.roots);
        self.revoked.extend(other.revoked);
        self
    }

    /// Revokes what the other revokes as well, and believes nobody because of it.
    #[must_use]
    pub fn revoking(mut self, other: &Self) -> Self {
        self.revoked.extend(&other.revoked);
        self
    }

    /// Says whether nobody is believed, so that no bundle can pass.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.roots.is_empty()
    }

    /// Lists the keys that are believed, revoked ones left out.
    pub fn keys(&self) -> impl Iterator<Item = &PublicKey> {
        let keys = self.roots.iter().flat_map(|root| root.keys.iter().map(|(key, _)| key));
        keys.filter(|key| !self.revoked.contains(&key.id()))
    }

    /// Checks the signatures of a contents table.
    ///
    /// `table` is `sre.json` as it stands in the file, with its padding, and `facts` is what the
    /// caller read from it; both are believed only when this succeeds.
    pub fn check_table(
        &self,
        facts: &BundleFacts,
        table: &[u8],
        files: &[SignatureFile],
    ) -> Result<Signers, TrustError> {
        self.check(&Statement::of_table(facts, table), table, files)
    }

    /// Checks the signatures of any file that a statement can be made of.
    ///
    /// Every key that is believed and has signed must have signed rightly, even beyond the
    /// threshold: a wrong signature of a trusted key is a sign of tampering, never ignored.
    pub fn check(
        &self,
        statement: &Statement,
        signed: &[u8],
        files: &[SignatureFile],
    ) -> Result<Signers, TrustError> {
        let pairs = group(files)?;
        let signatures = |pair: &Pair| pair.plain.is_some() || pair.sigstore.is_some();
        if !pairs.values().any(signatures) {
            return Err(TrustError::Unsigned);
        }
        let mut believed = None;
        let mut best: Option<Signers> = None;
        // All roots are looked at even when one is satisfied: a key of another may have been forged.
        for root in &self.roots {
            let keys = root.check(&self.revoked, &pairs, statement, signed)?;
            let signers = Signers { threshold: root.threshold, keys };
            if signers.keys.len() >= signers.threshold {
                believed = believed.or(Some(signers));
            } else if best.as_ref().is_none_or(|best| best.keys.len() < signers.keys.len()) {
                best = Some(signers);
            }
        }
        believed.ok_or_else(|| self.explain(best, &pairs))
    }

    fn explain(&self, best: Option<Signers>, pairs: &Pairs) -> TrustError {
        if let Some(best) = best.filter(|best| !best.keys.is_empty()) {
            let valid = best.keys.iter().map(|key| key.id).collect();
            return TrustError::BelowThreshold { needed: best.threshold, valid };
        }
        let revoked: Vec<KeyId> =
            pairs.keys().filter(|id| self.revoked.contains(id)).copied().collect();
        if revoked.is_empty() {
            return TrustError::UnknownKeys { keys: pairs.keys().copied().collect() };
        }
        TrustError::Revoked { keys: revoked }
    }
}

impl Root {
    fn check(
        &self,
        revoked: &BTreeSet<KeyId>,
        pairs: &Pairs,
        statement: &Statement,
        signed: &[u8],
    ) -> Result<Vec<Signer>, TrustError> {
        let mut signers = Vec::new();
        for (key, name) in self.keys.iter().filter(|(key, _)| !revoked.contains(&key.id())) {
            let Some(pair) = pairs.get(&key.id()) else { continue };
            pair.check(key, statement, signed)?;
            let fingerprint = key.id().fingerprint();
            signers.push(Signer { id: key.id(), fingerprint, name: name.clone() });
        }
        Ok(signers)
    }
}

/// Counts keys, not files: a second pair of one key has nowhere to stand.
fn group(files: &[SignatureFile]) -> Result<Pairs<'_>, TrustError> {
    let mut pairs = Pairs::new();
    for file in files {
        let (id, form) = file.meaning()?;
        let pair = pairs.entry(id).or_default();
        let place = match form {
            Form::PublicKey => &mut pair.public_key,
            Form::Plain => &mut pair.plain,
            Form::Sigstore => &mut pair.sigstore,
        };
        if place.replace(&file.bytes).is_some() {
            return Err(TrustError::Twice { name: file.name.clone() });
        }
    }
    Ok(pairs)
}
