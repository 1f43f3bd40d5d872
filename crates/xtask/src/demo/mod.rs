//! What the demo is made of: content for an upstream, and a client that pulls it back.

mod content;
mod pull;

pub(crate) use content::{Content, IMAGES};
pub(crate) use pull::pull;
