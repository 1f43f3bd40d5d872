//! Collections and roles of Ansible: versions that suit everybody, archives that are what they say.

use std::collections::BTreeMap;

use serde_json::json;
use sre_format::Digest;
use sre_testkit::package::{Collection, tar_gz};
use sre_testkit::{Misbehaviour, Trouble};

use crate::desk::Desk;

/// Gives the documents and archives of a server with three collections, one of which two others
/// want.
fn galaxy(desk: &Desk) {
    let of = |name: &str, versions: &[(&str, &[(&str, &str)])]| {
        let all: Vec<_> =
            versions.iter().map(|(version, needs)| Collection::new(name, version, needs)).collect();
        Collection::publish(&desk.upstream, &all);
    };
    of("acme.app", &[("1.0.0", &[("acme.base", ">=1.0.0")])]);
    of("acme.web", &[("2.1.0", &[("acme.base", ">=1.1.0,<2.0.0"), ("acme.app", "*")])]);
    let base =
        ["1.0.0", "1.2.0", "1.10.0", "2.0.0", "2.1.0-rc.1"].map(|version| (version, &[][..]));
    of("acme.base", &base);
}

fn desk(inputs: &str) -> Desk {
    let desk = Desk::new();
    galaxy(&desk);
    desk.manifest(&format!("[ansible]\ngalaxy = \"http://HOST\"\n{inputs}"));
    desk
}

const BOTH: &str = "[[ansible.collection]]\nname = \"acme.app\"\nversion = \">=1.0.0\"\n\
                    [[ansible.collection]]\nname = \"acme.web\"\n";

fn sets(desk: &Desk) -> Vec<String> {
    desk.lock().sets.iter().map(sre_format::lock::LockedFileSet::title).collect()
}

#[test]
fn collections_come_with_all_that_they_need_in_versions_that_suit_everybody() {
    let desk = desk(BOTH);
    desk.run("lock").ends_with(0).says("4 ansibles");
    let titles = sets(&desk);
    assert_eq!(titles, ["acme.app 1.0.0", "acme.base 1.10.0", "acme.web 2.1.0", "requirements"]);
    desk.run("build --unsigned -o one.tar.zst").ends_with(0);
    let archive = desk.content("one.tar.zst", "ansible/collections/acme-base-1.10.0.tar.gz");
    assert!(archive == Collection::new("acme.base", "1.10.0", &[]).archive());
    let requirements = desk.content("one.tar.zst", "ansible/requirements.yml");
    assert_eq!(
        String::from_utf8(requirements).unwrap(),
        "---\ncollections:\n\
         \x20 - name: collections/acme-app-1.0.0.tar.gz\n    type: file\n\
         \x20 - name: collections/acme-base-1.10.0.tar.gz\n    type: file\n\
         \x20 - name: collections/acme-web-2.1.0.tar.gz\n    type: file\nroles: []\n"
    );
    std::fs::remove_dir_all(desk.path("cache")).unwrap();
    desk.upstream.clear_log();
    desk.run("lock").ends_with(0).says("unchanged");
    assert!(desk.upstream.log().iter().all(|seen| !seen.path.ends_with(".tar.gz")));
    desk.run("build --unsigned -o two.tar.zst").ends_with(0);
    let read = |name| std::fs::read(desk.path(name)).unwrap();
    assert!(read("one.tar.zst") == read("two.tar.zst"));
}

#[test]
fn wishes_that_nothing_suits_are_named_with_who_has_them() {
    let old = "[[ansible.collection]]\nname = \"acme.base\"\nversion = \"<1.1.0\"\n";
    let run = desk(&format!("{BOTH}{old}")).run("lock").ends_with(3);
    let run = run.says("no version of acme.base suits everybody").says("the manifest wants <1.1.0");
    run.says("acme.web 2.1.0 wants >=1.1.0,<2.0.0").says("hint: change what the manifest wants");
    let none = "[[ansible.collection]]\nname = \"acme.none\"\n";
    desk(none).run("lock").ends_with(4).says("knows no collection acme.none, which the manifest");
    let desk = desk(BOTH);
    let needy = Collection::new("acme.app", "1.0.0", &[("acme.gone", "*")]);
    Collection::publish(&desk.upstream, &[needy]);
    desk.run("lock").ends_with(4).says("acme.gone, which acme.app 1.0.0 wants");
}

#[test]
fn an_archive_that_is_not_what_it_or_the_server_says_is_refused() {
    let honest = Collection::new("acme.base", "1.10.0", &[]);
    let mut more = honest.clone();
    more.files.insert("plugins/evil.py".into(), b"import os\n".to_vec());
    let mut altered = honest.clone();
    altered.files.insert("README.md".into(), b"altered".to_vec());
    let mut fewer = honest.clone();
    fewer.files.remove("README.md");
    let listing = honest.listing().to_string();
    let other = Collection::new("acme.other", "1.10.0", &[]);
    let needy = Collection::new("acme.base", "1.10.0", &[("acme.app", "*")]);
    let outside = tar_gz(&[("a/../../evil".into(), b"x".to_vec())]);
    for (archive, said) in [
        (more.archive_with(&listing), "FILES.json does not list `plugins/evil.py`"),
        (altered.archive_with(&listing), "FILES.json has another sum for `README.md`"),
        (fewer.archive_with(&listing), "FILES.json lists `README.md`, which is not there"),
        (
            honest.archive_with(&more.listing().to_string()),
            "FILES.json lists the folder `plugins`, which is not there",
        ),
        (honest.archive_with("{}"), "missing field `files`"),
        (other.archive(), "speaks of acme.other 1.10.0, and acme.base 1.10.0 was asked for"),
        (needy.archive(), "depends on other collections than the server says"),
        (tar_gz(&[]), "it has no MANIFEST.json, so it is no collection"),
        (outside, "leaves the package"),
        (b"<html>".to_vec(), "is refused"),
    ] {
        let desk = desk(BOTH);
        let detail = honest.detail(&archive).to_string().into_bytes();
        desk.upstream.put_file(&honest.detail_path(), "application/json", detail);
        desk.upstream.put_file(&honest.archive_path(), "application/gzip", archive);
        desk.run("lock").ends_with(4).says(said);
        assert!(!desk.path("images.lock").exists());
    }
}

#[test]
fn a_server_that_lies_about_sums_or_sizes_or_speaks_otherwise_is_refused() {
    let honest = Collection::new("acme.base", "1.10.0", &[]);
    let archive = honest.archive();
    let with = |pointer: &str, value: serde_json::Value| {
        let mut detail = honest.detail(&archive);
        *detail.pointer_mut(pointer).unwrap() = value;
        detail
    };
    for (detail, said) in [
        (with("/artifact/sha256", json!(Digest::of(b"x").hex())), "has the digest"),
        (with("/artifact/size", json!(7)), "bytes where 7 are promised"),
        (with("/artifact/sha256", json!("abc")), "cannot be understood"),
        (with("/version", json!("1.2.0")), "speaks of acme.base 1.2.0"),
        (with("/metadata/dependencies", json!(["a"])), "cannot be understood"),
        (with("/metadata/dependencies", json!({ "acme.app": "~1" })), "is no range of versions"),
        (with("/metadata/dependencies", json!({ "../x": "*" })), "is not the name of a collection"),
        (with("/download_url", json!("ftp://example.org/a")), "cannot be understood"),
        (json!("a page"), "cannot be understood"),
    ] {
        let desk = desk(BOTH);
        let detail = detail.to_string().into_bytes();
        desk.upstream.put_file(&honest.detail_path(), "application/json", detail);
        desk.run("lock").ends_with(4).says(said);
    }
    for (part, code, said) in [
        ("/versions/", 401, "without a login"),
        (".tar.gz", 404, "404"),
        ("1.10.0/", 404, "does not"),
    ] {
        let desk = desk(BOTH);
        desk.upstream.trouble(Trouble::on(part).does(Misbehaviour::status(code)));
        desk.run("lock").ends_with(4).says(said);
    }
}

#[test]
fn versions_without_end_are_given_up() {
    let desk = desk(BOTH);
    let page = Collection::new("acme.app", "1.0.0", &[]).page_path();
    let endless = json!({ "data": [], "links": { "next": page } }).to_string().into_bytes();
    desk.upstream.put_file(&page, "application/json", endless);
    desk.run("lock").ends_with(4).says("the versions of acme.app have no end");
}

fn role(meta: &str) -> Vec<u8> {
    tar_gz(&[
        ("role-1.0/meta/main.yml".into(), meta.as_bytes().to_vec()),
        ("role-1.0/tasks/main.yml".into(), b"- ansible.builtin.debug: {msg: hello}\n".to_vec()),
    ])
}

#[test]
fn collections_and_roles_come_from_archives_too() {
    let given = Collection::new("acme.base", "1.3.0", &[]);
    let desk = desk(&format!(
        "{BOTH}[[ansible.collection]]\npath = \"base.tar.gz\"\n\
         [[ansible.role]]\nname = \"hello\"\nversion = \"1.0\"\nurl = \"http://HOST/hello.tar.gz\"\n\
         sha256 = \"{}\"\n[[ansible.role]]\nname = \"acme.hard\"\nversion = \"2\"\npath = \"hard.tar.gz\"\n",
        Digest::of(&role("dependencies: []\n")).hex()
    ));
    desk.write("base.tar.gz", given.archive());
    let hello = role("dependencies: []\n");
    desk.upstream.put_file("/hello.tar.gz", "application/gzip", hello.clone());
    desk.write("hard.tar.gz", role("dependencies:\n- role: hello\n- acme.base.hello\n"));
    desk.run("lock").ends_with(0).says("6 ansibles");
    assert!(sets(&desk).contains(&"acme.base 1.3.0".to_owned()), "the archive itself is not taken");
    desk.run("build --unsigned -o one.tar.zst").ends_with(0);
    assert!(desk.content("one.tar.zst", "ansible/roles/hello-1.0.tar.gz") == hello);
    let requirements = desk.content("one.tar.zst", "ansible/requirements.yml");
    let requirements = String::from_utf8(requirements).unwrap();
    let roles = "roles:\n  - src: roles/acme.hard-2.tar.gz\n    name: acme.hard\n\
                 \x20 - src: roles/hello-1.0.tar.gz\n    name: hello\n";
    assert!(requirements.ends_with(roles), "{requirements}");
}

#[test]
fn archives_that_are_no_role_or_need_one_that_is_not_there_are_refused() {
    let no_tar = vec![7; 100];
    for (archive, code, said) in [
        (
            role("dependencies: [other]\n"),
            3,
            "the role hello needs other, which the manifest does not",
        ),
        (role("dependencies: 7\n"), 4, "meta/main.yml"),
        (tar_gz(&[("README".into(), b"x".to_vec())]), 4, "so it is no role"),
        (tar_gz(&[("../meta/main.yml".into(), b"x".to_vec())]), 4, "leaves the package"),
        (no_tar, 4, "it is no tar in gzip"),
    ] {
        let desk =
            desk("[[ansible.role]]\nname = \"hello\"\nversion = \"1\"\npath = \"role.tar.gz\"\n");
        desk.write("role.tar.gz", archive);
        desk.run("lock").ends_with(code).says(said);
    }
    let desk = desk("[[ansible.collection]]\npath = \"gone.tar.gz\"\n");
    desk.run("lock").ends_with(3).says("cannot read").says("gone.tar.gz");
    let twice = "[[ansible.collection]]\npath = \"a.tar.gz\"\n[[ansible.collection]]\npath = \"b.tar.gz\"\n";
    let desk = self::desk(twice);
    for (file, version) in [("a.tar.gz", "1.0.0"), ("b.tar.gz", "2.0.0")] {
        desk.write(file, Collection::new("acme.base", version, &[]).archive());
    }
    desk.run("lock").ends_with(3).says("two archives hold the collection acme.base");
}

#[test]
fn a_manifest_that_is_not_clear_about_a_collection_is_refused() {
    let cases: BTreeMap<&str, &str> = BTreeMap::from([
        ("[[ansible.collection]]\nname = \"general\"\n", "not the name of a collection"),
        ("[[ansible.collection]]\nname = \"a.b\"\nversion = \"~1\"\n", "is no range of versions"),
        (
            "[[ansible.collection]]\nname = \"a.b\"\npath = \"x\"\n",
            "not clear where this collection",
        ),
        ("[[ansible.collection]]\npath = \"x\"\nversion = \"1\"\n", "the archive itself says"),
        ("[[ansible.collection]]\nversions = \"1\"\n", "unknown key `versions`"),
        ("[[ansible.collection]]\nurl = \"https://example.org/x\"\n", "nothing says what this URL"),
        (
            "[[ansible.role]]\nname = \"a b\"\nversion = \"1\"\npath = \"x\"\n",
            "not the name of a role",
        ),
        ("[ansible.python]\nversion = \"3\"\npackages = []\n", "not a version of Python"),
        (
            "[ansible.python]\nversion = \"3.9\"\npackages = [\"a>=1\"]\n",
            "not one version of a Python",
        ),
        ("[ansible.python]\nversion = \"3.9\"\npackages = [\"a==1\", \"A==2\"]\n", "there twice"),
    ]);
    for (inputs, said) in cases {
        desk(inputs).run("lock").ends_with(3).says(said);
    }
}
