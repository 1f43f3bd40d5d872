//! Looking into packages that are in the cache.

use sre_format::{Digest, SourceUrl};

use super::MirrorError;
use crate::archive::{Listing, Member, list};
use crate::fetch::FetchError;
use crate::lock::{ResolveError, Resolver};

/// The most bytes of a package: several times the largest provider.
pub(super) const MAX_PACKAGE: u64 = 4 << 30;

impl Resolver<'_> {
    /// Lists a package of the cache, and keeps the content of the files that are wanted.
    pub(super) async fn look_into(
        &self,
        what: &str,
        digest: Digest,
        wanted: impl Fn(&str) -> bool + Send + 'static,
    ) -> Result<Listing, ResolveError> {
        let missing = || FetchError::NotFetched { entry: what.to_owned(), digest };
        let file = self.cache.reader(&digest).ok_or_else(missing)?;
        let listing = tokio::task::spawn_blocking(move || list(&file, wanted)).await;
        let listing = listing.map_err(|_| ResolveError::Task)?;
        let refused = |source| MirrorError::Package { package: what.to_owned(), source };
        Ok(listing.map_err(refused)?)
    }
}

/// Refuses a package without its program.
pub(super) fn want_program<'a>(
    package: &SourceUrl,
    listing: &'a Listing,
    prefix: &str,
) -> Result<&'a str, MirrorError> {
    let is_program = |(name, member): &(&String, &Member)| {
        name.starts_with(prefix) && !name.contains('/') && matches!(member, Member::File(_))
    };
    let program = listing.members.iter().find(is_program).map(|(name, _)| name.as_str());
    let (package, wanted) = (package.clone(), prefix.to_owned());
    program.ok_or(MirrorError::NoProgram { package, wanted })
}
