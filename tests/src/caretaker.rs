//! What is left when this process is gone.

use crate::Program;
use std::path::Path;
use std::process::{Child, Stdio};

/// Clears up after something that lives as long as this process, since a static is never dropped.
///
/// A shell waits for the end of a pipe whose other end only this process holds. So it notices every
/// end: the usual one, a failed test's, and that of a killed run.
pub(crate) struct Caretaker {
    _child: Child,
}

/// Interrupts are for the tests; whoever clears up must outlive them.
const SCRIPT: &str = r#"trap "" INT HUP TERM; cat; kill -9 "$1"; rm -rf "$2""#;

impl Caretaker {
    /// Will kill a process and remove a folder.
    pub(crate) fn of(process: u32, folder: &Path) -> Self {
        let child = Program::tool("sh")
            .args(["-c", SCRIPT, "caretaker", &process.to_string()])
            .arg(folder)
            .stdin(Stdio::piped())
            .start(Stdio::null(), Stdio::null());
        Self { _child: child }
    }
}
