//! The parsers of RPM repositories and packages.

use sre_rpm::metadata::{
    self, Groups, MetadataError, Metalink, Modules, Record, Repomd, read_mirrorlist,
};
use sre_rpm::package::PackageFile;
use sre_rpm::solve::{Request, WeakDependencies, paths_to_look_up, solve};
use sre_rpm::{
    Architecture, Catalog, Checksum, Dependency, Evr, Multilib, Nevra, RepositorySettings,
};

use crate::text;

/// Reads primary metadata, and solves for the first package that it has.
#[must_use]
pub fn catalog(bytes: &[u8]) -> bool {
    let mut catalog = Catalog::new(Architecture::X86_64, Multilib::Included);
    let Ok(id) = catalog.add_repository(RepositorySettings::named("one")) else { return false };
    let mut first = None;
    let read = metadata::read_primary(bytes, |package| {
        first.get_or_insert_with(|| package.name.clone());
        catalog.add_package(id, &package).ok();
        Ok(())
    });
    let Some(Ok(wish)) = first.filter(|_| read.is_ok()).map(|name| name.parse()) else {
        return false;
    };
    let weak = WeakDependencies::Suggests;
    let request = Request { packages: vec![wish], weak, ..Request::default() };
    paths_to_look_up(&catalog, &request).ok();
    solve(&catalog, &request).ok();
    true
}

/// Decompresses bytes that an index vouches for.
#[must_use]
pub fn compressed(bytes: &[u8]) -> bool {
    let record = Record {
        kind: "primary".to_owned(),
        location: "repodata/primary.xml".to_owned(),
        checksum: Checksum::sha256_of(bytes),
        size: bytes.len() as u64,
        open_checksum: None,
        open_size: Some(1 << 20),
        timestamp: 0,
    };
    metadata::decode(&record, bytes, |reader| {
        std::io::copy(reader, &mut std::io::sink()).map_err(MetadataError::Read)
    })
    .is_ok()
}

/// Reads a dependency; what is understood must mean the same when it is written again.
#[must_use]
pub fn dependency(bytes: &[u8]) -> bool {
    let Ok(dependency) = text(bytes).parse::<Dependency>() else { return false };
    assert_eq!(dependency.to_string().parse::<Dependency>(), Ok(dependency));
    true
}

/// Reads file lists, and the other list of the same form.
#[must_use]
pub fn filelists(bytes: &[u8]) -> bool {
    metadata::read_other(bytes, |_| true, |_| Ok(())).ok();
    metadata::read_filelists(bytes, |_| true, |_| Ok(())).is_ok()
}

/// Reads groups of packages.
#[must_use]
pub fn groups(bytes: &[u8]) -> bool {
    Groups::read(bytes).is_ok()
}

/// Reads a list of mirrors with digests.
#[must_use]
pub fn metalink(bytes: &[u8]) -> bool {
    Metalink::read(bytes).is_ok()
}

/// Reads a list of mirrors.
#[must_use]
pub fn mirrorlist(bytes: &[u8]) -> bool {
    read_mirrorlist(bytes).is_ok()
}

/// Reads module streams.
#[must_use]
pub fn modules(bytes: &[u8]) -> bool {
    Modules::read(bytes).is_ok()
}

/// Reads the head of a package file.
#[must_use]
pub fn package(bytes: &[u8]) -> bool {
    PackageFile::read(bytes, &Checksum::sha256_of(b"")).is_ok()
}

/// Reads the index of a repository: no file may be asked for outside of it.
#[must_use]
pub fn repomd(bytes: &[u8]) -> bool {
    let Ok(index) = Repomd::read(bytes) else { return false };
    for record in index.records {
        assert!(!record.location.split('/').any(|part| matches!(part, "" | "." | "..")));
    }
    true
}

/// Reads a version, and a name with one.
#[must_use]
pub fn version(bytes: &[u8]) -> bool {
    let evr = text(bytes).parse::<Evr>();
    if let Ok(evr) = &evr {
        assert!(evr.compare(evr).is_eq());
    }
    let nevra = text(bytes).parse::<Nevra>();
    if let Ok(nevra) = &nevra {
        assert_eq!(nevra.to_string().parse::<Nevra>().as_ref(), Ok(nevra));
    }
    evr.is_ok() || nevra.is_ok()
}
