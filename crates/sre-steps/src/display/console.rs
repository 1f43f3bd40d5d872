//! The printer that owns stdout.

use std::fmt;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;
use sre_format::Fault;

use super::without_controls;
use crate::Failure;

/// What a verb answers with: data for people (`Display`) and for programs (`Serialize`).
///
/// Fields are written in camel case, as in `sre.json` and in the documents of OCI and Sigstore.
pub trait Answer: Serialize + fmt::Display {
    /// The name of the document, such as `lock`; stands in its field `kind`.
    const KIND: &'static str;
    /// The version of the document, raised when a reader of the old one would misread the new one.
    const VERSION: u32 = 1;
}

/// Prints data on stdout, as text or as one JSON document.
#[derive(Clone, Debug)]
pub struct Console {
    format: Format,
    answered: Arc<AtomicBool>,
}

/// How data is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Text,
    /// One JSON document (`--json`).
    Json,
}

#[derive(Serialize)]
struct Document<'a, T> {
    kind: &'static str,
    version: u32,
    #[serde(flatten)]
    answer: &'a T,
}

impl Console {
    /// Makes the printer.
    #[must_use]
    pub fn new(format: Format) -> Self {
        Self { format, answered: Arc::default() }
    }

    /// Gives how data is printed.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// Prints what a verb answers with; a verb does so once.
    pub fn answer<A: Answer>(&self, answer: &A) -> Result<(), Failure> {
        match self.format {
            Format::Text => self.text(&answer.to_string()),
            Format::Json => self.document(A::KIND, A::VERSION, answer),
        }
    }

    /// Prints lines of text now, and nothing with `--json`: for a verb that shows something
    /// before its answer, such as a server its address.
    pub fn text(&self, text: &str) -> Result<(), Failure> {
        match self.format {
            Format::Text if text.is_empty() => Ok(()),
            Format::Text => write(&format!("{}\n", without_controls(text.trim_end_matches('\n')))),
            Format::Json => Ok(()),
        }
    }

    /// Prints bytes as they are, whatever the format: for a verb whose data is a file.
    pub fn bytes(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.answered.store(true, Ordering::Relaxed);
        write_bytes(bytes)
    }

    /// Prints the failure as the one JSON document, unless the verb has answered before.
    pub(crate) fn failure<T: Serialize>(&self, failure: &T) -> Result<(), Failure> {
        if self.format == Format::Json && !self.answered.load(Ordering::Relaxed) {
            return self.document("failure", 1, failure);
        }
        Ok(())
    }

    fn document<T: Serialize>(
        &self,
        kind: &'static str,
        version: u32,
        answer: &T,
    ) -> Result<(), Failure> {
        self.answered.store(true, Ordering::Relaxed);
        let document = Document { kind, version, answer };
        let text = serde_json::to_string_pretty(&document)
            .map_err(|error| Failure::of(Fault::Defect, error))?;
        write(&format!("{text}\n"))
    }
}

fn write(text: &str) -> Result<(), Failure> {
    write_bytes(text.as_bytes())
}

fn write_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        // `sre-bundle inspect | head` has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => {
            let message = format!("cannot write the answer to standard output: {error}");
            Err(Failure::new(Fault::of_io(&error), message))
        }
        Ok(()) => Ok(()),
    }
}
