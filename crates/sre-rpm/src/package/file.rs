//! A package file, gone through once: its head, then its payload.

use std::io::{BufRead, Cursor, Read};

use data_encoding::BASE64;
use sre_format::Timestamp;
use sre_openpgp::{GoodSignature, Keyring};

use super::header::{Header, cut_short, damaged};
use super::{PackageError, dependencies};
use crate::checksum::{Checksum, Hashing};
use crate::evr::Evr;
use crate::limits::{MAX_PACKAGE_HEADER, MAX_SIGNATURE_HEADER, MAX_SIGNATURES};
use crate::metadata::Package;
use crate::nevra::Nevra;

const LEAD: usize = 96;
const LEAD_MAGIC: [u8; 4] = [0xed, 0xab, 0xee, 0xdb];

/// Tags of the signature header.
const SIGNATURE_DSA: u32 = 267;
const SIGNATURE_RSA: u32 = 268;
const SIGNATURE_OPENPGP: u32 = 278;
/// Tags of the main header.
const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const ARCHITECTURE: u32 = 1022;
const SOURCE_PACKAGE: u32 = 1106;
const SOURCE_RPM: u32 = 1044;
const PAYLOAD_DIGEST: u32 = 5092;
const PAYLOAD_DIGEST_ALGORITHM: u32 = 5093;
/// SHA-256 in the numbering of `OpenPGP`, which rpm uses.
const SHA256: u32 = 8;

/// The head of a package file: everything but its payload, which the header names by digest.
pub struct PackageHead {
    nevra: Nevra,
    signature: Header,
    pub(super) header: Header,
}

/// A package file: its head, and checksums of its payload and of the whole.
pub struct PackageFile {
    head: PackageHead,
    payload: Checksum,
    size: u64,
    whole: Checksum,
}

impl PackageHead {
    /// Reads the head, and nothing of the payload behind it.
    pub fn read(mut reader: impl Read) -> Result<Self, PackageError> {
        let mut lead = [0; LEAD];
        reader.read_exact(&mut lead).map_err(cut_short)?;
        if lead[..4] != LEAD_MAGIC {
            return Err(damaged("it does not begin as a package"));
        }
        let signature = Header::read(&mut reader, MAX_SIGNATURE_HEADER)?;
        let padding = signature.store_size().next_multiple_of(8) - signature.store_size();
        reader.read_exact(&mut [0; 8][..padding]).map_err(cut_short)?;
        let header = Header::read(&mut reader, MAX_PACKAGE_HEADER)?;
        let nevra = nevra(&header)?;
        Ok(Self { nevra, signature, header })
    }

    /// Gives the full name that the header says.
    #[must_use]
    pub fn nevra(&self) -> &Nevra {
        &self.nevra
    }

    /// Compares the full name with that of the metadata of the repository.
    pub fn check_name(&self, package: &Package) -> Result<(), PackageError> {
        if self.nevra == package.nevra() {
            return Ok(());
        }
        let (expected, found) = (package.nevra(), self.nevra.clone());
        Err(PackageError::OtherName { expected, found })
    }

    /// Compares what the header and the metadata say that the package needs and offers.
    pub fn check_dependencies(&self, package: &Package) -> Result<(), PackageError> {
        dependencies::check(self, package)
    }

    /// Wants a good signature over the header, which names the payload.
    ///
    /// Signatures over header and payload together (the form of before 2005) do not count: they need the
    /// whole file, and rpm itself checks them with weak digests only.
    pub fn verify(
        &self,
        keys: &Keyring,
        now: Timestamp,
    ) -> Result<Vec<GoodSignature>, PackageError> {
        self.payload_digest()?;
        let signatures = self.signatures()?;
        if signatures.is_empty() {
            return Err(PackageError::Unsigned { package: self.nevra.clone() });
        }
        keys.verify_detached(&mut Cursor::new(self.header.bytes()), &signatures.concat(), now)
            .map_err(|source| PackageError::Signature { package: self.nevra.clone(), source })
    }

    /// Gives the SHA-256 of the payload that the header names.
    fn payload_digest(&self) -> Result<&str, PackageError> {
        let package = || self.nevra.clone();
        let named = self.header.strings(PAYLOAD_DIGEST)?.unwrap_or_default();
        let algorithm = self.header.numbers(PAYLOAD_DIGEST_ALGORITHM)?.unwrap_or_default();
        let [digest] = named.as_slice() else {
            return Err(PackageError::NoPayloadDigest { package: package() });
        };
        if algorithm != [SHA256] {
            return Err(PackageError::NoPayloadDigest { package: package() });
        }
        Ok(digest)
    }

    /// Gives the signatures over the header, each a packet of `OpenPGP`.
    fn signatures(&self) -> Result<Vec<Vec<u8>>, PackageError> {
        let mut found = Vec::new();
        for text in self.signature.strings(SIGNATURE_OPENPGP)?.unwrap_or_default() {
            let bytes = BASE64.decode(text.as_bytes());
            found.push(bytes.map_err(|_| damaged("a signature is not base64"))?);
        }
        // With the newer tag the older ones only repeat it.
        if found.is_empty() {
            for tag in [SIGNATURE_RSA, SIGNATURE_DSA] {
                found.extend(self.signature.binary(tag)?.map(<[u8]>::to_vec));
            }
        }
        if found.len() > MAX_SIGNATURES {
            return Err(damaged("it has too many signatures"));
        }
        Ok(found)
    }
}

impl PackageFile {
    /// Goes through a package file; the checksum of the whole is of the same kind as `like`.
    pub fn read(reader: impl BufRead, like: &Checksum) -> Result<Self, PackageError> {
        let mut whole = Hashing::new(reader, like);
        let head = PackageHead::read(&mut whole)?;
        let payload = Hashing::new(&mut whole, &Checksum::Sha256([0; 32]));
        let (_, payload) = payload.finish().map_err(PackageError::Read)?;
        let (size, whole) = whole.finish().map_err(PackageError::Read)?;
        Ok(Self { head, payload, size, whole })
    }

    /// Gives the head of the file.
    #[must_use]
    pub fn head(&self) -> &PackageHead {
        &self.head
    }

    /// Gives the full name that the header says.
    #[must_use]
    pub fn nevra(&self) -> &Nevra {
        self.head.nevra()
    }

    /// Gives the count of bytes of the file.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Gives the checksum of the file.
    #[must_use]
    pub fn checksum(&self) -> Checksum {
        self.whole
    }

    /// Compares with the metadata of the repository: size, checksum and full name.
    pub fn check_identity(&self, package: &Package) -> Result<(), PackageError> {
        if (self.size, self.whole) != (package.size, package.checksum) {
            return Err(PackageError::Mismatch {
                package: package.nevra(),
                expected_size: package.size,
                expected: package.checksum,
                found_size: self.size,
                found: self.whole,
            });
        }
        self.head.check_name(package)
    }

    /// Compares what the header and the metadata say that the package needs and offers.
    pub fn check_dependencies(&self, package: &Package) -> Result<(), PackageError> {
        self.head.check_dependencies(package)
    }

    /// Wants a good signature over the header, and the payload that the header names.
    pub fn verify(
        &self,
        keys: &Keyring,
        now: Timestamp,
    ) -> Result<Vec<GoodSignature>, PackageError> {
        self.check_payload()?;
        self.head.verify(keys, now)
    }

    /// Wants the payload that the header names.
    pub fn check_payload(&self) -> Result<(), PackageError> {
        if self.head.payload_digest()? == self.payload.hex() {
            return Ok(());
        }
        Err(PackageError::Payload { package: self.head.nevra.clone() })
    }
}

fn nevra(header: &Header) -> Result<Nevra, PackageError> {
    let want = |tag| {
        let text = header.string(tag)?.filter(|text| !text.is_empty());
        text.map(str::to_owned).ok_or(damaged("its header lacks a part of its name"))
    };
    let epoch = header.numbers(EPOCH)?.and_then(|numbers| numbers.first().copied()).unwrap_or(0);
    // What has no source package is one, whatever machine it was made on.
    let is_source = header.has(SOURCE_PACKAGE) || !header.has(SOURCE_RPM);
    let architecture = if is_source { "src".to_owned() } else { want(ARCHITECTURE)? };
    let evr = Evr { epoch, version: want(VERSION)?, release: Some(want(RELEASE)?) };
    Ok(Nevra { name: want(NAME)?, evr, architecture })
}
