//! The module streams without which packages of a repository stay out of sight.

use std::collections::HashSet;

use sre_rpm::metadata::{ModuleDefaults, ModuleStream, Modules};

/// Keeps the streams that have carried packages, the streams that those require, and their defaults.
///
/// A stream without its metadata would look like packages of no module, which no other stream hides.
pub(super) fn carried_streams(all: &[Modules], carried: &HashSet<String>) -> Modules {
    let streams: Vec<&ModuleStream> = all.iter().flat_map(|modules| &modules.streams).collect();
    let has_some = |stream: &ModuleStream| stream.artifacts.iter().any(|it| carried.contains(it));
    let mut kept: Vec<&ModuleStream> = Vec::new();
    for stream in &streams {
        if has_some(stream) && !kept.iter().any(|known| is_same(known, stream)) {
            kept.push(stream);
        }
    }
    let mut next = 0;
    while let Some(stream) = kept.get(next).copied() {
        next += 1;
        for (module, wanted) in stream.requires.iter().flatten() {
            let fits = |one: &&ModuleStream| {
                one.name == *module && (wanted.is_empty() || wanted.contains(&one.stream))
            };
            if kept.iter().any(|known| fits(known)) {
                continue;
            }
            let newest = streams.iter().copied().filter(fits).max_by_key(|one| one.version);
            kept.extend(newest);
        }
    }
    let defaults: Vec<ModuleDefaults> = all
        .iter()
        .flat_map(|modules| &modules.defaults)
        .filter(|one| kept.iter().any(|stream| stream.name == one.module))
        .cloned()
        .collect();
    let mut found = Modules { streams: kept.into_iter().cloned().collect(), defaults: Vec::new() };
    for one in defaults {
        if !found.defaults.iter().any(|known| known.module == one.module) {
            found.defaults.push(one);
        }
    }
    found
}

fn is_same(one: &ModuleStream, other: &ModuleStream) -> bool {
    let key = |stream: &ModuleStream| {
        (stream.name.clone(), stream.stream.clone(), stream.version, stream.context.clone())
    };
    key(one) == key(other)
}
