//! The objects of a commit, each hashed when it is read.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout};

use sha1_checked::Sha1;
use sre_format::Digest;
use sre_format::lock::ObjectId;

use super::tree::hex;
use super::{FetchedCommit, GitError};

/// The most bytes of one object: files are held in memory one at a time.
const MAX_OBJECT: u64 = 48 << 20;
/// The most bytes of the line before an object.
const MAX_LINE: u64 = 200;

/// What an object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Commit,
    Tree,
    Blob,
}

impl Kind {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Commit => "commit",
            Self::Tree => "tree",
            Self::Blob => "blob",
        }
    }
}

/// The program that gives objects out; it ends when this is dropped.
pub(super) struct Objects {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Objects {
    pub(super) fn of(clone: &FetchedCommit) -> Result<Self, GitError> {
        let mut child = clone.objects().map_err(GitError::Program)?;
        match (child.stdin.take(), child.stdout.take()) {
            (Some(input), Some(output)) => {
                Ok(Self { child, input, output: BufReader::new(output) })
            }
            _ => Err(GitError::Talk(io::ErrorKind::BrokenPipe.into())),
        }
    }

    /// Reads an object, which must be what its id says.
    pub(super) fn read(&mut self, id: &ObjectId, kind: Kind) -> Result<Vec<u8>, GitError> {
        let size = self.ask(id).map_err(GitError::Talk)?;
        let no_object = || GitError::NoObject { id: id.clone(), wanted: kind.as_str() };
        let size = size.filter(|(found, _)| *found == kind.as_str()).ok_or_else(no_object)?.1;
        if size > MAX_OBJECT {
            return Err(GitError::TooLarge);
        }
        let mut content = vec![0; usize::try_from(size).unwrap_or(usize::MAX)];
        self.output.read_exact(&mut content).map_err(GitError::Talk)?;
        // A newline ends what the program gives out.
        self.output.read_exact(&mut [0]).map_err(GitError::Talk)?;
        check(id, kind, &content)?;
        Ok(content)
    }

    /// Asks for an object; gives its kind and size, if it is there.
    fn ask(&mut self, id: &ObjectId) -> io::Result<Option<(String, u64)>> {
        writeln!(self.input, "{id}")?;
        self.input.flush()?;
        let mut line = String::new();
        (&mut self.output).take(MAX_LINE).read_line(&mut line)?;
        let mut words = line.split_whitespace().skip(1);
        let (kind, size) = (words.next(), words.next().and_then(|size| size.parse().ok()));
        Ok(kind.map(str::to_owned).zip(size))
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It may wait for us to read what nobody wants any more.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Hashes an object as git does: its kind and size, a zero byte, its content.
fn check(id: &ObjectId, kind: Kind, content: &[u8]) -> Result<(), GitError> {
    let head = format!("{} {}\0", kind.as_str(), content.len());
    let found = if id.is_sha256() {
        Digest::of(&[head.as_bytes(), content].concat()).hex()
    } else {
        let result = Sha1::try_digest([head.as_bytes(), content].concat());
        if result.has_collision() {
            return Err(GitError::Collision { id: id.clone() });
        }
        hex(result.hash())
    };
    if found == id.as_str() { Ok(()) } else { Err(GitError::WrongHash { id: id.clone() }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_has_the_id_that_git_gives_it() {
        // Printed by `printf hello | git hash-object --stdin`, in a repository of each format.
        for id in [
            "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0",
            "8aec4e4876f854f688d0ebfc8f37598f38e5fd6903cccc850ca36591175aeb60",
        ] {
            let id: ObjectId = id.parse().unwrap();
            check(&id, Kind::Blob, b"hello").unwrap();
            assert!(matches!(check(&id, Kind::Blob, b"hallo"), Err(GitError::WrongHash { .. })));
            assert!(matches!(check(&id, Kind::Tree, b"hello"), Err(GitError::WrongHash { .. })));
        }
    }
}
