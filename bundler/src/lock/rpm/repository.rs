//! A repository of upstream: its metadata in the cache and in the catalog, and its keys.

use std::fs::File;
use std::io::Cursor;

use sre_format::lock::{Archive, Verification};
use sre_format::manifest::Repository;
use sre_format::{Digest, SourceUrl, Timestamp};
use sre_openpgp::Keyring;
use sre_rpm::metadata::{Groups, Modules, Record, decode};
use sre_rpm::{Catalog, Checksum, RepositoryId, RepositorySettings};
use tokio::task::block_in_place;

use super::places::{MAX_TRIED, Place, inside};
use crate::fetch::{BlobCache, FetchError};
use crate::lock::{ResolveError, Resolver};
use crate::publisher_keys::read_keyring;
use crate::rpm::{Kind, RpmError};

/// The most bytes of one file of metadata as it is stored; the largest real ones have 200 MB.
const MAX_STORED: u64 = 2 << 30;

/// A repository whose metadata is in the cache and in the catalog.
pub(super) struct Loaded {
    /// What the manifest says of it.
    pub repository: Repository,
    /// Its identity in the catalog.
    pub id: RepositoryId,
    /// Where it lies.
    pub base: SourceUrl,
    /// The keys that are believed for its packages.
    pub keys: Keyring,
    /// What was checked.
    pub verified: Vec<Verification>,
    files: Vec<(Kind, Record, Archive)>,
}

/// What came from one place of a repository.
struct Brought {
    base: SourceUrl,
    verified: Vec<Verification>,
    files: Vec<(Kind, Record, Archive)>,
}

impl Loaded {
    /// Gives the metadata of upstream by kind.
    pub(super) fn archives(&self) -> impl Iterator<Item = (Kind, &Archive)> {
        self.files.iter().map(|(kind, _, archive)| (*kind, archive))
    }

    /// Opens metadata that is in the cache.
    pub(super) fn open(
        &self,
        kind: Kind,
        cache: &BlobCache,
    ) -> Result<Option<(&Record, File, &SourceUrl)>, RpmError> {
        let Some((_, record, archive)) = self.files.iter().find(|(known, ..)| *known == kind)
        else {
            return Ok(None);
        };
        let missing = || {
            let (entry, digest) = (archive.url.to_string(), archive.digest);
            RpmError::Cache(FetchError::NotFetched { entry, digest })
        };
        let file = cache.reader(&archive.digest).ok_or_else(missing)?;
        Ok(Some((record, file, &archive.url)))
    }
}

impl Resolver<'_> {
    /// Brings a repository into the cache and the catalog.
    pub(super) async fn load(
        &self,
        repository: &Repository,
        catalog: &mut Catalog,
    ) -> Result<Loaded, RpmError> {
        let keys = read_keyring(self.folder, &repository.keys)?;
        let brought = self.bring(repository, &keys).await?;
        let mut settings = RepositorySettings::named(&repository.name);
        settings.priority = repository.priority;
        settings.ignores_modules = repository.ignores_modules;
        let id = catalog.add_repository(settings)?;
        let Brought { base, verified, files } = brought;
        let loaded = Loaded { repository: repository.clone(), id, base, keys, verified, files };
        block_in_place(|| fill(catalog, &loaded, self.cache))?;
        Ok(loaded)
    }

    /// Brings the metadata of a repository from the first place that has all of it: mirrors in the middle of
    /// a change have the index and not yet the rest.
    async fn bring(&self, repository: &Repository, keys: &Keyring) -> Result<Brought, RpmError> {
        let (bases, wanted) = self.bases(repository).await?;
        let mut tried = Vec::new();
        for base in bases.iter().take(MAX_TRIED) {
            match self.bring_from(repository, base, wanted.as_ref(), keys).await {
                Ok(brought) => return Ok(brought),
                Err(error) => tried.push(error),
            }
        }
        Err(RpmError::NoPlace { repository: repository.name.clone(), tried })
    }

    async fn bring_from(
        &self,
        repository: &Repository,
        base: &SourceUrl,
        wanted: Option<&Checksum>,
        keys: &Keyring,
    ) -> Result<Brought, RpmError> {
        let place = self.index_at(repository, base, wanted).await?;
        let mut verified = Vec::new();
        if repository.index_is_signed {
            verified.extend(self.check_index(repository, &place, keys).await?);
        }
        let mut files = Vec::new();
        for kind in Kind::ALL {
            let record = match kind {
                Kind::Primary | Kind::Filelists => {
                    let wanted = place.index.want(kind.word());
                    Some(wanted.map_err(RpmError::metadata(&place.index_url))?)
                }
                Kind::Groups | Kind::Modules => place.index.record(kind.word()),
            };
            if let Some(record) = record {
                let archive = self.metadata(repository, &place.base, record).await?;
                files.push((kind, record.clone(), archive));
            }
        }
        Ok(Brought { base: place.base, verified, files })
    }

    async fn check_index(
        &self,
        repository: &Repository,
        place: &Place,
        keys: &Keyring,
    ) -> Result<Vec<Verification>, RpmError> {
        let url = inside(repository, &place.base, "repodata/repomd.xml.asc")?;
        let signature = self.index_file(&url).await?;
        let document = &mut Cursor::new(&place.bytes[..]);
        let good =
            keys.verify_detached(document, &signature, Timestamp::now()).map_err(|source| {
                RpmError::IndexSignature { url: place.index_url.to_string(), source }
            })?;
        let by = |one: &sre_openpgp::GoodSignature| Verification::RepositorySignature {
            url: place.index_url.clone(),
            key: one.certificate.to_string(),
        };
        Ok(good.iter().map(by).collect())
    }

    /// Brings a file of metadata into the cache, unless it is there.
    async fn metadata(
        &self,
        repository: &Repository,
        base: &SourceUrl,
        record: &Record,
    ) -> Result<Archive, RpmError> {
        let url = inside(repository, base, &record.location)?;
        if record.size > MAX_STORED {
            return Err(RpmError::TooLarge { url: url.to_string(), size: record.size });
        }
        let expected = match record.checksum {
            Checksum::Sha256(bytes) => Some(Digest::from_bytes(bytes)),
            // The checksum of the index is compared when the file is read.
            Checksum::Sha512(_) => None,
        };
        if let Some(digest) = expected
            && block_in_place(|| self.cache.has(&digest, record.size))
        {
            return Ok(Archive { url, digest, size: record.size });
        }
        let (digest, size) = self.keep(&url, record.size).await.map_err(|error| match error {
            ResolveError::Server { what, source } => RpmError::Server { url: what, source },
            ResolveError::Cache(error) => RpmError::Cache(error),
            _ => RpmError::Task,
        })?;
        match expected.filter(|expected| *expected != digest) {
            Some(expected) => {
                let url = url.to_string();
                Err(RpmError::OtherMetadata { url, expected, found: digest })
            }
            None => Ok(Archive { url, digest, size }),
        }
    }
}

fn fill(catalog: &mut Catalog, loaded: &Loaded, cache: &BlobCache) -> Result<(), RpmError> {
    if let Some((record, file, url)) = loaded.open(Kind::Primary, cache)? {
        catalog.read_primary(loaded.id, record, file).map_err(RpmError::metadata(url))?;
    }
    if let Some((record, file, url)) = loaded.open(Kind::Groups, cache)? {
        let groups = decode(record, file, |reader| Groups::read(reader));
        catalog.set_groups(loaded.id, groups.map_err(RpmError::metadata(url))?);
    }
    if let Some((record, file, url)) = loaded.open(Kind::Modules, cache)? {
        let modules = decode(record, file, |reader| Modules::read(reader));
        catalog.set_modules(loaded.id, modules.map_err(RpmError::metadata(url))?);
    }
    Ok(())
}
