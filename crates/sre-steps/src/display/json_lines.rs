//! Events as JSON lines in a file.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::event::Line;
use crate::{Event, Sink};

/// Writes each event as one line, at once, so that whoever follows the file sees it.
pub struct JsonLines {
    path: PathBuf,
    /// `None` after a failed write: a full disk must not fail the run that it describes.
    file: Option<Box<dyn Write + Send>>,
}

impl JsonLines {
    /// Begins a file; what stood there is replaced. `/dev/fd/3` and named pipes work too.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = File::options().write(true).create(true).truncate(true).open(path)?;
        Ok(Self { path: path.to_owned(), file: Some(Box::new(file)) })
    }
}

impl Sink for JsonLines {
    fn receive(&mut self, event: &Event) {
        let Some(file) = &mut self.file else { return };
        let Ok(mut line) = serde_json::to_vec(&Line::of(event)) else { return };
        line.push(b'\n');
        if let Err(error) = file.write_all(&line) {
            self.file = None;
            let path = self.path.display();
            // Not an event, which would come back here; without a standard error nobody can be told.
            let _told =
                writeln!(io::stderr(), "warning: no more events are written to {path}: {error}");
        }
    }
}
