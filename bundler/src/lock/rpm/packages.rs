//! The chosen packages, and what their heads say.

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;

use futures_util::stream::{self, StreamExt as _};
use http::header::RANGE;
use http::{HeaderValue, StatusCode};
use sre_format::lock::Verification;
use sre_format::{Digest, SourceUrl, Timestamp};
use sre_oci::transport::Request;
use sre_rpm::metadata::{Package, decode, read_primary};
use sre_rpm::package::{PackageError, PackageHead};
use sre_rpm::{Catalog, Checksum, PackageId};
use tokio::task::block_in_place;

use super::places::inside;
use super::repository::Loaded;
use crate::lock::Resolver;
use crate::rpm::{Kind, RpmError};

/// Heads that are read at the same time.
const AT_ONCE: usize = 8;
/// What is read of a package where metadata does not say how long its head is; few are longer.
const USUAL_HEAD: u64 = 4 << 20;
/// The most bytes of a head; the largest real ones (kernels, fonts) have some 20 MB.
const MAX_HEAD: u64 = 64 << 20;

/// The chosen packages of all repositories.
pub(super) struct Chosen<'a> {
    packages: Vec<ChosenPackage<'a>>,
}

/// A package with where it lies.
pub(super) struct ChosenPackage<'a> {
    loaded: &'a Loaded,
    pub package: Package,
    pub url: SourceUrl,
    pub digest: Digest,
}

impl<'a> Chosen<'a> {
    /// Reads again what metadata says of the chosen packages.
    pub(super) fn of(
        resolver: &Resolver<'_>,
        catalog: &Catalog,
        loaded: &'a [Loaded],
        chosen: &[PackageId],
    ) -> Result<Self, RpmError> {
        block_in_place(|| {
            let mut packages = Vec::new();
            for one in loaded {
                let of_it = chosen.iter().filter(|id| catalog.repository(**id) == one.id);
                let mut wanted: HashMap<Checksum, PackageId> =
                    of_it.clone().map(|id| (catalog.checksum(*id), *id)).collect();
                let found = packages_of(one, resolver, &mut wanted)?;
                // Two packages of one checksum would be one, and the closure would have a hole.
                if found.len() != of_it.count() {
                    let repository = one.repository.name.clone();
                    return Err(RpmError::Twins { repository });
                }
                for package in found {
                    packages.push(ChosenPackage::of(one, package)?);
                }
            }
            Ok(Self { packages })
        })
    }

    /// Gives each package.
    pub(super) fn packages(&self) -> &[ChosenPackage<'a>] {
        &self.packages
    }

    /// Reads the head of each package and checks it; gives who has signed how many.
    pub(super) async fn verify(
        &self,
        resolver: &Resolver<'_>,
    ) -> Result<Vec<Verification>, RpmError> {
        let mut heads = Vec::new();
        for ChosenPackage { loaded, package, url, .. } in &self.packages {
            heads.push(resolver.head(loaded, package, url));
        }
        let mut heads = stream::iter(heads).buffer_unordered(AT_ONCE);
        let mut signers: BTreeMap<String, u64> = BTreeMap::new();
        while let Some(found) = heads.next().await {
            for key in found? {
                *signers.entry(key).or_default() += 1;
            }
        }
        let by = |(key, packages)| Verification::PackageSignatures { key, packages };
        Ok(signers.into_iter().map(by).collect())
    }
}

impl Resolver<'_> {
    /// Checks the head of a package; gives the certificates whose keys have signed it.
    async fn head(
        &self,
        loaded: &Loaded,
        package: &Package,
        url: &SourceUrl,
    ) -> Result<Vec<String>, RpmError> {
        let bytes = self.head_bytes(package, url).await?;
        let check = || -> Result<Vec<String>, PackageError> {
            let head = PackageHead::read(Cursor::new(&bytes))?;
            head.check_name(package)?;
            // Before anything but the name is looked at.
            let mut keys: Vec<String> = if loaded.repository.keys.is_empty() {
                Vec::new()
            } else {
                let good = head.verify(&loaded.keys, Timestamp::now())?;
                good.iter().map(|one| one.certificate.to_string()).collect()
            };
            head.check_dependencies(package)?;
            keys.sort();
            keys.dedup();
            Ok(keys)
        };
        block_in_place(check).map_err(|source| RpmError::Package {
            repository: loaded.repository.name.clone(),
            url: url.to_string(),
            source,
        })
    }

    /// Fetches the beginning of a package, as far as metadata says that its header goes.
    async fn head_bytes(&self, package: &Package, url: &SourceUrl) -> Result<Vec<u8>, RpmError> {
        let end = match package.header_range.1 {
            0 => USUAL_HEAD,
            end => end,
        };
        let end = end.min(package.size);
        if end == 0 || end > MAX_HEAD {
            return Err(RpmError::TooLarge { url: url.to_string(), size: end });
        }
        let mut request = Request::get(url.as_url().clone());
        if let Ok(range) = HeaderValue::try_from(format!("bytes=0-{}", end - 1)) {
            request = request.header(RANGE, range);
        }
        let sent = self.upstreams.transport().send(&request).await;
        let mut response = sent.map_err(RpmError::server(url))?;
        match response.status() {
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => {}
            StatusCode::NOT_FOUND => return Err(RpmError::Absent { url: url.to_string() }),
            _ => return Err(RpmError::server(url)(response.into_error().await)),
        }
        let mut bytes = Vec::new();
        // A server that gives all of it is left as soon as there is enough.
        while (bytes.len() as u64) < end {
            match response.next().await.map_err(RpmError::server(url))? {
                Some(piece) => bytes.extend_from_slice(&piece),
                None => break,
            }
        }
        Ok(bytes)
    }
}

impl<'a> ChosenPackage<'a> {
    fn of(loaded: &'a Loaded, package: Package) -> Result<Self, RpmError> {
        let Checksum::Sha256(bytes) = package.checksum else {
            let repository = loaded.repository.name.clone();
            return Err(RpmError::NoSha256 { repository, package: package.nevra() });
        };
        let url = url_of(loaded, &package)?;
        Ok(Self { loaded, package, url, digest: Digest::from_bytes(bytes) })
    }
}

fn packages_of(
    loaded: &Loaded,
    resolver: &Resolver<'_>,
    wanted: &mut HashMap<Checksum, PackageId>,
) -> Result<Vec<Package>, RpmError> {
    let mut found = Vec::new();
    let Some((record, file, url)) = loaded.open(Kind::Primary, resolver.cache)? else {
        return Ok(found);
    };
    let read = decode(record, file, |reader| {
        read_primary(reader, |package| {
            if wanted.remove(&package.checksum).is_some() {
                found.push(package);
            }
            Ok(())
        })
    });
    read.map_err(RpmError::metadata(url))?;
    Ok(found)
}

fn url_of(loaded: &Loaded, package: &Package) -> Result<SourceUrl, RpmError> {
    let Some(base) = &package.location_base else {
        return inside(&loaded.repository, &loaded.base, &package.location);
    };
    let base = base.parse().map_err(|_| RpmError::Url {
        repository: loaded.repository.name.clone(),
        text: base.clone(),
    })?;
    inside(&loaded.repository, &base, &package.location)
}
