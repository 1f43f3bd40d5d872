//! What can go wrong with a catalog.

use sre_format::{Explain, Fault};

/// Says why something cannot be taken into a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// More packages, dependencies or repositories than identities.
    #[error("there are more packages or repositories than one catalog holds")]
    TooMany,
    /// More dependencies, files or letters than memory should hold.
    #[error(
        "the packages of all repositories have more dependencies, files or letters than any real ones"
    )]
    TooLarge,
}

impl Explain for CatalogError {
    fn fault(&self) -> Fault {
        Fault::Upstream
    }

    fn hint(&self) -> Option<String> {
        Some("name fewer repositories in one table, or another mirror".to_owned())
    }
}
