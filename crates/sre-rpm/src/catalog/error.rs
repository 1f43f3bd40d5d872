//! What can go wrong with a catalog.

use sre_format::{Explain, Fault};

/// Says why something cannot be taken into a catalog.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CatalogError {
    /// More packages, dependencies or repositories than identities.
    #[error("there are more packages or repositories than one catalog holds")]
    TooMany,
}

impl Explain for CatalogError {
    fn fault(&self) -> Fault {
        Fault::Upstream
    }
}
