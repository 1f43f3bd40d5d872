//! Module streams: what they hide and show, judged by dnf.

use std::fs;

use sre_rpm::metadata::{Groups, Modules};
use sre_rpm::solve::Request;
use sre_tests::Program;
use sre_tests::rpm::dnf::{self, Question};
use sre_tests::rpm::{Folder, family};

use crate::rpm_repositories::{asking, carry, dnf_in, indexed, installed, names};

/// Module streams over the family: two of `tool`, of which one needs a stream of `parts`.
const MODULES: &str = "---
document: modulemd
version: 2
data:
  name: tool
  stream: 1
  version: 1
  context: aaaa
  arch: noarch
  summary: One
  description: One
  license: {module: [MIT]}
  dependencies: [{requires: {platform: [el9]}}]
  artifacts: {rpms: ['base-0:1-1.noarch']}
...
---
document: modulemd
version: 2
data:
  name: tool
  stream: 2
  version: 1
  context: bbbb
  arch: noarch
  summary: Two
  description: Two
  license: {module: [MIT]}
  dependencies: [{requires: {platform: [el9], parts: [1]}}]
  profiles: {common: {rpms: [by-program]}}
  artifacts: {rpms: ['base-0:2-1.noarch']}
...
---
document: modulemd
version: 2
data:
  name: parts
  stream: 1
  version: 1
  context: cccc
  arch: noarch
  summary: Parts
  description: Parts
  license: {module: [MIT]}
  dependencies: [{requires: {platform: [el9]}}]
  artifacts: {rpms: ['virtual-one-0:1-1.noarch']}
...
";

#[test]
fn module_streams_hide_and_show_what_dnf_hides_and_shows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("whole");
    family::build(&path, &family::recipes());
    family::index(&path, &[]);
    let modules = folder.path().join("modules.yaml");
    fs::write(&modules, MODULES).unwrap();
    Program::tool("modifyrepo_c")
        .arg("--mdtype=modules")
        .arg(&modules)
        .arg(path.join("repodata"))
        .run()
        .ok();
    let whole = Folder::at(&path);
    let cases: [(&[&str], &[&str]); 5] = [
        (&[], &["by-program"]),
        (&["tool:1"], &["by-program", "wants-virtual"]),
        (&["tool:1"], &["epoch"]),
        (&["tool:2"], &["by-program", "epoch", "virtual-one"]),
        (&["tool:1", "tool:2"], &["by-program"]),
    ];
    let questions = cases.map(|(streams, names)| Question {
        modules: streams.iter().map(|one| (*one).to_owned()).collect(),
        ..Question::install(&path, &names.iter().map(|one| (*one).to_owned()).collect::<Vec<_>>())
    });
    for ((streams, wanted), theirs) in cases.iter().zip(dnf::ask(&questions)) {
        let request = Request {
            modules: streams.iter().map(|one| one.parse().unwrap()).collect(),
            platform: Some("el9".to_owned()),
            ..asking(wanted)
        };
        let (catalog, solution) = whole.solve(&request);
        let ours = solution.map(|solution| names(&catalog, &solution.packages));
        match (&ours, &theirs) {
            (Ok(ours), Ok(theirs)) => assert_eq!(ours, theirs, "{streams:?} {wanted:?}"),
            (Err(_), Err(_)) => {}
            _ => panic!("{streams:?} {wanted:?}: we say {ours:?}, dnf says {theirs:?}"),
        }
    }
}

#[test]
fn the_streams_that_we_keep_are_enabled_by_dnf() {
    let folder = tempfile::tempdir().unwrap();
    let whole = indexed(&folder.path().join("whole"));
    let modules = Modules::read(MODULES.as_bytes()).unwrap();
    let (mut catalog, id) = whole.catalog(sre_rpm::Multilib::Excluded);
    catalog.set_modules(id, modules);
    let request = Request {
        modules: vec!["tool:2/common".parse().unwrap()],
        platform: Some("el9".to_owned()),
        ..asking(&[])
    };
    let solution = sre_rpm::solve::solve(&catalog, &request).unwrap();
    let chosen = solution.packages.iter().map(|id| catalog.checksum(*id).hex()).collect();
    let target = folder.path().join("ours");
    let kept = Modules { streams: solution.streams.clone(), defaults: Vec::new() };
    carry(&whole, &chosen, &target, &Groups::default(), &kept);
    let root = folder.path().join("root");
    dnf_in(&root, &target, &["module", "install", "tool:2/common"]).run().ok();
    assert_eq!(installed(&root), ["base-2-1.noarch", "by-program-1-1.noarch"]);
}
