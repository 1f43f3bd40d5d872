//! Archives of upstreams: one file out of many, found by name and read as a stream, or all of them listed.
//!
//! What an archive is tells its first bytes, not its name. Nothing is unpacked to a disk, so names in
//! an archive are compared and never followed.
//!
//! Deliberately absent: links (a release that links to its own program is refused by name) and
//! archives with passwords.

mod format;
mod images;
mod listing;
mod made;
mod walk;

use std::fs::File;
use std::io::{self, Read};
use std::ops::ControlFlow;

use format::Format;
pub use format::is_gzip;
pub use listing::{Listing, Member, list, resolve};

pub use images::{ImageListError, images_within};

pub(crate) use images::listed;
pub(crate) use made::{AppendError, ArchiveWriter, Mode};
pub(crate) use walk::walk;

/// The most bytes that one file of an archive may have.
pub const MAX_MEMBER: u64 = 8 << 30;

/// The most bytes that an archive may unpack to: more than the largest archive of images.
const MAX_UNPACKED: u64 = 64 << 30;

/// The most files that are looked at in an archive.
const MAX_MEMBERS: usize = 500_000;

/// Names of an archive that are shown when the one that is wanted is not there.
const SHOWN: usize = 12;

/// Bytes that are handed on at a time.
const PIECE: usize = 128 * 1024;

/// Says why a file cannot be taken out of an archive.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The archive is torn, or of a format that is not known.
    #[error("the archive cannot be read")]
    Read(#[source] io::Error),
    /// The file is not in the archive.
    #[error("the archive has no file `{wanted}`, only {}", shown(.there))]
    Absent {
        /// The name that was looked for.
        wanted: String,
        /// Names of files that are there.
        there: Vec<String>,
    },
    /// The name belongs to a link, a folder or a device.
    #[error("`{wanted}` of the archive is no plain file")]
    NoFile {
        /// The name that was looked for.
        wanted: String,
    },
    /// The file is larger than any that is carried, whatever the archive promised.
    #[error("`{wanted}` of the archive has more than {MAX_MEMBER} bytes")]
    TooLarge {
        /// The name that was looked for.
        wanted: String,
    },
    /// The archive has more files than any release.
    #[error("the archive has more than {MAX_MEMBERS} files")]
    TooMany,
    /// A file that would be unpacked where it must not be.
    #[error("`{member}` of the archive is refused: {reason}")]
    Unsafe {
        /// The name of the file.
        member: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The archive unpacks to more than any package.
    #[error("the archive unpacks without end at `{member}`")]
    Endless {
        /// The name of the file where it was given up.
        member: String,
    },
}

/// Hands on the bytes of one file of an archive; an error of `take` comes back as its own.
pub fn extract<E>(
    archive: &File,
    wanted: &str,
    mut take: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<Result<(), E>, ArchiveError> {
    let mut outcome = Ok(());
    let mut copy = |file: &mut dyn Read| -> Result<(), ArchiveError> {
        let mut file = file.take(MAX_MEMBER + 1);
        let (mut buffer, mut size) = (vec![0; PIECE], 0);
        loop {
            let read = file.read(&mut buffer).map_err(ArchiveError::Read)?;
            size += read as u64;
            if size > MAX_MEMBER {
                return Err(ArchiveError::TooLarge { wanted: wanted.to_owned() });
            }
            if read == 0 || outcome.is_err() {
                return Ok(());
            }
            outcome = take(&buffer[..read]);
        }
    };
    match Format::of(archive).map_err(ArchiveError::Read)? {
        Format::Zip => from_zip(archive, wanted, &mut copy)?,
        format @ Format::Tar(_) => {
            from_tar(format.unpacked(archive).map_err(ArchiveError::Read)?, wanted, &mut copy)?;
        }
    }
    Ok(outcome)
}

type Copy<'a> = dyn FnMut(&mut dyn Read) -> Result<(), ArchiveError> + 'a;

fn from_tar(unpacked: impl Read, wanted: &str, copy: &mut Copy<'_>) -> Result<(), ArchiveError> {
    let (mut there, mut is_found) = (Vec::new(), false);
    walk(unpacked, MAX_UNPACKED, |name, member| {
        let is_file = member.header().entry_type().is_file();
        if plain(name) != plain(wanted) {
            if is_file && there.len() <= SHOWN {
                there.push(name.to_owned());
            }
            return Ok(ControlFlow::Continue(()));
        }
        if !is_file {
            return Err(ArchiveError::NoFile { wanted: wanted.to_owned() });
        }
        is_found = true;
        copy(member).map(ControlFlow::Break)
    })?;
    if is_found { Ok(()) } else { Err(ArchiveError::Absent { wanted: wanted.to_owned(), there }) }
}

fn from_zip(archive: &File, wanted: &str, copy: &mut Copy<'_>) -> Result<(), ArchiveError> {
    let broken = |error| ArchiveError::Read(io::Error::other(error));
    let mut archive = zip::ZipArchive::new(archive).map_err(broken)?;
    refuse_twins(&archive)?;
    let mut there = Vec::new();
    let mut found = None;
    for (number, name) in archive.file_names().enumerate() {
        let name = name.map_err(broken)?;
        if plain(&name) == plain(wanted) {
            found = Some(number);
            break;
        }
        if there.len() <= SHOWN {
            there.push(name.into_owned());
        }
    }
    let absent = || ArchiveError::Absent { wanted: wanted.to_owned(), there };
    let mut file = archive.by_index(found.ok_or_else(absent)?).map_err(broken)?;
    if !file.is_file() {
        return Err(ArchiveError::NoFile { wanted: wanted.to_owned() });
    }
    copy(&mut file)
}

/// Refuses a zip with more files than any release, or with two of one name, of which readers take
/// different ones.
fn refuse_twins(archive: &zip::ZipArchive<&File>) -> Result<(), ArchiveError> {
    if archive.len() > MAX_MEMBERS {
        return Err(ArchiveError::TooMany);
    }
    if archive.has_duplicate_names() {
        let member = "a name".to_owned();
        return Err(ArchiveError::Unsafe { member, reason: "it is there twice" });
    }
    Ok(())
}

/// Some archives begin every name with `./`, which nobody writes into a manifest.
fn plain(name: &str) -> &str {
    name.strip_prefix("./").unwrap_or(name)
}

fn shown(there: &[String]) -> String {
    let names: Vec<_> = there.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if there.len() > SHOWN { " and more" } else { "" };
    if names.is_empty() { "nothing".into() } else { format!("{}{more}", names.join(", ")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use std::io::{Seek as _, Write as _};

    const CONTENT: &[u8] = b"a program";

    /// A tar with `dist/tool` as `xz` writes it; the crate that reads it is built without its writer.
    const XZ: &str = concat!(
        "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4Cf/AGRdADIaSs4dkwWjyI51udXVZHL6OeLP83cDck6ZCLyugxEUQXQD",
        "ex3xWSmo7ejCQBxm0zul0TFayX7d7oZgpP2qTs0Jzhusnr63tDg4ViqB4ZGhW28YSOp6qidhAPDHdeh6aAN5aAAA",
        "Y+bjrMXDKe8AAYABgFAAAD5xYGGxxGf7AgAAAAAEWVo=",
    );

    fn tar() -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_ustar();
        header.set_size(CONTENT.len() as u64);
        header.set_mode(0o755);
        header.set_cksum();
        archive.append_data(&mut header, "./dist/tool", CONTENT).unwrap();
        let mut link = tar::Header::new_ustar();
        link.set_entry_type(tar::EntryType::Symlink);
        link.set_size(0);
        archive.append_link(&mut link, "tool", "dist/tool").unwrap();
        archive.into_inner().unwrap()
    }

    fn zip() -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default();
        archive.add_directory("tool", options).unwrap();
        archive.start_file("dist/tool", options).unwrap();
        archive.write_all(CONTENT).unwrap();
        archive.finish().unwrap().into_inner()
    }

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.rewind().unwrap();
        file
    }

    fn take_out(archive: &[u8], wanted: &str) -> Result<Vec<u8>, ArchiveError> {
        let mut found = Vec::new();
        let taken = extract(&file(archive), wanted, |piece| {
            found.extend_from_slice(piece);
            Ok::<_, ()>(())
        });
        taken.map(|outcome| {
            outcome.unwrap();
            found
        })
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn takes_a_file_out_of_every_kind_of_archive() {
        let xz = base64::engine::general_purpose::STANDARD.decode(XZ).unwrap();
        let zstd = zstd::encode_all(&tar()[..], 3).unwrap();
        let archives = [tar(), gzip(&tar()), zstd, xz, zip()];
        for archive in archives {
            assert_eq!(take_out(&archive, "dist/tool").unwrap(), CONTENT);
            assert_eq!(take_out(&archive, "./dist/tool").unwrap(), CONTENT);
        }
    }

    #[test]
    fn names_what_is_there_instead_and_refuses_what_is_no_file() {
        for archive in [gzip(&tar()), zip()] {
            let error = take_out(&archive, "bin/tool").unwrap_err();
            assert!(matches!(&error, ArchiveError::Absent { .. }), "{error}");
            assert!(error.to_string().contains("dist/tool"), "{error}");
        }
        let error = take_out(&gzip(&tar()), "tool").unwrap_err();
        assert!(matches!(error, ArchiveError::NoFile { .. }), "{error}");
    }

    #[test]
    fn a_torn_archive_is_an_error_and_no_short_file() {
        for archive in [gzip(&tar()), zstd::encode_all(&tar()[..], 3).unwrap(), zip(), tar()] {
            for length in [0, 3, archive.len() / 2] {
                let error = take_out(&archive[..length], "dist/tool");
                // A plain tar that is cut behind the file has the whole file.
                assert!(error.is_err() || error.unwrap() == CONTENT, "{length}");
            }
        }
    }

    #[test]
    fn what_goes_wrong_while_writing_is_told_as_it_is() {
        let outcome = extract(&file(&tar()), "dist/tool", |_| Err("full")).unwrap();
        assert_eq!(outcome, Err("full"));
    }
}
