//! Opening a bundle: from bytes that nobody vouches for to a bundle that may be read.

use std::io;
use std::sync::{Arc, OnceLock};

use super::errors::OpenError;
use super::layout::{HEADER_FRAME, Head, check_places};
use super::limits::{MAX_CHECKPOINT_BYTES, MAX_CHECKSUM_BYTES, MAX_TABLE_BYTES, SIGNATURE_REGION};
use super::path::BundlePath;
use super::piece::read_head_file;
use super::proofs::Proofs;
use super::read_at::ReadAt;
use super::table::{CHECKPOINTS_PATH, CHECKSUMS_PATH, Encoding, TABLE_PATH, Table};
use super::tar_header::TAR_BLOCK;
use super::verified::{Inner, VerifiedBundle};
use super::{RegionError, raw_frame, signature_region, tar_header};
use crate::Digest;
use crate::signature::SignatureFile;

/// `HEADER_FRAME` as a length in memory.
const HEADER_FRAME_LENGTH: usize = 533;
/// `SIGNATURE_REGION` as a length in memory.
const SIGNATURE_REGION_LENGTH: usize = 64 * 1024;
const _: () = assert!(HEADER_FRAME == 533 && SIGNATURE_REGION == 64 * 1024);

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
        match Self::open_to_sign(source)? {
            (bundle, None) => Ok(bundle),
            (_, Some(torn)) => Err(OpenError::Signatures(torn)),
        }
    }

    /// The same for somebody who writes the signatures anew: a run that was cut off while it
    /// wrote them leaves a region that is none, which is told beside a bundle without signatures.
    pub fn open_to_sign(source: Arc<dyn ReadAt>) -> Result<(Self, Option<RegionError>), OpenError> {
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
        if !table_size.is_multiple_of(TAR_BLOCK) {
            return Err(OpenError::DamagedHead { part: TABLE_PATH });
        }
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
        let (torn, (signatures, signature_time)) = match signature_region::read(&region) {
            Ok(read) => (None, read),
            Err(torn) => (Some(torn), (Vec::new(), 0)),
        };
        let bundle =
            Self { source, table_bytes, table, head, signatures, signature_time, file_size };
        Ok((bundle, torn))
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
        let late_start =
            self.table.entries.partition_point(|entry| entry.place.encoding == Encoding::Raw);
        let created = self.table.identity.modified();
        if !self.signatures.is_empty() && self.signature_time != created {
            return Err(OpenError::DamagedHead { part: "signatures" });
        }
        let Self { source, table, table_bytes, head, signatures, file_size, .. } = self;
        let inner = Inner {
            source,
            table,
            table_bytes,
            head,
            proofs,
            signatures,
            file_size,
            late_start,
            content_digest: OnceLock::new(),
        };
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
