use super::*;
use crate::checksum::Checksum;
use crate::dependency::{Capability, Dependency};
use crate::metadata::{self, Entry, EntryKind, MetadataError, Repomd};

/// A package with one of everything.
fn package(name: &str) -> CarriedPackage {
    let capability = |text: &str| text.parse::<Capability>().unwrap();
    let entry = |kind, capability| Entry { kind, capability, is_needed_first: false };
    let rich: Dependency = "(a >= 1 if (b or c))".parse().unwrap();
    let file = |path: &str, kind| File { path: path.to_owned(), kind };
    let package = Package {
        name: name.to_owned(),
        evr: "2:1.0~rc1-3.el9".parse().unwrap(),
        architecture: "x86_64".to_owned(),
        checksum: Checksum::sha256_of(name.as_bytes()),
        summary: "Ünïcode <&> \"quotes\"".to_owned(),
        description: "two\nlines".to_owned(),
        packager: "Nobody <nobody@example.org>".to_owned(),
        url: "https://example.org/?a=1&b=2".to_owned(),
        file_time: 5,
        build_time: 4,
        size: 300,
        installed_size: 200,
        archive_size: 100,
        location: format!("Packages/{name}.rpm"),
        location_base: None,
        license: "MIT".to_owned(),
        vendor: "Example".to_owned(),
        group: "Unspecified".to_owned(),
        build_host: "example.org".to_owned(),
        source: "a-1-1.src.rpm".to_owned(),
        header_range: (280, 290),
        entries: vec![
            entry(EntryKind::Provides, capability(&format!("{name} = 2:1.0~rc1-3.el9"))),
            Entry {
                kind: EntryKind::Requires,
                capability: capability("/bin/sh"),
                is_needed_first: true,
            },
            entry(EntryKind::Requires, Capability::any(rich.to_string())),
            entry(EntryKind::Obsoletes, capability("old < 3")),
            entry(EntryKind::Supplements, capability("other")),
        ],
        files: vec![
            file("/etc/a&b", FileKind::File),
            file("/usr/bin/a", FileKind::File),
            file("/etc/d", FileKind::Folder),
        ],
    };
    let mut files = package.files.clone();
    files.push(file("/usr/share/doc", FileKind::Ghost));
    let changes = vec![Change {
        author: "N <n@example.org> - 1-1".to_owned(),
        date: 7,
        text: "- x".to_owned(),
    }];
    CarriedPackage { package, files, changes }
}

fn settings(compression: Compression) -> Settings {
    let timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
    Settings { compression, timestamp, changelogs: Changelogs::Written }
}

fn write(packages: Vec<CarriedPackage>, compression: Compression) -> Vec<RepositoryFile> {
    let groups = Groups {
        groups: vec![crate::metadata::Group { id: "g".to_owned(), ..Default::default() }],
        environments: Vec::new(),
    };
    write_repository(packages, &groups, &Modules::default(), settings(compression)).unwrap()
}

fn read<T>(
    files: &[RepositoryFile],
    kind: &'static str,
    parse: impl FnOnce(&mut dyn std::io::BufRead) -> Result<T, MetadataError>,
) -> T {
    let index = Repomd::read(files.last().unwrap().bytes.as_slice()).unwrap();
    let record = index.want(kind).unwrap();
    let file = files.iter().find(|file| file.path == record.location).unwrap();
    metadata::decode(record, file.bytes.as_slice(), parse).unwrap()
}

#[test]
fn reads_back_what_it_wrote() {
    for compression in [Compression::Gzip, Compression::Zstd] {
        let packages = vec![package("a"), package("b")];
        let files = write(packages.clone(), compression);
        let mut found = Vec::new();
        read(&files, "primary", |reader| {
            metadata::read_primary(reader, |package| {
                found.push(package);
                Ok(())
            })
        });
        assert_eq!(found, packages.iter().map(|one| one.package.clone()).collect::<Vec<_>>());
        let mut lists = Vec::new();
        let take = |list: metadata::FileList| {
            lists.push(list.files);
            Ok(())
        };
        read(&files, "filelists", |reader| metadata::read_filelists(reader, |_| true, take));
        assert_eq!(lists, packages.iter().map(|one| one.files.clone()).collect::<Vec<_>>());
        let mut changes = Vec::new();
        let take = |log: metadata::Changelog| {
            changes.push(log.changes);
            Ok(())
        };
        read(&files, "other", |reader| metadata::read_other(reader, |_| true, take));
        assert_eq!(changes, packages.iter().map(|one| one.changes.clone()).collect::<Vec<_>>());
        assert_eq!(read(&files, "group", |reader| Groups::read(reader)).groups[0].id, "g");
    }
}

#[test]
fn the_order_in_which_packages_come_changes_nothing() {
    let one = write(vec![package("a"), package("b")], Compression::Zstd);
    let two = write(vec![package("b"), package("a")], Compression::Zstd);
    assert_eq!(one, two);
}

#[test]
fn refuses_two_packages_in_one_place() {
    let twice = vec![package("a"), package("a")];
    let outcome = write_repository(
        twice,
        &Groups::default(),
        &Modules::default(),
        settings(Compression::Gzip),
    );
    assert!(matches!(outcome, Err(WriteError::Twice { .. })));
}

#[test]
fn letters_that_xml_cannot_hold_are_dropped() {
    let mut one = package("a");
    one.package.summary = "bell\u{7} and null\u{0}".to_owned();
    let files = write(vec![one], Compression::Gzip);
    read(&files, "primary", |reader| {
        metadata::read_primary(reader, |package| {
            assert_eq!(package.summary, "bell and null");
            Ok(())
        })
    });
}
