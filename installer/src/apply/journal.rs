//! The journal: what was done, task by task, and what Ansible and OpenTofu printed.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use serde::Serialize;
use sre_format::Timestamp;
use sre_steps::Phase;

use super::ApplyError;

/// The folder of journals in the state directory.
const FOLDER: &str = "journal";

/// The two files of one run of Ansible or OpenTofu: `000001-harden.jsonl` for programs, `000001-harden.log` for people.
///
/// Numbers give the order, because clocks behind an air gap are often wrong. Both are for their owner alone.
pub(super) struct Journal {
    lines: File,
    log: File,
    log_path: PathBuf,
}

#[derive(Serialize)]
struct Line<'a, T> {
    time: Timestamp,
    #[serde(flatten)]
    entry: &'a T,
}

impl Journal {
    /// Begins the files under the next number.
    pub(super) fn begin(state: &Path, phase: Phase) -> Result<Self, ApplyError> {
        let folder = state.join(FOLDER);
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| ApplyError::File { path, source }
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(failed(&folder))?;
        let number = last_number(&folder).map_err(failed(&folder))? + 1;
        let create = |ending: &str| {
            let path = folder.join(format!("{number:06}-{phase}.{ending}"));
            let mut options = File::options();
            let file = options.append(true).create_new(true).mode(0o600).open(&path);
            file.map_err(failed(&path)).map(|file| (file, path))
        };
        let (lines, _) = create("jsonl")?;
        let (log, log_path) = create("log")?;
        Ok(Self { lines, log, log_path })
    }

    /// Gives the file that people read.
    pub(super) fn log(&self) -> &File {
        &self.log
    }

    /// Gives the path of the file that people read.
    pub(super) fn log_path(&self) -> &Path {
        &self.log_path
    }

    /// Writes down what was done, such as how a task ended on a host.
    pub(super) fn write(&mut self, entry: &impl Serialize) -> io::Result<()> {
        let mut line = serde_json::to_vec(&Line { time: Timestamp::now(), entry })?;
        line.push(b'\n');
        self.lines.write_all(&line)
    }
}

fn last_number(folder: &Path) -> io::Result<u32> {
    let mut last = 0;
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.split_once('-'));
        last = last.max(number.and_then(|(number, _)| number.parse().ok()).unwrap_or(0));
    }
    Ok(last)
}
