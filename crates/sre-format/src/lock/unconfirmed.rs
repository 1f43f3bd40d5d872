//! Images that are wanted and that no upstream has been asked for yet.

use serde::{Deserialize, Serialize};

use crate::{Digest, ImageReference};

/// An image that `lock` must still ask its upstream for.
///
/// Others may have written down a digest for it. That is no more than a statement: `lock` compares it
/// with what upstream has, and nothing is built before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unconfirmed {
    /// The image, as the manifest names it.
    #[serde(rename = "ref")]
    pub reference: ImageReference,
    /// The digest that others state for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
}
