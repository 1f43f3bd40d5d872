//! Worlds with module streams.

use super::*;
use crate::metadata::{ModuleStream, Modules};

fn stream(name: &str, stream: &str, requires: &[(&str, &str)], artifacts: &[&str]) -> ModuleStream {
    let requires =
        requires.iter().map(|(name, stream)| ((*name).to_owned(), vec![(*stream).to_owned()]));
    ModuleStream {
        name: name.to_owned(),
        stream: stream.to_owned(),
        version: 1,
        context: "c".to_owned(),
        architecture: "x86_64".to_owned(),
        requires: vec![requires.collect()],
        profiles: [("common".to_owned(), vec!["tool".to_owned()])].into(),
        artifacts: artifacts.iter().map(|one| (*one).to_owned()).collect(),
        document: String::new(),
    }
}

fn modular() -> Catalog {
    let mut catalog = catalog(&[
        ("tool-3-1.x86_64", &[]),
        ("tool-1-1.x86_64", &[]),
        ("tool-2-1.x86_64", &["Requires: part"]),
        ("part-1-1.x86_64", &[]),
        ("plain-1-1.x86_64", &[]),
    ]);
    let streams = vec![
        stream("tool", "1", &[("platform", "el9")], &["tool-0:1-1.x86_64"]),
        stream("tool", "2", &[("platform", "el9"), ("parts", "1")], &["tool-0:2-1.x86_64"]),
        stream("parts", "1", &[], &["part-0:1-1.x86_64"]),
        stream("parts", "2", &[], &[]),
        stream("future", "1", &[("platform", "el10")], &[]),
    ];
    catalog.set_modules(crate::RepositoryId(0), Modules { streams, defaults: Vec::new() });
    catalog
}

#[test]
fn an_enabled_stream_hides_everything_else_of_its_names() {
    let catalog = modular();
    // Without a stream the package that belongs to none is visible, and the newest.
    assert_eq!(solved(&catalog, &asking(&["tool"])), ["tool-3-1.x86_64"]);
    let mut request = asking(&["tool"]);
    request.platform = Some("el9".to_owned());
    request.modules = vec!["tool:1".parse().unwrap()];
    assert_eq!(solved(&catalog, &request), ["tool-1-1.x86_64"]);
    request.packages.clear();
    request.modules = vec!["tool:2/common".parse().unwrap()];
    let solution = solve(&catalog, &request).unwrap();
    let names: Vec<_> = solution.packages.iter().map(|id| catalog.nevra(*id).to_string()).collect();
    assert_eq!(names, ["part-1-1.x86_64", "tool-2-1.x86_64"]);
    let streams: Vec<_> = solution.streams.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(streams, ["parts", "tool"]);
}

#[test]
fn a_chain_of_modules_without_end_is_refused() {
    let mut catalog = catalog(&[]);
    let name = |number: usize| format!("m{number}");
    let streams = (0..20_000)
        .map(|number| stream(&name(number), "1", &[(name(number + 1).as_str(), "1")], &[]));
    let modules = Modules { streams: streams.collect(), defaults: Vec::new() };
    catalog.set_modules(crate::RepositoryId(0), modules);
    let request = Request { modules: vec!["m0:1".parse().unwrap()], ..asking(&[]) };
    assert!(matches!(solve(&catalog, &request), Err(SolveError::TooComplex)));
}

#[test]
fn streams_that_conflict_are_named() {
    let catalog = modular();
    let ask = |modules: &[&str]| Request {
        modules: modules.iter().map(|one| one.parse().unwrap()).collect(),
        platform: Some("el9".to_owned()),
        ..asking(&[])
    };
    let text = refused(&catalog, &ask(&["tool:1", "tool:2"]));
    assert!(text.contains("tool:2 is asked for, but tool:1 is taken"), "{text}");
    let text = refused(&catalog, &ask(&["parts:2", "tool:2"]));
    assert!(text.contains("tool:2 requires parts:1, but parts:2 is taken"), "{text}");
    let text = refused(&catalog, &ask(&["future:1"]));
    assert!(text.contains("made for el10"), "{text}");
    let text = refused(&catalog, &ask(&["tool:9"]));
    assert!(text.contains("tool:1, tool:2"), "{text}");
    let text = refused(&catalog, &ask(&["tool:1/server"]));
    assert!(text.contains("common"), "{text}");
    let text = refused(&catalog, &Request { packages: vec!["part".parse().unwrap()], ..ask(&[]) });
    assert!(text.contains("not enabled"), "{text}");
}
