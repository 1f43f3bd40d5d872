//! Packages of Debian and its kin: locked by the word of signed repositories, carried as one of our own.

use std::fs::{self, File};
use std::io::Cursor;
use std::sync::{Arc, OnceLock};

use sre_deb::repository::{Description, Listed, write};
use sre_format::bundle::UntrustedBundle;
use sre_format::lock::{PlacedOrigin, Verification};
use sre_format::{Digest, Timestamp};
use sre_openpgp::Keyring;
use sre_openpgp::signing::SigningKey;
use sre_testkit::{Misbehaviour, Trouble};

use crate::desk::Desk;

/// Name, version, architecture and the fields of relations.
type Package<'a> = (&'a str, &'a str, &'a str, &'a str);

const PACKAGES: [Package<'_>; 6] = [
    ("app", "1:1.0+b1-1", "amd64", "Depends: library (>= 2), interpreter\nRecommends: manual\n"),
    ("library", "1.0-1", "amd64", ""),
    ("library", "2.0-1", "amd64", "Depends: base\n"),
    ("script", "5~rc1", "all", "Provides: interpreter (= 5)\n"),
    ("manual", "1", "all", ""),
    ("base", "7", "amd64", "Essential: yes\nPriority: required\n"),
];

/// The publisher's key; making one takes a while.
fn publisher() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate("publisher", long_ago()).unwrap())
}

fn long_ago() -> Timestamp {
    "2025-01-01T00:00:00Z".parse().unwrap()
}

fn content(name: &str, version: &str) -> Vec<u8> {
    format!("the package {name} {version}\n").into_bytes()
}

/// Gives the text of `Release` and the indexes of a repository of packages, made at a time.
fn repository(packages: &[Package<'_>], date: &str) -> (String, Vec<(String, Vec<u8>)>) {
    repository_for(packages, date, &["amd64"])
}

fn repository_for(
    packages: &[Package<'_>],
    date: &str,
    architectures: &[&str],
) -> (String, Vec<(String, Vec<u8>)>) {
    let listed = packages.iter().map(|(name, version, architecture, more)| {
        let record = format!(
            "Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n{more}Description: test\n"
        );
        let bytes = content(name, version);
        let path = format!("pool/{name}_{}.deb", version.replace(':', "."));
        let path = if *architecture == "arm64" { path.replace(".deb", "-arm64.deb") } else { path };
        Listed::read(&record, &path, bytes.len() as u64, Digest::of(&bytes)).unwrap()
    });
    let description = Description {
        origin: "publisher".into(),
        label: "publisher".into(),
        suite: "stable".into(),
        component: "main".into(),
        date: date.parse().unwrap(),
        architectures: architectures.iter().map(|one| (*one).to_owned()).collect(),
    };
    let metadata = write(&description, &listed.collect::<Vec<_>>()).unwrap();
    (metadata.release, metadata.indexes.into_iter().collect())
}

/// Puts a repository of packages on the server, with a signature over this `Release`.
fn publish(desk: &Desk, packages: &[Package<'_>], key: &SigningKey, release: &str, date: &str) {
    publish_at(desk, "/debian", packages, key, release, date);
}

fn publish_at(
    desk: &Desk,
    root: &str,
    packages: &[Package<'_>],
    key: &SigningKey,
    release: &str,
    date: &str,
) {
    let (_, indexes) = repository(packages, date);
    let put = |path: &str, bytes: Vec<u8>| {
        desk.upstream.put_file(&format!("{root}/{path}"), "application/octet-stream", bytes);
    };
    for (path, bytes) in indexes {
        put(&path, bytes);
    }
    for (name, version, ..) in packages {
        put(&format!("pool/{name}_{}.deb", version.replace(':', ".")), content(name, version));
    }
    let signed = key.sign_clear(release, date.parse().unwrap()).unwrap();
    put("dists/stable/InRelease", signed.into_bytes());
}

const DATE: &str = "2025-06-01T12:00:00Z";

fn manifest(desk: &Desk, more: &str) {
    desk.manifest(&format!(
        "[[deb]]\nname = \"hosts\"\narchitectures = [\"amd64\"]\n{more}\n[[deb.repository]]\n\
         url = \"http://HOST/debian\"\nsuites = [\"stable\"]\ncomponents = [\"main\"]\n\
         keys = [\"publisher.asc\"]\n"
    ));
}

const WANTED: &str = "base = \"minbase\"\npackages = [\"app\"]";

/// A desk with a publisher of the packages, who is believed, and a key of the site.
fn desk() -> Desk {
    let desk = Desk::new();
    let (release, _) = repository(&PACKAGES, DATE);
    publish(&desk, &PACKAGES, publisher(), &release, DATE);
    desk.write("publisher.asc", publisher().public_key().unwrap());
    manifest(&desk, WANTED);
    desk
}

fn with_site_key() -> Desk {
    let desk = desk();
    desk.run("keygen --out site --only openpgp").ends_with(0);
    desk
}

fn read(desk: &Desk, path: &str) -> Option<Vec<u8>> {
    let file = File::open(desk.path("sre.tar.zst")).unwrap();
    let bundle = UntrustedBundle::open(Arc::new(file)).unwrap();
    let bundle = bundle.blindly_believe_unsigned().unwrap();
    bundle.entry(path).map(|entry| bundle.read_whole(entry).unwrap())
}

fn text(desk: &Desk, path: &str) -> String {
    String::from_utf8(read(desk, path).unwrap()).unwrap()
}

const BUILD: &str = "build --unsigned --repository-key site.pgp.key";

#[test]
fn the_closure_is_carried_as_a_repository_that_the_site_signed() {
    let desk = with_site_key();
    desk.run("lock").ends_with(0).says("1 deb");
    let set = desk.lock().sets.remove(0);
    assert!(matches!(&set.verified[..], [Verification::RepositorySignature { key, .. }]
        if *key == publisher().fingerprint().to_string()));
    let packages =
        set.files.iter().filter(|file| matches!(file.origin, PlacedOrigin::Package { .. }));
    let packages: Vec<_> = packages.map(|file| file.path.as_str()).collect();
    assert_eq!(
        packages,
        [
            "deb/hosts/pool/a/app_1.0+b1-1_amd64.deb",
            "deb/hosts/pool/l/library_2.0-1_amd64.deb",
            "deb/hosts/pool/m/manual_1_all.deb",
            "deb/hosts/pool/s/script_5~rc1_all.deb",
        ]
    );
    desk.run(BUILD).ends_with(0);
    assert_eq!(read(&desk, packages[1]).unwrap(), content("library", "2.0-1"));
    let public = fs::read_to_string(desk.path("site.pgp.pub")).unwrap();
    assert_eq!(text(&desk, "deb/hosts/key.asc"), public);
    let keyring = Keyring::parse("site", public.as_bytes()).unwrap();
    let (signed, now) = (read(&desk, "deb/hosts/dists/hosts/InRelease").unwrap(), Timestamp::now());
    let signed = keyring.verify_clear_signed(&signed, now).unwrap();
    let release = text(&desk, "deb/hosts/dists/hosts/Release");
    assert_eq!(signed.text, release);
    let date: Timestamp = set.version.parse().unwrap();
    let parsed = sre_deb::Release::parse("Release", release.as_bytes()).unwrap();
    assert_eq!(parsed.date, Some(date), "{release}");
    let detached = read(&desk, "deb/hosts/dists/hosts/Release.gpg").unwrap();
    keyring.verify_detached(&mut Cursor::new(release), &detached, now).unwrap();
    let index = text(&desk, "deb/hosts/dists/hosts/main/binary-amd64/Packages");
    let names: Vec<_> = index.lines().filter_map(|line| line.strip_prefix("Package: ")).collect();
    assert_eq!(names, ["app", "library", "manual", "script"]);
    assert!(index.contains("Filename: pool/s/script_5~rc1_all.deb"), "{index}");
}

#[test]
fn the_same_lock_and_key_give_the_same_bytes_whatever_upstream_does_to_its_indexes() {
    let desk = with_site_key();
    desk.run("lock").ends_with(0);
    desk.run(BUILD).ends_with(0);
    let before = fs::read(desk.path("sre.tar.zst")).unwrap();
    fs::remove_dir_all(desk.path("cache")).unwrap();
    fs::remove_file(desk.path("sre.tar.zst")).unwrap();
    desk.upstream.trouble(Trouble::on("/dists/").does(Misbehaviour::status(404)));
    desk.run(BUILD).ends_with(0);
    assert!(fs::read(desk.path("sre.tar.zst")).unwrap() == before);
}

#[test]
fn a_repository_that_is_published_again_with_the_same_packages_changes_nothing() {
    let desk = desk();
    desk.run("lock").ends_with(0);
    let later = "2025-07-01T00:00:00Z";
    let (release, _) = repository(&PACKAGES, later);
    publish(&desk, &PACKAGES, publisher(), &release, later);
    desk.run("lock").ends_with(0).says("unchanged");
    let before = desk.lock().sets.remove(0).version;
    let mut packages = PACKAGES;
    packages[1].1 = "3.0-1";
    let (release, _) = repository(&packages, later);
    publish(&desk, &packages, publisher(), &release, later);
    desk.run("lock").ends_with(0).says("written");
    let set = desk.lock().sets.remove(0);
    // apt takes what is not newer than the last time for no news.
    let date = |version: &str| version.parse::<Timestamp>().unwrap();
    assert!(date(&set.version) > date(&before), "{} after {before}", set.version);
    assert!(set.files.iter().any(|file| file.path.as_str().contains("library_3.0-1")));
}

#[test]
fn a_build_without_a_key_says_so_and_goes_on_only_when_told_to() {
    let desk = with_site_key();
    desk.run("lock").ends_with(0);
    desk.run("build --unsigned").ends_with(2).says("--repository-key");
    desk.run("build --unsigned --unsigned-repositories").ends_with(0);
    assert!(read(&desk, "deb/hosts/dists/hosts/Release").is_some());
    assert!(read(&desk, "deb/hosts/dists/hosts/InRelease").is_none());
    desk.run("fetch --repository-key site.pgp.key -o two").ends_with(0).says("site.pgp.key -o two");
    desk.run("inspect sre.tar.zst --tree").ends_with(0).says("app_1.0+b1-1_amd64.deb");
}

#[test]
fn what_nobody_known_signed_is_refused() {
    let desk = desk();
    let put = |path: &str, bytes: Vec<u8>| {
        desk.upstream.put_file(&format!("/debian/dists/stable/{path}"), "text/plain", bytes);
    };
    let (release, _) = repository(&PACKAGES, DATE);
    let stranger = SigningKey::generate("stranger", long_ago()).unwrap();
    let signed =
        |key: &SigningKey, text: &str| key.sign_clear(text, long_ago()).unwrap().into_bytes();
    put("InRelease", signed(&stranger, &release));
    let known = publisher().fingerprint().to_string();
    desk.run("lock").ends_with(7).says("no key of the manifest vouches for").says(&known);
    let changed = String::from_utf8(signed(publisher(), &release)).unwrap();
    put("InRelease", changed.replace("Suite: stable", "Suite: stab1e").into_bytes());
    desk.run("lock").ends_with(7).says("the bytes are not what was signed");
    let stale = format!("Valid-Until: Sun, 08 Jun 2025 12:00:00 UTC\n{release}");
    put("InRelease", signed(publisher(), &stale));
    desk.run("lock").ends_with(7).says("expired at 2025-06-08T12:00:00Z");
    desk.upstream.trouble(Trouble::on("/InRelease").does(Misbehaviour::status(404)));
    desk.run("lock").ends_with(4).says("no suite of an apt repository");
    put("Release", release.clone().into_bytes());
    desk.run("lock").ends_with(7).says("is not signed");
    let detached = publisher().sign_detached(release.as_bytes(), long_ago()).unwrap();
    put("Release.gpg", detached.into_bytes());
    desk.run("lock").ends_with(0);
}

#[test]
fn an_index_or_a_package_with_other_bytes_is_refused_by_name() {
    let desk = desk();
    desk.upstream
        .trouble(Trouble::on("binary-amd64/Packages").does(Misbehaviour::Corrupt { at: 40 }));
    desk.run("lock").ends_with(4).says("its signed `Release` says").says("Packages");
    desk.upstream.heal();
    desk.run("lock").ends_with(0);
    desk.upstream.trouble(Trouble::on("pool/library").does(Misbehaviour::Corrupt { at: 3 }));
    let build = desk.run("build --unsigned --unsigned-repositories").ends_with(4);
    build.says("deb/hosts/pool/l/library_2.0-1_amd64.deb");
}

#[test]
fn what_nobody_provides_is_named_with_who_needs_it() {
    let desk = desk();
    let packages = PACKAGES.map(|(name, version, architecture, more)| {
        (
            name,
            version,
            architecture,
            if name == "library" { "Depends: engine (>= 4)\n" } else { more },
        )
    });
    let (release, _) = repository(&packages, DATE);
    publish(&desk, &packages, publisher(), &release, DATE);
    let run = desk
        .run("lock")
        .ends_with(3)
        .says("library 2.0-1 needs engine (>= 4), which nobody provides");
    run.says("app 1:1.0+b1-1 needs it").says("name the base system that has it");
    manifest(&desk, "base = \"minbase\"\npackages = [\"editor\"]");
    desk.run("lock").ends_with(3).says("no repository offers editor");
}

#[test]
fn a_manifest_that_asks_for_what_is_not_there_gets_told_what_is() {
    let desk = desk();
    let text = fs::read_to_string(desk.path("manifest.toml")).unwrap();
    let with = |from: &str, to: &str| desk.write("manifest.toml", text.replace(from, to));
    with("[\"main\"]", "[\"contrib\"]");
    desk.run("lock").ends_with(4).says("no packages in `contrib`").says("main");
    with("[\"amd64\"]", "[\"arm64\"]");
    desk.run("lock").ends_with(4).says("for arm64").says("amd64");
    with("publisher.asc", "missing.asc");
    desk.run("lock").ends_with(3).says("missing.asc");
    with("publisher.asc", "manifest.toml");
    desk.run("lock").ends_with(3).says("no file of OpenPGP public keys");
    with("\"minbase\"", "\"none\"\nweak = \"none\"");
    desk.run("lock").ends_with(0);
    let names: Vec<_> =
        desk.lock().sets[0].files.iter().map(|file| file.path.to_string()).collect();
    assert!(names.iter().any(|name| name.contains("base_7")), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("manual")), "{names:?}");
}

#[test]
fn a_lock_whose_records_were_changed_is_refused() {
    let desk = desk();
    desk.run("lock").ends_with(0);
    let text = fs::read_to_string(desk.path("images.lock")).unwrap();
    let changed = text.replace("Depends: base", "Depends: evil");
    assert_ne!(changed, text);
    desk.write("images.lock", changed);
    let run = desk.run("build --unsigned --unsigned-repositories").ends_with(3);
    run.says("deb/hosts/dists/hosts/").says("the lock names");
}

#[test]
fn what_a_repository_says_is_not_automatic_comes_only_when_a_person_prefers_it() {
    let desk = desk();
    let mut packages = PACKAGES;
    packages[2].1 = "3.0-1";
    let (release, _) = repository(&packages, DATE);
    let release = format!("NotAutomatic: yes\nButAutomaticUpgrades: yes\n{release}");
    publish_at(&desk, "/backports", &packages, publisher(), &release, DATE);
    let before = fs::read_to_string(desk.path("manifest.toml")).unwrap();
    let backports = "[[deb.repository]]\nurl = \"http://HOST/backports\"\nsuites = [\"stable\"]\n\
                     components = [\"main\"]\nkeys = [\"publisher.asc\"]\n";
    let backports = backports.replace("HOST", &desk.upstream.host());
    let library = |desk: &Desk| {
        let files = desk.lock().sets.remove(0).files;
        let mut files = files.iter().map(|file| file.path.as_str().to_owned());
        files.find(|path| path.contains("library_")).unwrap()
    };
    desk.write("manifest.toml", format!("{before}{backports}"));
    desk.run("lock").ends_with(0);
    assert!(library(&desk).contains("library_2.0-1"), "{}", library(&desk));
    desk.write("manifest.toml", format!("{before}{backports}priority = 500\n"));
    desk.run("lock").ends_with(0);
    assert!(library(&desk).contains("library_3.0-1"), "{}", library(&desk));
}

#[test]
fn two_architectures_are_solved_apart_and_may_not_differ_in_what_fits_both() {
    let desk = desk();
    desk.write(
        "manifest.toml",
        fs::read_to_string(desk.path("manifest.toml"))
            .unwrap()
            .replace("[\"amd64\"]", "[\"amd64\", \"arm64\"]"),
    );
    let both = ["amd64", "arm64"];
    let mut packages = PACKAGES.to_vec();
    packages.extend(PACKAGES.iter().filter(|one| one.2 == "amd64").map(|one| {
        let (name, version, _, more) = *one;
        (name, version, "arm64", more)
    }));
    let (release, indexes) = repository_for(&packages, DATE, &both);
    let put = |indexes: Vec<(String, Vec<u8>)>, release: &str| {
        for (path, bytes) in indexes {
            desk.upstream.put_file(&format!("/debian/{path}"), "text/plain", bytes);
        }
        let signed = publisher().sign_clear(release, DATE.parse().unwrap()).unwrap();
        let path = "/debian/dists/stable/InRelease";
        desk.upstream.put_file(path, "text/plain", signed.into_bytes());
    };
    put(indexes, &release);
    desk.run("lock").ends_with(0);
    let paths: Vec<_> =
        desk.lock().sets.remove(0).files.iter().map(|file| file.path.to_string()).collect();
    for ending in ["app_1.0+b1-1_amd64.deb", "app_1.0+b1-1_arm64.deb", "binary-arm64/Packages"] {
        assert!(paths.iter().any(|path| path.ends_with(ending)), "{ending}: {paths:?}");
    }
    // The other architecture lags behind, as it often does.
    packages.push(("script", "6", "all", "Provides: interpreter (= 6)\nDepends: fresh\n"));
    packages.push(("fresh", "1", "arm64", ""));
    let (release, indexes) = repository_for(&packages, DATE, &both);
    put(indexes, &release);
    desk.run("lock").ends_with(3).says("script for all architectures").says("a table of its own");
}
