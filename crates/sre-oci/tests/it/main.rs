//! The registry client against registries that are honest, slow, broken and hostile.
#![allow(clippy::unwrap_used, reason = "what cannot be set up must end the test")]

mod authorization;
mod client;
mod helpers;
mod mirrors;
mod pull;
mod push;
mod transport;
