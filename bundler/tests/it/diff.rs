//! `diff`: what changed between two locks.

use crate::desk::Desk;
use crate::lock::{APP, image};

#[test]
fn diff_shows_what_was_added_removed_and_changed() {
    let desk = Desk::new();
    desk.upstream.push(&image(7), "bench/app", "1.0");
    desk.upstream.push(&image(8), "bench/app", "1.1");
    desk.upstream.push(&image(9), "bench/old", "1");
    desk.write("notes.txt", "notes");
    desk.manifest(&format!("{APP}[[image]]\nref = \"HOST/bench/old:1\"\n"));
    desk.run("lock --lock before.lock").ends_with(0);
    desk.manifest("[[image]]\nref = \"HOST/bench/app:1.1\"\n[[file]]\npath = \"notes.txt\"\n");
    desk.run("lock --lock after.lock").ends_with(0);
    let run = desk.run("diff before.lock after.lock").ends_with(0);
    let host = desk.upstream.host();
    let run = run.says(&format!("~ image  {host}/bench/app  1.0 -> 1.1"));
    let run = run.says(&format!("- image  {host}/bench/old  1 ")).says("+ file   notes.txt");
    let run = run.says("1 added, 1 removed, 1 changed; ");
    assert_eq!(run.stderr, "");
    let json = desk.run("diff before.lock after.lock --json").ends_with(0).json();
    assert_eq!(json["kind"], "diff");
    assert_eq!(json["same"], false);
    assert_eq!(json["inputs"].as_array().unwrap().len(), 3);
    desk.run("diff after.lock after.lock").ends_with(0).says("no difference");
}
