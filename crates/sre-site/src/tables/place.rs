//! `[site]`: what the site is called.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::checker::{Checked, Checker};
use crate::raw::Text;
use crate::words::{DnsLabel, DnsName};

/// What the site is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// Its name, in messages, receipts and names of machines.
    pub name: DnsLabel,
    /// The domain below which its services have their names.
    pub domain: DnsName,
}

/// What the site is called.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawPlace {
    /// The name of the site, such as `alpha`.
    #[schemars(with = "String")]
    pub name: Text,
    /// The domain below which its services have their names, such as `alpha.example`.
    #[schemars(with = "String")]
    pub domain: Text,
}

impl Checker<'_> {
    pub(crate) fn place(&mut self, raw: &RawPlace) -> Checked<Place> {
        let (name, domain) = (self.word(&raw.name), self.word(&raw.domain));
        Ok(Place { name: name?, domain: domain? })
    }
}
