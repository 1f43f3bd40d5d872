//! Every member of a tar, within limits.
//!
//! A header may announce a name as long as it likes, and what nobody wants has to be unpacked to get
//! behind it: so what is read between two members is counted, and what all of them hold together.

use std::cell::Cell;
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::rc::Rc;

use super::{ArchiveError, MAX_MEMBERS};

/// The most bytes before one member: its header, a long name, its attributes.
const MAX_HEADERS: u64 = 1 << 20;

/// Bytes of an unpacked tar, of which only so many are given out as are due.
pub(crate) struct Metered<R> {
    from: R,
    due: Rc<Cell<u64>>,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let due = usize::try_from(self.due.get()).unwrap_or(usize::MAX);
        let most = buffer.len().min(due);
        if most == 0 && !buffer.is_empty() {
            return Err(io::Error::other("a header of it has no end"));
        }
        let read = self.from.read(&mut buffer[..most])?;
        self.due.set(self.due.get() - read as u64);
        Ok(read)
    }
}

/// Hands every member with its name to `visit`, until that breaks; all together may hold `limit` bytes.
///
/// What `visit` leaves of a member is passed over here.
pub(crate) fn walk<R: Read, E: From<ArchiveError>>(
    unpacked: R,
    limit: u64,
    mut visit: impl FnMut(&str, &mut tar::Entry<'_, Metered<R>>) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let read = |error| E::from(ArchiveError::Read(error));
    let due = Rc::new(Cell::new(MAX_HEADERS));
    let mut archive = tar::Archive::new(Metered { from: unpacked, due: Rc::clone(&due) });
    let mut members = archive.entries().map_err(read)?;
    let (mut number, mut all) = (0, 0_u64);
    loop {
        due.set(MAX_HEADERS);
        let Some(member) = members.next() else { return Ok(()) };
        let mut member = member.map_err(read)?;
        number += 1;
        if number > MAX_MEMBERS {
            return Err(ArchiveError::TooMany.into());
        }
        let name = String::from_utf8_lossy(&member.path_bytes()).into_owned();
        all = all.saturating_add(member.size());
        if all > limit {
            return Err(ArchiveError::Endless {
                member: name.escape_default().take(200).collect(),
            }
            .into());
        }
        due.set(member.size());
        if visit(&name, &mut member)?.is_break() {
            return Ok(());
        }
        io::copy(&mut member, &mut io::sink()).map_err(read)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tar whose one member has a name of that many bytes, as GNU tar writes it.
    fn named(length: usize) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(tar::EntryType::GNULongName);
        header.set_size(length as u64);
        header.set_cksum();
        archive.append(&header, &vec![b'a'; length][..]).unwrap();
        let mut header = tar::Header::new_gnu();
        header.set_path("a").unwrap();
        header.set_size(5);
        header.set_cksum();
        archive.append(&header, &b"hello"[..]).unwrap();
        archive.into_inner().unwrap()
    }

    fn names(archive: &[u8], limit: u64) -> Result<Vec<usize>, ArchiveError> {
        let mut names = Vec::new();
        walk(archive, limit, |name, _| {
            names.push(name.len());
            Ok::<_, ArchiveError>(ControlFlow::Continue(()))
        })?;
        Ok(names)
    }

    #[test]
    fn a_name_without_end_is_not_read_into_memory() {
        assert_eq!(names(&named(10_000), 100).unwrap(), [10_000]);
        assert!(matches!(names(&named(2 << 20), 100), Err(ArchiveError::Read(_))));
    }

    #[test]
    fn what_nobody_looks_at_counts_as_well() {
        assert!(matches!(names(&named(10), 4), Err(ArchiveError::Endless { .. })));
    }
}
