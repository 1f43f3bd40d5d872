//! Repositories in folders, written with our writer and read as they will be in earnest.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use sre_rpm::metadata::{self, Groups, Modules, Repomd};
use sre_rpm::solve::{Request, Solution, SolveError, paths_to_look_up, solve};
use sre_rpm::write::{CarriedPackage, Changelogs, Compression, Settings, write_repository};
use sre_rpm::{Architecture, Catalog, Multilib, RepositoryId, RepositorySettings};

/// A folder with `repodata`.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Writes the metadata of packages into a folder.
    pub fn write(
        path: &Path,
        packages: Vec<CarriedPackage>,
        groups: &Groups,
        modules: &Modules,
    ) -> Self {
        let settings = Settings {
            compression: Compression::Zstd,
            timestamp: "2026-01-31T12:00:00Z".parse().unwrap(),
            changelogs: Changelogs::LeftOut,
        };
        fs::create_dir_all(path.join("repodata")).unwrap();
        for file in write_repository(packages, groups, modules, settings).unwrap() {
            fs::write(path.join(&file.path), file.bytes).unwrap();
        }
        Self { path: path.to_owned() }
    }

    /// Takes a folder that something else wrote.
    pub fn at(path: &Path) -> Self {
        Self { path: path.to_owned() }
    }

    /// Gives the place.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads the index.
    pub fn index(&self) -> Repomd {
        let bytes = fs::read(self.path.join("repodata/repomd.xml")).unwrap();
        Repomd::read(bytes.as_slice()).unwrap()
    }

    /// Opens a file of the repository.
    pub fn open(&self, location: &str) -> File {
        File::open(self.path.join(location)).unwrap()
    }

    /// Reads everything but file lists into a catalog of its own.
    pub fn catalog(&self, multilib: Multilib) -> (Catalog, RepositoryId) {
        let mut catalog = Catalog::new(Architecture::X86_64, multilib);
        let id = self.add_to(&mut catalog, RepositorySettings::named("whole"));
        (catalog, id)
    }

    /// Reads everything but file lists into a catalog.
    pub fn add_to(&self, catalog: &mut Catalog, settings: RepositorySettings) -> RepositoryId {
        let index = self.index();
        let id = catalog.add_repository(settings).unwrap();
        let primary = index.want("primary").unwrap();
        catalog.read_primary(id, primary, self.open(&primary.location)).unwrap();
        if let Some(record) = index.record("group") {
            let groups = metadata::decode(record, self.open(&record.location), |reader| {
                Groups::read(reader)
            });
            catalog.set_groups(id, groups.unwrap());
        }
        if let Some(record) = index.record("modules") {
            let modules = metadata::decode(record, self.open(&record.location), |reader| {
                Modules::read(reader)
            });
            catalog.set_modules(id, modules.unwrap());
        }
        id
    }

    /// Solves a request over this repository alone, looking up paths as often as new ones are wanted.
    pub fn solve(&self, request: &Request) -> (Catalog, Result<Solution, SolveError>) {
        let (mut catalog, id) = self.catalog(Multilib::Excluded);
        let mut known = BTreeSet::new();
        loop {
            let wanted = match paths_to_look_up(&catalog, request) {
                Ok(wanted) => wanted,
                Err(error) => return (catalog, Err(error)),
            };
            let new: BTreeSet<String> = wanted.difference(&known).cloned().collect();
            if new.is_empty() {
                let solution = solve(&catalog, request);
                return (catalog, solution);
            }
            let index = self.index();
            let record = index.want("filelists").unwrap();
            catalog.read_filelists(id, record, self.open(&record.location), &new).unwrap();
            known.extend(new);
        }
    }

    /// Reads the packages with these checksums in full, to be written again.
    pub fn carried(&self, checksums: &BTreeSet<String>) -> Vec<CarriedPackage> {
        let index = self.index();
        let mut found: Vec<CarriedPackage> = Vec::new();
        let primary = index.want("primary").unwrap();
        metadata::decode(primary, self.open(&primary.location), |reader| {
            metadata::read_primary(reader, |package| {
                if checksums.contains(&package.checksum.hex()) {
                    found.push(CarriedPackage { package, files: Vec::new(), changes: Vec::new() });
                }
                Ok(())
            })
        })
        .unwrap();
        let lists = index.want("filelists").unwrap();
        metadata::decode(lists, self.open(&lists.location), |reader| {
            metadata::read_filelists(
                reader,
                |identity| checksums.contains(identity),
                |list| {
                    let one =
                        found.iter_mut().find(|one| one.package.checksum.hex() == list.identity);
                    one.unwrap().files = list.files;
                    Ok(())
                },
            )
        })
        .unwrap();
        found
    }
}
