//! The module streams without which packages of a repository stay out of sight.

use std::collections::HashSet;

use sre_rpm::metadata::{ModuleDefaults, ModuleStream, Modules, admits_stream};

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
            let fits =
                |one: &&ModuleStream| one.name == *module && admits_stream(wanted, &one.stream);
            if kept.iter().any(&fits) {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(name: &str, stream: &str, requires: &[(&str, &str)]) -> ModuleStream {
        let requires =
            requires.iter().map(|(name, stream)| ((*name).to_owned(), vec![(*stream).to_owned()]));
        ModuleStream {
            name: name.to_owned(),
            stream: stream.to_owned(),
            version: 1,
            context: "c".to_owned(),
            architecture: "x86_64".to_owned(),
            requires: vec![requires.collect()],
            profiles: std::collections::BTreeMap::new(),
            artifacts: vec![format!("{name}-0:{stream}-1.noarch")],
            document: String::new(),
        }
    }

    #[test]
    fn a_stream_of_carried_packages_brings_those_that_it_requires() {
        let streams = vec![
            stream("perl", "1", &[]),
            stream("perl", "2", &[]),
            stream("tool", "1", &[("perl", "-1"), ("platform", "el9")]),
            stream("other", "1", &[]),
        ];
        let all = [Modules { streams, defaults: Vec::new() }];
        let carried = HashSet::from(["tool-0:1-1.noarch".to_owned()]);
        let kept = carried_streams(&all, &carried).streams;
        let names: Vec<_> = kept.iter().map(|one| format!("{}:{}", one.name, one.stream)).collect();
        assert_eq!(names, ["tool:1", "perl:2"]);
    }
}
