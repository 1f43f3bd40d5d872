//! Packages that are exchanged between `lock` and `build`.

use std::fs;
use std::path::Path;

use sre_format::Digest;
use sre_tests::Program;
use sre_tests::rpm::desk::{Desk, KEYS};

/// Gives the metadata of packages as text.
fn primary(repodata: &Path) -> String {
    let mut files = fs::read_dir(repodata).unwrap().map(|entry| entry.unwrap().path());
    let file = files.find(|path| path.to_str().unwrap().contains("primary.xml")).unwrap();
    Program::tool("gzip").arg("-dc").arg(file).run().ok()
}

/// Gives what metadata says of the bytes of a package: its digest and its size.
fn said_of(file: &Path) -> [String; 2] {
    let bytes = fs::read(file).unwrap();
    let size = format!("<size package=\"{}\"", bytes.len());
    [format!(">{}<", Digest::of(&bytes).hex()), size]
}

#[test]
fn an_older_package_of_the_publisher_in_the_place_of_another_is_found() {
    let desk = Desk::open();
    desk.manifest("base = \"none\"\npackages = [\"base\"]", "keys = [\"publisher.asc\"]");
    let (old, new) = (desk.publisher.package("base-1"), desk.publisher.package("base-2"));
    // Nobody signs metadata here: the newer package gets the digest and the size of the older.
    let repodata = desk.publisher.folder().join("repodata");
    let lying: Vec<String> = primary(&repodata)
        .split("<package ")
        .map(|one| {
            let (from, to) = match one {
                it if it.contains("base-2-1.noarch.rpm") => (&new, &old),
                it if it.contains("base-1-1.noarch.rpm") => (&old, &new),
                it => return it.to_owned(),
            };
            let rows = said_of(from).into_iter().zip(said_of(to));
            rows.fold(one.to_owned(), |text, (from, to)| text.replace(&from, &to))
        })
        .collect();
    let plain = desk.path("primary.xml");
    fs::write(&plain, lying.join("<package ")).unwrap();
    Program::tool("modifyrepo_c").arg("--mdtype=primary").arg(&plain).arg(&repodata).run().ok();
    desk.publisher.serve();
    // While it is locked, the head at its place is the one that metadata tells of.
    desk.bundle("lock").ok();
    fs::copy(&old, &new).unwrap();
    desk.publisher.serve();
    let said = desk.bundle("build --unsigned --unsigned-repositories -o sre.tar.zst").fails_with(6);
    assert!(said.contains("base-2-1.noarch.rpm` calls itself base-1-1.noarch"), "{said}");
    assert!(said.contains("do not use this mirror"), "{said}");
    assert!(!desk.path("sre.tar.zst").exists());
}

#[test]
fn packages_of_a_repository_that_the_manifest_does_not_name_are_refused() {
    let desk = Desk::open();
    desk.manifest("base = \"none\"\npackages = [\"base\"]", KEYS);
    desk.bundle("lock").ok();
    let lock = fs::read_to_string(desk.path("images.lock")).unwrap();
    let renamed = lock.replace("rpm/el9/", "rpm/el8/").replace("\"el9\"", "\"el8\"");
    assert_ne!(lock, renamed);
    fs::write(desk.path("images.lock"), renamed).unwrap();
    let said = desk.bundle("build --unsigned --unsigned-repositories -o sre.tar.zst").fails_with(3);
    assert!(said.contains("rpm/el8/packages/b/base-2-1.noarch.rpm"), "{said}");
    assert!(said.contains("run `sre-bundle lock`"), "{said}");
    assert!(!desk.path("sre.tar.zst").exists());
}
