//! Every file of an archive with its digest, for packages that foreign programs unpack.
//!
//! Names that leave the folder into which a package is unpacked are refused here, whatever the
//! program on the other side would do with them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;

use sre_format::Digest;
use sre_format::bundle::CheckpointHasher;

use super::format::Format;
use super::{ArchiveError, PIECE, refuse_twins, walk};

/// The most bytes to which a package may unpack: ten times the largest provider.
const MAX_UNPACKED: u64 = 16 << 30;

/// The most bytes of all files that are kept in memory while the rest is looked at.
const MAX_KEPT: u64 = 64 << 20;

/// What an archive holds.
#[derive(Debug, Default)]
pub struct Listing {
    /// Everything in it by its name, folders without the slash at the end.
    pub members: BTreeMap<String, Member>,
    /// The names as a zip has them, folders with the slash.
    pub names: Vec<String>,
    /// The content of the files that were asked for.
    pub kept: BTreeMap<String, Vec<u8>>,
}

/// One thing in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Member {
    /// A file with the digest of its bytes.
    File(Digest),
    /// A folder.
    Folder,
    /// A symbolic link and where it points.
    Link(String),
}

/// Lists an archive, and keeps the content of the files that `wanted` names.
pub fn list(archive: &File, wanted: impl Fn(&str) -> bool) -> Result<Listing, ArchiveError> {
    let mut lister =
        Lister { wanted, listing: Listing::default(), left: MAX_UNPACKED, room: MAX_KEPT };
    match Format::of(archive).map_err(ArchiveError::Read)? {
        Format::Zip => lister.zip(archive)?,
        format @ Format::Tar(_) => {
            lister.tar(format.unpacked(archive).map_err(ArchiveError::Read)?)?;
        }
    }
    lister.check_links()?;
    Ok(lister.listing)
}

struct Lister<Wanted> {
    wanted: Wanted,
    listing: Listing,
    /// Bytes that may still be unpacked.
    left: u64,
    /// Bytes that may still be kept.
    room: u64,
}

impl<Wanted: Fn(&str) -> bool> Lister<Wanted> {
    fn zip(&mut self, archive: &File) -> Result<(), ArchiveError> {
        let broken = |error| ArchiveError::Read(io::Error::other(error));
        let mut archive = zip::ZipArchive::new(archive).map_err(broken)?;
        refuse_twins(&archive)?;
        for number in 0..archive.len() {
            let mut file = archive.by_index(number).map_err(broken)?;
            let name = file.name().map_err(broken)?.into_owned();
            if file.is_dir() {
                self.add(name, Member::Folder)?;
            } else if file.is_symlink() {
                let mut target = String::new();
                let mut start = (&mut file).take(PIECE as u64);
                start.read_to_string(&mut target).map_err(ArchiveError::Read)?;
                self.add(name, Member::Link(target))?;
            } else {
                self.file(name, &mut file)?;
            }
        }
        Ok(())
    }

    fn tar(&mut self, unpacked: impl Read) -> Result<(), ArchiveError> {
        walk(unpacked, MAX_UNPACKED, |name, member| {
            let kind = member.header().entry_type();
            if kind.is_file() {
                self.file(name.to_owned(), member)?;
            } else if kind.is_dir() {
                self.add(name.to_owned(), Member::Folder)?;
            } else if kind.is_symlink() {
                let target = member.link_name_bytes().unwrap_or_default();
                let target = String::from_utf8_lossy(&target).into_owned();
                self.add(name.to_owned(), Member::Link(target))?;
            } else if !kind.is_pax_global_extensions() {
                return Err(ArchiveError::Unsafe {
                    member: shown(name),
                    reason: "it is a device, a hard link or a pipe",
                });
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    fn file(&mut self, name: String, content: &mut dyn Read) -> Result<(), ArchiveError> {
        let keep = (self.wanted)(plain(&name));
        let mut kept = Vec::new();
        let (mut hasher, mut buffer) = (CheckpointHasher::default(), vec![0; PIECE]);
        let mut size = 0;
        loop {
            let read = content.read(&mut buffer).map_err(ArchiveError::Read)?;
            size += read as u64;
            if size > self.left || (keep && size > self.room) {
                return Err(ArchiveError::Endless { member: shown(&name) });
            }
            if read == 0 {
                break;
            }
            hasher.update(&buffer[..read]);
            if keep {
                kept.extend_from_slice(&buffer[..read]);
            }
        }
        self.left -= size;
        if keep {
            self.room -= size;
            self.listing.kept.insert(plain(&name).to_owned(), kept);
        }
        self.add(name, Member::File(hasher.finish().0))
    }

    fn add(&mut self, name: String, member: Member) -> Result<(), ArchiveError> {
        let unsafe_name = |reason| ArchiveError::Unsafe { member: shown(&name), reason };
        let path = plain(&name).trim_end_matches('/').to_owned();
        if path.is_empty() || path == "." {
            // The folder itself, as `tar .` writes it.
            return Ok(());
        }
        if path.chars().any(|character| character.is_control() || character == '\\') {
            return Err(unsafe_name("its name has characters that no package needs"));
        }
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(unsafe_name("its name leaves the package"));
        }
        match self.listing.members.get(&path) {
            None => {}
            Some(Member::Folder) if member == Member::Folder => return Ok(()),
            Some(_) => return Err(unsafe_name("it is there twice")),
        }
        self.listing.members.insert(path, member);
        self.listing.names.push(name);
        Ok(())
    }

    /// Refuses links that leave the package, and files that would be written through a link.
    fn check_links(&self) -> Result<(), ArchiveError> {
        let members = &self.listing.members;
        let links: BTreeSet<&str> = members
            .iter()
            .filter(|(_, member)| matches!(member, Member::Link(_)))
            .map(|(path, _)| path.as_str())
            .collect();
        for (path, member) in members {
            let folders = path.match_indices('/').map(|(end, _)| &path[..end]);
            if folders.into_iter().any(|folder| links.contains(folder)) {
                let reason = "it lies behind a link";
                return Err(ArchiveError::Unsafe { member: shown(path), reason });
            }
            if let Member::Link(target) = member
                && resolve(path, target).is_none()
            {
                let reason = "it is a link that leaves the package";
                return Err(ArchiveError::Unsafe { member: shown(path), reason });
            }
        }
        Ok(())
    }
}

/// Gives the path to which a link leads, if that is inside the package.
#[must_use]
pub fn resolve(link: &str, target: &str) -> Option<String> {
    let is_strange = |letter: char| letter == '\\' || letter.is_control();
    if target.is_empty() || target.starts_with('/') || target.contains(is_strange) {
        return None;
    }
    let mut parts: Vec<&str> = link.split('/').collect();
    parts.pop();
    let mut is_behind_a_name = false;
    for part in target.split('/') {
        match part {
            "" | "." => {}
            // A name may be a link itself, and nobody knows what is above what it leads to.
            ".." if is_behind_a_name => return None,
            ".." => _ = parts.pop()?,
            name => {
                is_behind_a_name = true;
                parts.push(name);
            }
        }
    }
    Some(parts.join("/"))
}

fn plain(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}

/// Shows a name of an archive that nobody here wrote.
fn shown(name: &str) -> String {
    name.escape_default().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Seek as _, Write as _};

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    fn zip(files: &[(&str, &[u8])]) -> File {
        let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in files {
            archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            archive.write_all(content).unwrap();
        }
        file(&archive.finish().unwrap().into_inner())
    }

    /// A tar whose names are written as they are, which the crate's own writer refuses to do.
    fn tar(members: &[(&str, tar::EntryType, &str)]) -> File {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, kind, content) in members {
            let mut header = tar::Header::new_ustar();
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_entry_type(*kind);
            let body = if kind.is_symlink() {
                header.as_old_mut().linkname[..content.len()].copy_from_slice(content.as_bytes());
                ""
            } else {
                content
            };
            header.set_size(body.len() as u64);
            header.set_cksum();
            archive.append(&header, body.as_bytes()).unwrap();
        }
        file(&archive.into_inner().unwrap())
    }

    const FILE: tar::EntryType = tar::EntryType::Regular;
    const FOLDER: tar::EntryType = tar::EntryType::Directory;
    const LINK: tar::EntryType = tar::EntryType::Symlink;

    #[test]
    fn lists_files_with_their_digests_and_keeps_what_is_wanted() {
        for archive in [
            zip(&[("./a/b", b"content"), ("c", b"other")]),
            tar(&[
                (".", FOLDER, ""),
                ("./a/", FOLDER, ""),
                ("./a/b", FILE, "content"),
                ("c", FILE, ""),
            ]),
        ] {
            let listing = list(&archive, |name| name == "a/b").unwrap();
            assert_eq!(listing.members["a/b"], Member::File(Digest::of(b"content")));
            assert_eq!(listing.kept["a/b"], b"content");
            assert_eq!(listing.kept.len(), 1);
        }
    }

    #[test]
    fn refuses_whatever_would_be_unpacked_elsewhere() {
        for (archive, said) in [
            (zip(&[("../a", b"")]), "leaves the package"),
            (zip(&[("/a", b"")]), "leaves the package"),
            (zip(&[("a\\..\\b", b"")]), "characters"),
            (tar(&[("a/../../b", FILE, "")]), "leaves the package"),
            (tar(&[("a", LINK, "../b")]), "a link that leaves"),
            (tar(&[("a", LINK, "/etc")]), "a link that leaves"),
            (tar(&[("a", LINK, "c"), ("a/b", FILE, "")]), "behind a link"),
            (tar(&[("a", FILE, "1"), ("./a", FILE, "2")]), "there twice"),
            (tar(&[("a", tar::EntryType::Link, "")]), "hard link"),
        ] {
            let error = list(&archive, |_| false).unwrap_err().to_string();
            assert!(error.contains(said), "{said}: {error}");
        }
        let inside = tar(&[("a/b", FILE, "1"), ("a/c", LINK, "../a/b")]);
        let listing = list(&inside, |_| false).unwrap();
        assert_eq!(listing.members["a/c"], Member::Link("../a/b".into()));
    }

    #[test]
    fn a_link_may_not_lead_to_what_is_above_of_a_name() {
        for (link, target, inside) in [
            ("a/c", "../a/b", Some("a/b")),
            ("roles/a/b", "../../c", Some("c")),
            ("roles/a/b", "./x//y", Some("roles/a/x/y")),
            ("roles/a/b", "../../../c", None),
            ("roles/a/b", "../x/../../c", None),
            ("d/e/l", "a/../x", None),
            ("a", "/etc", None),
            ("a", "b\nc", None),
            ("a", "", None),
        ] {
            assert_eq!(resolve(link, target).as_deref(), inside, "{link} -> {target}");
        }
    }

    #[test]
    fn two_files_of_one_name_in_a_zip_are_refused() {
        // The crate's own writer refuses that, so the second name is altered afterwards.
        let mut bytes = Vec::new();
        zip(&[("aa", b"1"), ("ab", b"2")]).read_to_end(&mut bytes).unwrap();
        for start in 0..bytes.len() - 1 {
            if &bytes[start..start + 2] == b"ab" {
                bytes[start + 1] = b'a';
            }
        }
        let error = list(&file(&bytes), |_| false).unwrap_err().to_string();
        assert!(error.contains("there twice"), "{error}");
    }

    #[test]
    fn what_is_kept_of_all_files_has_one_limit() {
        let room = vec![0; usize::try_from(MAX_KEPT).unwrap() / 2 + 1];
        let archive = zip(&[("a", &room), ("b", &room)]);
        assert!(list(&archive, |name| name == "a").is_ok());
        assert!(matches!(list(&archive, |_| true), Err(ArchiveError::Endless { .. })));
    }
}
