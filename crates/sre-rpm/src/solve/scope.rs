//! Which packages are visible: what neither the request nor module streams hide.

use std::collections::HashSet;

use super::modules::{self, Active};
use super::{Request, SolveError};
use crate::catalog::{Catalog, PackageId};

/// The visible packages, and what hides the others.
pub(super) struct Scope<'a> {
    pub(super) streams: Active<'a>,
    excluded: HashSet<PackageId>,
    inactive: HashSet<PackageId>,
}

impl<'a> Scope<'a> {
    pub(super) fn of(catalog: &'a Catalog, request: &'a Request) -> Result<Self, SolveError> {
        let streams = modules::active(catalog, request)?;
        let inactive = modules::hidden(catalog, &streams);
        let excluded = catalog
            .all()
            .map(|(id, _)| id)
            .filter(|id| !request.excluded.is_empty() && is_excluded(catalog, request, *id))
            .collect();
        Ok(Self { streams, excluded, inactive })
    }

    pub(super) fn is_visible(&self, id: PackageId) -> bool {
        !self.excluded.contains(&id) && !self.inactive.contains(&id)
    }

    /// Says why a package is out of sight.
    pub(super) fn reason(&self, id: PackageId) -> Option<&'static str> {
        if self.excluded.contains(&id) {
            return Some("packages of that name are excluded by the request");
        }
        let text = "packages of that name belong to module streams that are not enabled";
        self.inactive.contains(&id).then_some(text)
    }
}

fn is_excluded(catalog: &Catalog, request: &Request, id: PackageId) -> bool {
    let nevra = catalog.nevra(id);
    let forms = [
        nevra.name.clone(),
        format!("{}.{}", nevra.name, nevra.architecture),
        nevra.to_string(),
        format!("{}-{}", nevra.name, nevra.evr),
    ];
    request.excluded.iter().any(|exclusion| forms.iter().any(|form| exclusion.fits(form)))
}
