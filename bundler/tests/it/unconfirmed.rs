//! Locks that state digests before any upstream was asked.

use sre_format::Digest;

use crate::desk::Desk;
use crate::lock::image;

/// A desk with two images, and the list that states a digest for the first.
fn desk(stated: Digest) -> Desk {
    let desk = Desk::new();
    desk.upstream.push(&image(1), "app/one", "1.0.0");
    desk.upstream.push(&image(2), "app/two", "2.0.0");
    desk.manifest(
        "[[image]]\nref = \"HOST/app/one:1.0.0\"\n[[image]]\nref = \"HOST/app/two:2.0.0\"\n",
    );
    let host = desk.upstream.host();
    desk.write("list.txt", format!("# seen elsewhere\n{host}/app/one:1.0.0@{stated}\n"));
    desk
}

#[test]
fn a_list_becomes_a_lock_without_asking_anybody_and_the_same_bytes_again() {
    let desk = desk(image(1).digest());
    desk.run("lock --from-list list.txt").ends_with(0).says("2 images unconfirmed");
    assert!(desk.upstream.log().is_empty());
    let lock = desk.lock();
    assert_eq!(lock.unconfirmed[0].digest, Some(image(1).digest()));
    assert_eq!(lock.unconfirmed[1].digest, None);
    let bytes = std::fs::read(desk.path("images.lock")).unwrap();
    desk.run("lock --from-list list.txt").ends_with(0).says("unchanged");
    assert_eq!(std::fs::read(desk.path("images.lock")).unwrap(), bytes);
}

#[test]
fn nothing_is_built_or_fetched_from_statements() {
    let desk = desk(image(1).digest());
    desk.run("lock --from-list list.txt").ends_with(0);
    for verb in ["build --unsigned -o sre.tar.zst", "fetch -o sre.tar.zst"] {
        desk.run(verb).ends_with(3).says("app/one:1.0.0").says("app/two:2.0.0").says("lock");
    }
    assert!(desk.upstream.log().is_empty());
}

#[test]
fn lock_confirms_each_statement_and_then_bundles_can_be_built() {
    let desk = desk(image(1).digest());
    desk.run("lock --from-list list.txt").ends_with(0);
    desk.run("lock").ends_with(0);
    let lock = desk.lock();
    assert_eq!((lock.images.len(), lock.unconfirmed.len(), lock.serial), (2, 0, 2));
    desk.run("build --unsigned -o sre.tar.zst").ends_with(0);
    desk.run("lock --from-list list.txt").ends_with(9).says("confirmed");
}

#[test]
fn lock_stops_at_a_digest_that_upstream_does_not_have() {
    let desk = desk(Digest::of(b"another"));
    desk.run("lock --from-list list.txt").ends_with(0);
    let before = std::fs::read(desk.path("images.lock")).unwrap();
    let run = desk.run("lock").ends_with(4).says("app/one:1.0.0");
    run.says(&Digest::of(b"another").to_string()).says(&image(1).digest().to_string());
    assert_eq!(std::fs::read(desk.path("images.lock")).unwrap(), before);
}

#[test]
fn a_list_that_is_none_is_told_with_its_lines() {
    let desk = desk(image(1).digest());
    desk.write("list.txt", "docker.io/a/b:1\nnginx\n");
    desk.run("lock --from-list list.txt").ends_with(3).says("list.txt").says("nginx");
    desk.run("lock --from-list none.txt").ends_with(2).says("none.txt");
}
