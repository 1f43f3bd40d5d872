//! Doors for the fuzzer: what reads words from outside here and is private otherwise.
//!
//! Each function calls one parser just as this package does, and gives that part of the result about which
//! something can be claimed whatever the words were. Nothing else uses this module.

use std::path::Path;

use axum::extract::Request;

use crate::serve::{Passwords, credentials};

/// Says whether a password file is accepted.
#[must_use]
pub fn password_file(text: &str) -> bool {
    Passwords::parse(Path::new("htpasswd"), text).is_ok()
}

/// Gives the user and the password that a request carries.
#[must_use]
pub fn basic_credentials(request: &Request) -> Option<(String, String)> {
    credentials(request)
}
