//! What is left when this process is gone.

use crate::Program;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Child, Stdio};

/// Clears up after something that lives as long as this process, since a static is never dropped.
///
/// A shell waits for the end of a pipe whose other end only this process holds. So it notices every
/// end: the usual one, a failed test's, and that of a killed run.
pub(crate) struct Caretaker {
    child: Child,
}

/// Interrupts are for the tests; whoever clears up must outlive them.
const WAIT: &str = r#"trap "" INT HUP TERM; cat; "#;

impl Caretaker {
    /// Will kill a process and remove a folder.
    pub(crate) fn of(process: u32, folder: &Path) -> Self {
        let process = process.to_string();
        Self::running(r#"kill -9 "$1"; rm -rf "$2""#, [process.as_ref(), folder.as_os_str()])
    }

    /// Will run lines of a shell with these arguments.
    pub(crate) fn running<'a>(lines: &str, arguments: impl IntoIterator<Item = &'a OsStr>) -> Self {
        let child = Program::tool("sh")
            .args(["-c", &format!("{WAIT}{lines}"), "caretaker"])
            .args(arguments)
            .stdin(Stdio::piped())
            .start(Stdio::null(), Stdio::null());
        Self { child }
    }
}

/// What is dropped in time is cleared up in time.
impl Drop for Caretaker {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        drop(self.child.wait());
    }
}
