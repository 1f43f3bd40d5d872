//! Layers: archives of real files, packed in one of four ways.

use std::io::{self, Write};
use std::path::Path;

use flate2::{Compression, write::GzEncoder};
use sre_format::Digest;

use super::Family;
use crate::Content;
use crate::content::generate;

/// How many bytes each file of a random layer holds at most.
const RANDOM_FILE: u64 = 4 * 1024 * 1024;

/// How an archive is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Not at all: a plain tar.
    Plain,
    /// gzip at a middle level.
    Gzip,
    /// gzip that stores: legal, and fast for random content.
    Stored,
    /// zstd at level 3.
    Zstd,
}

/// A layer with the digests of its packed and its unpacked form.
#[derive(Clone, Debug)]
pub struct Layer {
    content: Content,
    digest: Digest,
    unpacked: Digest,
    packing: Packing,
}

impl Layer {
    /// Packs files given as path and bytes, in the order given.
    pub fn of_files(files: &[(&str, &[u8])], packing: Packing) -> Self {
        let mut archive = tar::Builder::new(Vec::new());
        for (path, bytes) in files {
            append(&mut archive, path, bytes, 0o644);
        }
        Self::of_archive(archive, packing)
    }

    /// Packs a folder with everything below it, sorted, without owners and times.
    pub fn of_tree(folder: &Path, packing: Packing) -> io::Result<Self> {
        let mut archive = tar::Builder::new(Vec::new());
        append_tree(&mut archive, folder, Path::new(""))?;
        Ok(Self::of_archive(archive, packing))
    }

    /// Packs about `size` bytes of incompressible files, the same for the same seed.
    pub fn random(seed: u64, size: u64, packing: Packing) -> Self {
        let mut archive = tar::Builder::new(Vec::new());
        let mut offset = 0;
        while offset < size {
            let length = usize::try_from((size - offset).min(RANDOM_FILE)).unwrap_or(usize::MAX);
            let path = format!("data/{seed:016x}/{:08}", offset / RANDOM_FILE);
            append(&mut archive, &path, &generate(seed, offset, length), 0o644);
            offset += length as u64;
        }
        Self::of_archive(archive, packing)
    }

    /// Makes a layer of any size that is computed when read; no archive, for measurements only.
    ///
    /// Reads everything once to learn the digest.
    pub fn generated(seed: u64, size: u64) -> io::Result<Self> {
        let content = Content::Generated { seed, size };
        let digest = content.digest()?;
        Ok(Self { content, digest, unpacked: digest, packing: Packing::Stored })
    }

    fn of_archive(archive: tar::Builder<Vec<u8>>, packing: Packing) -> Self {
        let plain = archive.into_inner().expect("writing to memory does not fail");
        let unpacked = Digest::of(&plain);
        let bytes = pack(plain, packing).expect("packing in memory does not fail");
        Self { digest: Digest::of(&bytes), content: Content::from(bytes), unpacked, packing }
    }

    /// Gives the packed bytes.
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// Gives the digest of the packed bytes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Gives the digest of the plain archive, which configs name.
    pub fn unpacked(&self) -> Digest {
        self.unpacked
    }

    /// Gives the media type in a family.
    pub fn media_type(&self, family: Family) -> &'static str {
        match (family, self.packing) {
            (Family::Oci, Packing::Plain) => "application/vnd.oci.image.layer.v1.tar",
            (Family::Oci, Packing::Zstd) => "application/vnd.oci.image.layer.v1.tar+zstd",
            (Family::Oci, _) => "application/vnd.oci.image.layer.v1.tar+gzip",
            (Family::Docker, Packing::Plain) => "application/vnd.docker.image.rootfs.diff.tar",
            (Family::Docker, Packing::Zstd) => "application/vnd.docker.image.rootfs.diff.tar.zstd",
            (Family::Docker, _) => "application/vnd.docker.image.rootfs.diff.tar.gzip",
        }
    }
}

/// Packs an archive in memory.
pub(crate) fn pack(plain: Vec<u8>, packing: Packing) -> io::Result<Vec<u8>> {
    let level = match packing {
        Packing::Plain => return Ok(plain),
        Packing::Zstd => return zstd::encode_all(&plain[..], 3),
        Packing::Gzip => Compression::new(6),
        Packing::Stored => Compression::none(),
    };
    let mut encoder = GzEncoder::new(Vec::new(), level);
    encoder.write_all(&plain)?;
    encoder.finish()
}

/// Appends a file without owner and time.
pub(crate) fn append<W: Write>(archive: &mut tar::Builder<W>, path: &str, bytes: &[u8], mode: u32) {
    let mut header = header(mode);
    header.set_size(bytes.len() as u64);
    archive.append_data(&mut header, path, bytes).expect("tests use short, relative paths");
}

fn header(mode: u32) -> tar::Header {
    let mut header = tar::Header::new_ustar();
    header.set_mode(mode);
    header.set_mtime(0);
    header.set_uid(0);
    header.set_gid(0);
    header
}

fn append_tree<W: Write>(
    archive: &mut tar::Builder<W>,
    root: &Path,
    inside: &Path,
) -> io::Result<()> {
    let mut names: Vec<_> = std::fs::read_dir(root.join(inside))?
        .map(|entry| entry.map(|entry| entry.file_name()))
        .collect::<io::Result<_>>()?;
    names.sort();
    for name in names {
        let inside = inside.join(name);
        let path = root.join(&inside);
        let kind = path.symlink_metadata()?.file_type();
        if kind.is_dir() {
            let mut header = header(0o755);
            header.set_entry_type(tar::EntryType::Directory);
            archive.append_data(&mut header, &inside, io::empty())?;
            append_tree(archive, root, &inside)?;
        } else if kind.is_symlink() {
            let mut header = header(0o777);
            header.set_entry_type(tar::EntryType::Symlink);
            archive.append_link(&mut header, &inside, path.read_link()?)?;
        } else if kind.is_file() {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = path.metadata()?.permissions().mode() & 0o755;
            let bytes = std::fs::read(&path)?;
            let mut header = header(mode);
            header.set_size(bytes.len() as u64);
            archive.append_data(&mut header, &inside, &bytes[..])?;
        }
    }
    Ok(())
}
