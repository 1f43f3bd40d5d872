//! Which module streams are active, and which packages they hide.
//!
//! The rules are dnf's: a stream is active when it is asked for, needed by an active one, or the default
//! of a module that nobody asks for. Packages of inactive streams are hidden, and so is whatever has or
//! provides the name of a package of an active stream without belonging to it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::{Request, SolveError};
use crate::catalog::{Catalog, PackageId, PackageRecord};
use crate::evr::compare_versions;
use crate::metadata::{EntryKind, ModuleRequirements, ModuleStream, admits_stream};

/// The requirement that every stream has: the distribution, which is no module.
const PLATFORM: &str = "platform";
/// The most steps of the search for streams; real distributions take a few dozen.
const MAX_STEPS: usize = 100_000;
/// The most needs that follow from each other or stand beside each other; each costs stack.
const MAX_DEPTH: usize = 400;

/// The active streams by module.
pub(super) type Active<'a> = BTreeMap<&'a str, &'a ModuleStream>;

/// A module that is needed, in one of some streams.
#[derive(Clone)]
struct Need {
    module: String,
    streams: Vec<String>,
    because: String,
}

/// Finds the active streams.
pub(super) fn active<'a>(
    catalog: &'a Catalog,
    request: &'a Request,
) -> Result<Active<'a>, SolveError> {
    let mut search = Search::over(catalog, request.platform.as_deref());
    let mut needs: Vec<Need> = Vec::new();
    for wish in &request.modules {
        search.check_known(&wish.name, &wish.stream)?;
        needs.push(Need {
            module: wish.name.clone(),
            streams: vec![wish.stream.clone()],
            because: format!("{}:{} is asked for", wish.name, wish.stream),
        });
    }
    let found = search.meet(&needs, &BTreeMap::new(), 0)?;
    let mut chosen = found.ok_or_else(|| SolveError::ModulesConflict {
        reason: search.reason.take().unwrap_or_else(|| "no combination fits".to_owned()),
    })?;
    // Defaults come last and give way: one that does not fit is left out, as by dnf.
    for (module, stream) in search.defaults() {
        if chosen.contains_key(module) {
            continue;
        }
        let need = Need {
            module: module.to_owned(),
            streams: vec![stream.to_owned()],
            because: String::new(),
        };
        if let Some(more) = search.meet(&[need], &chosen, 0)? {
            chosen = more;
        }
    }
    Ok(chosen)
}

struct Search<'a> {
    catalog: &'a Catalog,
    platform: Option<&'a str>,
    /// The current version of each context of each stream, by module.
    streams: BTreeMap<&'a str, Vec<&'a ModuleStream>>,
    steps: usize,
    reason: Option<String>,
}

impl<'a> Search<'a> {
    fn over(catalog: &'a Catalog, platform: Option<&'a str>) -> Self {
        let mut newest: BTreeMap<(&str, &str, &str), &ModuleStream> = BTreeMap::new();
        for stream in catalog.modules().flat_map(|modules| &modules.streams) {
            let architecture = stream.architecture.as_str();
            if !matches!(architecture, "" | "noarch")
                && architecture != catalog.architecture().as_str()
            {
                continue;
            }
            let key = (stream.name.as_str(), stream.stream.as_str(), stream.context.as_str());
            let known = newest.entry(key).or_insert(stream);
            if stream.version > known.version {
                *known = stream;
            }
        }
        let mut streams: BTreeMap<&str, Vec<&ModuleStream>> = BTreeMap::new();
        for stream in newest.into_values() {
            streams.entry(&stream.name).or_default().push(stream);
        }
        let mut search = Self { catalog, platform, streams, steps: 0, reason: None };
        search.sort();
        search
    }

    /// Puts the default stream first, then higher streams, then newer builds.
    fn sort(&mut self) {
        for (module, streams) in &mut self.streams {
            let default = self.catalog.modules().find_map(|modules| modules.default_stream(module));
            streams.sort_by(|one, two| {
                let is_default = |stream: &ModuleStream| default == Some(stream.stream.as_str());
                is_default(two)
                    .cmp(&is_default(one))
                    .then_with(|| compare_versions(&two.stream, &one.stream))
                    .then_with(|| two.version.cmp(&one.version))
                    .then_with(|| one.context.cmp(&two.context))
            });
        }
    }

    fn defaults(&self) -> Vec<(&'a str, &'a str)> {
        let all = self.catalog.modules().flat_map(|modules| &modules.defaults);
        all.filter_map(|one| Some((one.module.as_str(), one.stream.as_deref()?))).collect()
    }

    fn check_known(&self, module: &str, stream: &str) -> Result<(), SolveError> {
        let known = self.streams.get(module).map(Vec::as_slice).unwrap_or_default();
        if known.iter().any(|one| one.stream == stream) {
            return Ok(());
        }
        let known: BTreeSet<String> =
            known.iter().map(|one| format!("{}:{}", one.name, one.stream)).collect();
        let module = format!("{module}:{stream}");
        Err(SolveError::NoSuchModule { module, known: known.into_iter().collect() })
    }

    /// Meets all needs on top of what is chosen, trying each stream and context in order.
    fn meet(
        &mut self,
        needs: &[Need],
        chosen: &Active<'a>,
        depth: usize,
    ) -> Result<Option<Active<'a>>, SolveError> {
        self.steps += 1;
        if self.steps > MAX_STEPS || depth > MAX_DEPTH {
            return Err(SolveError::TooComplex);
        }
        let Some((need, rest)) = needs.split_first() else { return Ok(Some(chosen.clone())) };
        if let Some(present) = chosen.get(need.module.as_str()) {
            if admits_stream(&need.streams, &present.stream) {
                return self.meet(rest, chosen, depth + 1);
            }
            self.refuse(format!(
                "{}, but {}:{} is taken",
                need.because, present.name, present.stream
            ));
            return Ok(None);
        }
        let candidates = self.streams.get(need.module.as_str()).cloned().unwrap_or_default();
        if candidates.is_empty() {
            self.refuse(format!(
                "{}, but no repository has the module {}",
                need.because, need.module
            ));
        }
        for candidate in candidates {
            if !admits_stream(&need.streams, &candidate.stream) {
                continue;
            }
            let nothing = [BTreeMap::new()];
            let alternatives: &[ModuleRequirements] = if candidate.requires.is_empty() {
                &nothing
            } else {
                candidate.requires.as_slice()
            };
            for alternative in alternatives {
                let Some(more) = self.needs_of(candidate, alternative) else { continue };
                let mut next = chosen.clone();
                next.insert(&candidate.name, candidate);
                let needs: Vec<Need> = more.into_iter().chain(rest.iter().cloned()).collect();
                if let Some(found) = self.meet(&needs, &next, depth + 1)? {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }

    /// Gives what a stream needs of other modules; nothing when it is made for another platform.
    fn needs_of(
        &mut self,
        stream: &ModuleStream,
        alternative: &BTreeMap<String, Vec<String>>,
    ) -> Option<Vec<Need>> {
        let mut needs = Vec::new();
        for (module, streams) in alternative {
            if module != PLATFORM {
                let because = format!(
                    "{}:{} requires {module}:{}",
                    stream.name,
                    stream.stream,
                    streams.join(",")
                );
                needs.push(Need { module: module.clone(), streams: streams.clone(), because });
            } else if self.platform.is_some_and(|platform| !admits_stream(streams, platform)) {
                let reason =
                    format!("{}:{} is made for {}", stream.name, stream.stream, streams.join(","));
                self.refuse(reason);
                return None;
            }
        }
        Some(needs)
    }

    fn refuse(&mut self, reason: String) {
        // The first reason is about the preferred streams, which people mean.
        self.reason.get_or_insert(reason);
    }
}

/// Finds the packages that the module streams hide.
pub(super) fn hidden(catalog: &Catalog, active: &Active<'_>) -> HashSet<PackageId> {
    let included: HashSet<&str> =
        active.values().flat_map(|stream| &stream.artifacts).map(String::as_str).collect();
    let all = catalog.modules().flat_map(|modules| &modules.streams);
    let modular: HashSet<&str> =
        all.flat_map(|stream| &stream.artifacts).map(String::as_str).collect();
    if modular.is_empty() {
        return HashSet::new();
    }
    let names: HashSet<_> =
        included.iter().filter_map(|name| catalog.find_text(binary_name(name)?)).collect();
    let mut full_names: HashMap<PackageId, String> = HashMap::new();
    for (id, package) in catalog.all() {
        if !catalog.settings(package.repository).ignores_modules {
            full_names.insert(id, full_name(catalog, package));
        }
    }
    let provides_name = |package: &PackageRecord| {
        let provided = catalog.entries(package, EntryKind::Provides);
        names.contains(&package.name) || provided.iter().any(|entry| names.contains(&entry.name))
    };
    let is_hidden = |id: PackageId, name: &str| {
        !included.contains(name) && (modular.contains(name) || provides_name(catalog.package(id)))
    };
    full_names.iter().filter(|(id, name)| is_hidden(**id, name)).map(|(id, _)| *id).collect()
}

/// Writes the full name as modules do, with the epoch always.
fn full_name(catalog: &Catalog, package: &PackageRecord) -> String {
    let text = |text| catalog.text(text);
    format!("{}-{}.{}", text(package.name), text(package.version), text(package.architecture))
}

/// Takes the name out of a full name; nothing for source packages, whose names hide nothing.
fn binary_name(full: &str) -> Option<&str> {
    let (rest, architecture) = full.rsplit_once('.')?;
    if matches!(architecture, "src" | "nosrc") {
        return None;
    }
    Some(rest.rsplit_once('-')?.0.rsplit_once('-')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_streams_admit_and_forbid() {
        let admits = |streams: &[&str], stream: &str| {
            admits_stream(&streams.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>(), stream)
        };
        assert!(admits(&[], "1"));
        assert!(admits(&["1", "2"], "2"));
        assert!(!admits(&["1"], "2"));
        assert!(admits(&["-1"], "2"));
        assert!(!admits(&["-1"], "1"));
    }

    #[test]
    fn names_come_out_of_full_names() {
        assert_eq!(binary_name("perl-Carp-0:1.50-1.el9.noarch"), Some("perl-Carp"));
        assert_eq!(binary_name("perl-0:1-1.src"), None);
        assert_eq!(binary_name("perl"), None);
    }
}
