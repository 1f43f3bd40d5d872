//! Events as JSON lines in a file.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::event::Line;
use crate::{Event, Sink};

/// Writes each event as one line, at once, so that whoever follows the file sees it.
pub struct JsonLines {
    /// `None` after a failed write: a full disk must not fail the run that it describes.
    file: Option<Box<dyn Write + Send>>,
}

impl JsonLines {
    /// Begins a file; what stood there is replaced. `/dev/fd/3` and named pipes work too.
    pub fn create(path: &Path) -> io::Result<Self> {
        let file = File::options().write(true).create(true).truncate(true).open(path)?;
        Ok(Self { file: Some(Box::new(file)) })
    }
}

impl Sink for JsonLines {
    fn receive(&mut self, event: &Event) {
        let Some(file) = &mut self.file else { return };
        let Ok(mut line) = serde_json::to_vec(&Line::of(event)) else { return };
        line.push(b'\n');
        if file.write_all(&line).is_err() {
            self.file = None;
        }
    }
}
