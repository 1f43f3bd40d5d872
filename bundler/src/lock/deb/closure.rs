//! What has to be carried for one architecture.

use std::collections::BTreeSet;

use sre_deb::{Base, Closure, Package, Recommends, Request, Universe, Version, Wanted, solve};
use sre_format::manifest::{DebBase, DebRepository, DebWeak};
use sre_format::{Digest, SourceUrl};

use super::upstream::{Index, Suite, below};
use crate::deb::DebError;
use crate::fetch::BlobCache;
use crate::lock::Resolver;

/// The largest copy of a status file, in bytes; a desktop has about 6 MiB.
const MAX_STATUS: u64 = 64 << 20;

/// A package that has to be carried.
pub(super) struct Found {
    /// Its path below our repository.
    pub(super) path: String,
    /// Where it lies.
    pub(super) url: SourceUrl,
    pub(super) digest: Digest,
    pub(super) size: u64,
    /// What our index will say of it.
    pub(super) record: String,
}

/// What an architecture is solved from.
struct Problem {
    architecture: String,
    /// The indexes of each suite, with its preference and the address of its repository.
    suites: Vec<(Vec<Index>, i32, SourceUrl)>,
    request: Request,
    base: DebBase,
    cache: BlobCache,
}

/// The packages, and what people should know of them.
struct Answer {
    found: Vec<Found>,
    warnings: Vec<String>,
}

impl Resolver<'_> {
    pub(super) async fn deb_closure(
        &self,
        wanted: &DebRepository,
        suites: &[Suite],
        architecture: &str,
    ) -> Result<Vec<Found>, DebError> {
        let mut read = Vec::new();
        for suite in suites {
            let indexes = self.deb_indexes(suite, architecture).await?;
            read.push((indexes, suite.priority, suite.base.clone()));
        }
        let problem = Problem {
            architecture: architecture.to_owned(),
            suites: read,
            request: self.deb_request(wanted, architecture)?,
            base: wanted.base.clone(),
            cache: self.cache.clone(),
        };
        let solving = tokio::task::spawn_blocking(move || problem.solve());
        let answer = solving.await.map_err(|_| DebError::Task)??;
        for warning in answer.warnings {
            self.phase.warn(format!("{} for {architecture}: {warning}", wanted.name));
        }
        Ok(answer.found)
    }

    fn deb_request(&self, wanted: &DebRepository, architecture: &str) -> Result<Request, DebError> {
        let mut packages = Vec::new();
        for package in &wanted.packages {
            let version = package.version.as_deref().map(str::parse::<Version>).transpose()?;
            packages.push(Wanted { name: package.name.clone(), version });
        }
        let recommends = match wanted.weak {
            DebWeak::None => Recommends::Ignored,
            DebWeak::Recommends => Recommends::Followed,
        };
        let base = match &wanted.base {
            DebBase::None => Base::none(),
            // What it is made of stands in the indexes, which are not read yet.
            DebBase::Minbase => Base::default(),
            DebBase::List(list) => Base::from_list("base", list.iter().map(String::as_str))?,
            DebBase::Status(path) => {
                let bytes = self.deb_file(path, MAX_STATUS)?;
                Base::from_status(path, &bytes[..], architecture)?
            }
        };
        Ok(Request {
            wanted: packages,
            excluded: wanted.exclude.iter().cloned().collect(),
            recommends,
            base,
        })
    }
}

impl Problem {
    fn solve(mut self) -> Result<Answer, DebError> {
        let mut universe = Universe::new(&self.architecture);
        let mut warnings = Vec::new();
        for (indexes, priority, _) in &self.suites {
            universe.begin_repository();
            for index in indexes {
                let bytes = self.cache.read(&index.file.sha256, index.file.size);
                let bytes =
                    bytes.ok_or_else(|| DebError::Uncached { index: index.name.clone() })?;
                let ignored = universe.add(&index.name, &bytes[..], *priority)?;
                if let Some(first) = ignored.first() {
                    let count = ignored.len();
                    warnings.push(format!("{count} packages are described wrongly; {first}"));
                }
            }
        }
        if self.base == DebBase::Minbase {
            self.request.base = self.minbase(&universe)?;
        }
        let closure = self.closure(&universe, &self.request)?;
        if !closure.removed.is_empty() {
            let removed = closure.removed.join(", ");
            warnings.push(format!("hosts have to give up what the base system has: {removed}"));
        }
        let found = self.found(&closure)?;
        Ok(Answer { found, warnings })
    }

    fn closure<'a>(
        &self,
        universe: &'a Universe,
        request: &Request,
    ) -> Result<Closure<'a>, DebError> {
        let architecture = self.architecture.clone();
        solve(universe, request).map_err(|source| DebError::Solve { architecture, source })
    }

    /// Finds what the smallest installation has, by name: in which versions a host has it nobody knows, so
    /// what asks for a version is carried.
    fn minbase(&self, universe: &Universe) -> Result<Base, DebError> {
        let is_required = |package: &&Package| {
            package.field("Essential") == Some("yes")
                || package.field("Priority") == Some("required")
        };
        let names: BTreeSet<&str> =
            universe.packages().filter(is_required).map(Package::name).collect();
        let wanted = names.into_iter().map(|name| Wanted { name: name.to_owned(), version: None });
        let request = Request { wanted: wanted.collect(), ..Request::default() };
        let closure = self.closure(universe, &request)?;
        let names = closure.chosen.iter().map(|one| one.package.name());
        Ok(Base::from_list("minbase", names)?)
    }

    fn found(&self, closure: &Closure<'_>) -> Result<Vec<Found>, DebError> {
        let found = closure.chosen.iter().map(|one| {
            let package = one.package;
            let from = self.suites.get(package.repository());
            let (_, _, base) = from.ok_or(DebError::Task)?;
            Ok(Found {
                path: sre_deb::repository::pool_path(package),
                url: below(base, package.file())?,
                digest: package.sha256(),
                size: package.size(),
                record: sre_deb::repository::record(package),
            })
        });
        found.collect()
    }
}
