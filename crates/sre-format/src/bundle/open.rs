//! Opening a bundle: from bytes that nobody vouches for to a bundle that may be read.

use std::io;
use std::sync::Arc;

use super::layout::{HEADER_FRAME, Head, check_places};
use super::limits::{
    MAX_CHECKPOINT_BYTES, MAX_CHECKSUM_BYTES, MAX_TABLE_BYTES, MAX_WHOLE_READ, SIGNATURE_REGION,
};
use super::path::BundlePath;
use super::piece::{Pieces, read_head_file};
use super::proofs::Proofs;
use super::read_at::ReadAt;
use super::signature_region::{self, RegionError};
use super::table::{
    BLOBS_FOLDER, CHECKPOINTS_PATH, CHECKSUMS_PATH, Encoding, Entry, TABLE_PATH, Table, TableError,
};
use super::{raw_frame, tar_header};
use crate::signature::SignatureFile;
use crate::{Digest, Explain, Fault};

/// `HEADER_FRAME` as a length in memory.
const HEADER_FRAME_LENGTH: usize = 533;
/// `SIGNATURE_REGION` as a length in memory.
const SIGNATURE_REGION_LENGTH: usize = 64 * 1024;
const _: () = assert!(HEADER_FRAME == 533 && SIGNATURE_REGION == 64 * 1024);

/// Says why a bundle cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The source failed.
    #[error("cannot read {part} of the bundle, {offset} bytes after its start")]
    Read {
        /// What was being read.
        part: &'static str,
        /// Bytes from the start of the file.
        offset: u64,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The file does not begin as a bundle does.
    #[error("this file is not an SRE bundle: it does not begin with the header of `{TABLE_PATH}`")]
    NotABundle,
    /// The file ends early.
    #[error("the bundle is truncated: it has {found} bytes of {expected}")]
    Truncated {
        /// Bytes that are there.
        found: u64,
        /// Bytes that the head calls for.
        expected: u64,
    },
    /// Something follows the bundle.
    #[error("{surplus} bytes follow the end of the bundle")]
    Surplus {
        /// Bytes after the end.
        surplus: u64,
    },
    /// A part of the head is not as the format writes it.
    #[error("the head of the bundle is damaged at `{part}`")]
    DamagedHead {
        /// Which part.
        part: &'static str,
    },
    /// The contents table is refused.
    #[error("the contents table is refused")]
    Table(#[from] TableError),
    /// The signature region is refused.
    #[error("the signatures cannot be read")]
    Signatures(#[from] RegionError),
    /// The checkpoint table is not the one that was signed.
    #[error("the checkpoint table is not the one that `{TABLE_PATH}` names")]
    Checkpoints,
    /// No signature that is trusted.
    #[error("the signatures are not sufficient")]
    Trust(#[from] crate::trust::TrustError),
}

impl Explain for OpenError {
    fn fault(&self) -> Fault {
        match self {
            Self::Read { source, .. } => Fault::of_io(source),
            Self::NotABundle => Fault::Input,
            Self::Trust(error) => error.fault(),
            Self::Table(TableError::TooNew { .. } | TableError::UnknownFeature { .. }) => {
                Fault::Input
            }
            _ => Fault::Integrity,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Read { .. } => "check that the medium is still connected, then run the command again".into(),
            Self::NotABundle => "give the path of the file that `sre-bundle build` wrote".into(),
            Self::Truncated { .. } => {
                "copy the file again from the medium it came on, and compare the sizes".into()
            }
            Self::Table(TableError::TooNew { .. } | TableError::UnknownFeature { .. }) => {
                "use the `sre-install` that was delivered with this bundle".into()
            }
            Self::Trust(error) => return error.hint(),
            _ => "this copy is damaged or altered: do not use it; copy the bundle again and compare its transfer card".into(),
        })
    }
}

/// Says why bytes of a verified bundle cannot be given out.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The source failed.
    #[error("cannot read `{path}`, {offset} bytes after the start of the bundle")]
    Io {
        /// Entry.
        path: BundlePath,
        /// Bytes from the start of the file.
        offset: u64,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// The bytes are not what the signed tables prove.
    #[error(
        "`{path}` is damaged within the {length} bytes that begin {offset} bytes after the start of the bundle"
    )]
    Damaged {
        /// Entry.
        path: BundlePath,
        /// Bytes from the start of the file.
        offset: u64,
        /// Bytes that cannot be told apart.
        length: u64,
    },
    /// The entry is too large to be read as a whole.
    #[error("`{path}` has {size} bytes, too many to be read at once")]
    TooLarge {
        /// Entry.
        path: BundlePath,
        /// Bytes of content.
        size: u64,
    },
    /// The entry has no such piece.
    #[error("`{path}` has no piece {piece}")]
    OutOfRange {
        /// Entry.
        path: BundlePath,
        /// Number of the MiB.
        piece: u64,
    },
}

impl Explain for ReadError {
    fn fault(&self) -> Fault {
        match self {
            Self::Io { source, .. } if source.kind() == io::ErrorKind::UnexpectedEof => {
                Fault::Integrity
            }
            Self::Io { source, .. } => Fault::of_io(source),
            Self::Damaged { .. } | Self::TooLarge { .. } => Fault::Integrity,
            Self::OutOfRange { .. } => Fault::Defect,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::OutOfRange { .. } => None,
            Self::Io { .. } => {
                Some("check that the medium is still connected, then run the command again".into())
            }
            _ => Some(
                "run `sre-install verify` to list all damage, then copy the bundle again".into(),
            ),
        }
    }
}

/// A bundle of which nothing is believed: its head was read within limits, no more.
pub struct UntrustedBundle {
    source: Arc<dyn ReadAt>,
    table_bytes: Vec<u8>,
    table: Table,
    head: Head,
    signatures: Vec<SignatureFile>,
    signature_time: u64,
    file_size: u64,
}

/// A bundle whose tables are signed by trusted keys; every read of it is checked against them.
///
/// Only `UntrustedBundle::verify` makes one:
/// ```compile_fail
/// let forged = sre_format::bundle::VerifiedBundle { inner: unimplemented!() };
/// ```
#[derive(Clone)]
pub struct VerifiedBundle {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) source: Arc<dyn ReadAt>,
    pub(super) table: Table,
    pub(super) table_bytes: Vec<u8>,
    pub(super) head: Head,
    pub(super) proofs: Proofs,
    pub(super) signatures: Vec<SignatureFile>,
    pub(super) file_size: u64,
    pub(super) late_start: usize,
}

fn read<const N: usize>(
    source: &dyn ReadAt,
    part: &'static str,
    offset: u64,
) -> Result<[u8; N], OpenError> {
    let mut bytes = [0; N];
    source.read_exact_at(&mut bytes, offset).map_err(|error| failed(part, offset, error))?;
    Ok(bytes)
}

fn failed(part: &'static str, offset: u64, source: io::Error) -> OpenError {
    OpenError::Read { part, offset, source }
}

/// Reads the frame of a head file's tar header and gives the size that it names, within a limit.
fn head_file_size(
    source: &dyn ReadAt,
    path: &'static str,
    offset: u64,
    limit: u64,
) -> Result<u64, OpenError> {
    let damaged = || OpenError::DamagedHead { part: path };
    let frame: [u8; HEADER_FRAME_LENGTH] = read(source, path, offset)?;
    let header: &[u8; 512] = frame[17..].first_chunk().ok_or_else(damaged)?;
    let name: BundlePath = path.parse().map_err(|_| damaged())?;
    let (size, _) = tar_header::read(header, &name).ok_or_else(damaged)?;
    if raw_frame::whole(header)[..] != frame || size > limit {
        return Err(damaged());
    }
    Ok(size)
}

fn head_file(
    source: &dyn ReadAt,
    part: &'static str,
    offset: u64,
    size: u64,
) -> Result<Vec<u8>, OpenError> {
    let content = read_head_file(source, offset + HEADER_FRAME, size);
    content.map_err(|error| failed(part, offset, error))?.ok_or(OpenError::DamagedHead { part })
}

impl UntrustedBundle {
    /// Reads the head of a bundle: the contents table and the signatures, and nothing else.
    ///
    /// Reads about as many bytes as `sre.json` has, whatever the size of the bundle.
    pub fn open(source: Arc<dyn ReadAt>) -> Result<Self, OpenError> {
        let file_size = source.size().map_err(|error| failed("the size", 0, error))?;
        if file_size < HEADER_FRAME
            || !read::<14>(&*source, TABLE_PATH, 0)?.eq(&raw_frame::header(512))
        {
            return Err(OpenError::NotABundle);
        }
        let table_size = head_file_size(&*source, TABLE_PATH, 0, MAX_TABLE_BYTES).map_err(
            |error| match error {
                OpenError::DamagedHead { .. } => OpenError::NotABundle,
                other => other,
            },
        )?;
        let needed = Head::new(table_size, 0, 0).payload;
        if file_size < needed {
            return Err(OpenError::Truncated { found: file_size, expected: needed });
        }
        let table_bytes = head_file(&*source, TABLE_PATH, 0, table_size)?;
        let table = Table::parse(&table_bytes)?;
        let (head, expected) = check_places(&table, table_size)?;
        if file_size < expected {
            return Err(OpenError::Truncated { found: file_size, expected });
        }
        if file_size > expected {
            return Err(OpenError::Surplus { surplus: file_size - expected });
        }
        check_head_sizes(&*source, &head, &table)?;
        let mut region = vec![0; SIGNATURE_REGION_LENGTH];
        source
            .read_exact_at(&mut region, head.signatures)
            .map_err(|error| failed("the signatures", head.signatures, error))?;
        let (signatures, signature_time) = signature_region::read(&region)?;
        Ok(Self { source, table_bytes, table, head, signatures, signature_time, file_size })
    }

    /// Gives the contents table, UNVERIFIED.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Gives the raw bytes of `sre.json`, which the signatures are over.
    #[must_use]
    pub fn table_bytes(&self) -> &[u8] {
        &self.table_bytes
    }

    /// Gives the files of the signature region.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureFile] {
        &self.signatures
    }

    /// Gives the size of the file in bytes.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.file_size
    }

    /// Gives the places of the head.
    pub(super) fn head(&self) -> &Head {
        &self.head
    }

    /// Checks the signatures and the checkpoint table, and gives the bundle that may be read.
    pub fn verify(
        self,
        trust: &crate::trust::Trust,
    ) -> Result<(VerifiedBundle, crate::trust::Signers), OpenError> {
        let facts = self.table.identity.facts();
        let signers = trust.check_table(&facts, &self.table_bytes, &self.signatures)?;
        Ok((self.with_proofs()?, signers))
    }

    /// Gives a bundle whose origin nobody vouches for: anyone could have made it.
    ///
    /// Reads are still checked against its own tables, so damage is found and fraud is not.
    pub fn blindly_believe_unsigned(self) -> Result<VerifiedBundle, OpenError> {
        self.with_proofs()
    }

    fn with_proofs(self) -> Result<VerifiedBundle, OpenError> {
        let row = &self.table.entries[0];
        let bytes = head_file(&*self.source, CHECKPOINTS_PATH, self.head.checkpoints, row.size)?;
        if Digest::of(&bytes) != row.digest {
            return Err(OpenError::Checkpoints);
        }
        let proofs = Proofs::new(bytes, &self.table).ok_or(OpenError::Checkpoints)?;
        let entries = self.table.entries.iter().enumerate();
        if !entries.skip(2).all(|(index, entry)| proofs.lengths_fit(index, entry)) {
            return Err(OpenError::Checkpoints);
        }
        let late_start =
            self.table.entries.partition_point(|entry| entry.place.encoding == Encoding::Raw);
        let created = self.table.identity.modified();
        if !self.signatures.is_empty() && self.signature_time != created {
            return Err(OpenError::DamagedHead { part: "signatures" });
        }
        let Self { source, table, table_bytes, head, signatures, file_size, .. } = self;
        let inner =
            Inner { source, table, table_bytes, head, proofs, signatures, file_size, late_start };
        Ok(VerifiedBundle { inner: Arc::new(inner) })
    }
}

fn check_head_sizes(source: &dyn ReadAt, head: &Head, table: &Table) -> Result<(), OpenError> {
    let parts = [
        (CHECKPOINTS_PATH, head.checkpoints, MAX_CHECKPOINT_BYTES),
        (CHECKSUMS_PATH, head.checksums, MAX_CHECKSUM_BYTES),
    ];
    for ((path, offset, limit), row) in parts.into_iter().zip(&table.entries) {
        if head_file_size(source, path, offset, limit)? != row.size {
            return Err(OpenError::DamagedHead { part: path });
        }
    }
    Ok(())
}

impl VerifiedBundle {
    /// Gives the contents table.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.inner.table
    }

    /// Gives the raw bytes of `sre.json`.
    #[must_use]
    pub fn table_bytes(&self) -> &[u8] {
        &self.inner.table_bytes
    }

    /// Gives the files of the signature region.
    #[must_use]
    pub fn signatures(&self) -> &[SignatureFile] {
        &self.inner.signatures
    }

    /// Gives the size of the file in bytes.
    #[must_use]
    pub fn file_size(&self) -> u64 {
        self.inner.file_size
    }

    /// Finds an entry by its path.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.index_of(path).map(|index| &self.inner.table.entries[index])
    }

    /// Finds a blob of the OCI image layout by its digest.
    #[must_use]
    pub fn blob(&self, digest: &Digest) -> Option<&Entry> {
        self.entry(&format!("{BLOBS_FOLDER}{}", digest.hex()))
    }

    /// Reads a small entry as a whole, checked; at most 64 MiB.
    pub fn read_whole(&self, entry: &Entry) -> Result<Vec<u8>, ReadError> {
        if entry.size > MAX_WHOLE_READ {
            return Err(ReadError::TooLarge { path: entry.path.clone(), size: entry.size });
        }
        if self.index_of(entry.path.as_str()).is_none_or(|index| index < 2) {
            return Err(ReadError::OutOfRange { path: entry.path.clone(), piece: 0 });
        }
        let mut whole = Vec::with_capacity(usize::try_from(entry.size).unwrap_or(0));
        let mut piece = Vec::new();
        for number in 0..super::checkpoint::pieces_of(entry.size) {
            self.read_chunk(entry, number, &mut piece)?;
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Reads the MiB of an entry that begins `number` pieces after its start; `buffer` then holds
    /// exactly its content, proven against the signed checkpoints.
    pub fn read_chunk(
        &self,
        entry: &Entry,
        number: u64,
        buffer: &mut Vec<u8>,
    ) -> Result<(), ReadError> {
        let index = self.index_of(entry.path.as_str()).filter(|index| *index >= 2);
        let missing = || ReadError::OutOfRange { path: entry.path.clone(), piece: number };
        self.pieces(index.ok_or_else(missing)?).read(number, buffer)
    }

    pub(super) fn pieces(&self, index: usize) -> Pieces<'_> {
        let inner = &*self.inner;
        Pieces {
            source: &*inner.source,
            proofs: &inner.proofs,
            entry: &inner.table.entries[index],
            index,
        }
    }

    /// Finds an entry by halving: raw and late entries are each in path order.
    pub(super) fn index_of(&self, path: &str) -> Option<usize> {
        let entries = &self.inner.table.entries;
        let find = |start: usize, end: usize| {
            entries[start..end]
                .binary_search_by(|entry| entry.path.as_str().cmp(path))
                .ok()
                .map(|found| start + found)
        };
        let late = self.inner.late_start;
        find(2, late)
            .or_else(|| find(late, entries.len()))
            .or_else(|| (0..2).find(|at| entries[*at].path.as_str() == path))
    }
}
