//! Who provides what, among the packages that are visible.

use super::{Catalog, EntryRecord, PackageId, Text};
use crate::dependency::{VersionRange, overlap};
use crate::evr::EvrParts;
use crate::metadata::EntryKind;

use string_interner::Symbol as _;

/// Tables from names to packages.
pub(crate) struct Index<'a> {
    catalog: &'a Catalog,
    by_name: Table<PackageId>,
    /// Packages with the version they provide; nothing stands for every version.
    by_provided: Table<(PackageId, EntryRecord)>,
    by_file: Table<PackageId>,
    by_obsoleted: Table<PackageId>,
}

/// Values grouped by text, one group behind the other.
struct Table<T> {
    starts: Vec<u32>,
    values: Vec<T>,
}

impl<T: Copy> Table<T> {
    /// Groups by counting: the rows are walked twice.
    fn group<I: Iterator<Item = (Text, T)>>(count_of_texts: usize, rows: impl Fn() -> I) -> Self {
        let mut starts = vec![0_u32; count_of_texts + 2];
        for (text, _) in rows() {
            starts[text.to_usize() + 2] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut values: Vec<T> = Vec::new();
        if let Some((_, first)) = rows().next() {
            values.resize(sum as usize, first);
        }
        for (text, value) in rows() {
            let next = &mut starts[text.to_usize() + 1];
            values[*next as usize] = value;
            *next += 1;
        }
        Self { starts, values }
    }

    fn get(&self, text: Text) -> &[T] {
        let at = text.to_usize();
        match (self.starts.get(at), self.starts.get(at + 1)) {
            (Some(begin), Some(end)) => &self.values[*begin as usize..*end as usize],
            _ => &[],
        }
    }
}

impl<'a> Index<'a> {
    /// Makes the tables for the packages that `is_visible` admits.
    pub(crate) fn build(catalog: &'a Catalog, is_visible: impl Fn(PackageId) -> bool) -> Self {
        let count = catalog.count_of_texts();
        let visible = || catalog.all().filter(|(id, _)| is_visible(*id));
        let by_name = Table::group(count, || visible().map(|(id, package)| (package.name, id)));
        let by_provided = Table::group(count, || {
            visible().flat_map(|(id, package)| {
                let entries = catalog.entries(package, EntryKind::Provides);
                entries.iter().map(move |entry| (entry.name, (id, *entry)))
            })
        });
        let by_file = Table::group(count, || {
            catalog.files().iter().copied().filter(|(_, id)| is_visible(*id))
        });
        let by_obsoleted = Table::group(count, || {
            visible().flat_map(|(id, package)| {
                let entries = catalog.entries(package, EntryKind::Obsoletes);
                entries.iter().map(move |entry| (entry.name, id))
            })
        });
        Self { catalog, by_name, by_provided, by_file, by_obsoleted }
    }

    /// Gives the packages of a name, in the order of the catalog.
    pub(crate) fn named(&self, name: Text) -> &[PackageId] {
        self.by_name.get(name)
    }

    /// Gives the packages that obsolete something of a name.
    pub(crate) fn obsoleting(&self, name: Text) -> &[PackageId] {
        self.by_obsoleted.get(name)
    }

    /// Gives the packages that satisfy a capability, in the order of the catalog, each once.
    pub(crate) fn providers(&self, name: Text, range: Option<VersionRange<'_>>) -> Vec<PackageId> {
        let mut found: Vec<PackageId> = self
            .by_provided
            .get(name)
            .iter()
            .filter(|(_, offered)| fits(range, self.range(offered)))
            .map(|(id, _)| *id)
            .collect();
        // Every package provides its own name, whether or not its metadata says so.
        found.extend(self.named(name).iter().filter(|id| self.has_version(**id, range)));
        // A file has no version, so it meets a dependency on its path whatever the version, as for dnf.
        found.extend(self.by_file.get(name));
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Gives the packages of a name within a range: what obsoletes are matched with.
    pub(crate) fn named_within(
        &self,
        name: Text,
        range: Option<VersionRange<'_>>,
    ) -> Vec<PackageId> {
        self.named(name).iter().copied().filter(|id| self.has_version(*id, range)).collect()
    }

    fn has_version(&self, id: PackageId, range: Option<VersionRange<'_>>) -> bool {
        let evr = self.catalog.version(self.catalog.package(id));
        let own = VersionRange { relation: crate::dependency::Relation::Equal, evr };
        fits(range, Some(own))
    }

    /// Gives the range of an entry; nothing admits every version.
    pub(crate) fn range(&self, entry: &EntryRecord) -> Option<VersionRange<'a>> {
        let (relation, version) = entry.relation.zip(entry.version)?;
        Some(VersionRange { relation, evr: EvrParts::split(self.catalog.text(version)) })
    }
}

fn fits(wanted: Option<VersionRange<'_>>, offered: Option<VersionRange<'_>>) -> bool {
    match (wanted, offered) {
        (Some(wanted), Some(offered)) => overlap(wanted, offered),
        _ => true,
    }
}
