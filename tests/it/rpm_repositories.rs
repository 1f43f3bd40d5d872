//! Repositories of real packages: what createrepo writes we read, what we write dnf installs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use sre_rpm::metadata::{
    self, EntryKind, Group, GroupMember, Groups, MemberKind, Modules, Package, Record,
};
use sre_rpm::package::PackageFile;
use sre_rpm::solve::{BaseSystem, Request, WeakDependencies};
use sre_rpm::{Catalog, Checksum, PackageId};
use sre_tests::Program;
use sre_tests::rpm::{Folder, family};

/// Builds the family once into a folder and indexes it.
pub(crate) fn indexed(folder: &Path) -> Folder {
    family::build(folder, &family::recipes());
    family::index(folder, &[]);
    Folder::at(folder)
}

fn packages(folder: &Folder) -> Vec<Package> {
    let mut found = Vec::new();
    let index = folder.index();
    let record = index.want("primary").unwrap();
    metadata::decode(record, folder.open(&record.location), |reader| {
        metadata::read_primary(reader, |package| {
            found.push(package);
            Ok(())
        })
    })
    .unwrap();
    found
}

pub(crate) fn asking(names: &[&str]) -> Request {
    Request {
        packages: names.iter().map(|name| name.parse().unwrap()).collect(),
        weak: WeakDependencies::None,
        ..Request::default()
    }
}

pub(crate) fn names(catalog: &Catalog, packages: &[PackageId]) -> Vec<String> {
    packages.iter().map(|id| catalog.nevra(*id).to_string()).collect()
}

/// Copies the chosen packages and writes a repository of them.
pub(crate) fn carry(
    whole: &Folder,
    chosen: &BTreeSet<String>,
    target: &Path,
    groups: &Groups,
    modules: &Modules,
) -> Folder {
    let carried = whole.carried(chosen);
    for one in &carried {
        let to = target.join(&one.package.location);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(whole.path().join(&one.package.location), to).unwrap();
    }
    Folder::write(target, carried, groups, modules)
}

/// Runs dnf on an empty root with nothing but one repository.
pub(crate) fn dnf_in(root: &Path, repository: &Path, words: &[&str]) -> Program {
    Program::tool("dnf")
        .args(["-y", "-q", "--releasever=9", "--disableplugin=*", "--nogpgcheck"])
        .arg(format!("--installroot={}", root.display()))
        .arg(format!("--setopt=cachedir={}", root.join("cache").display()))
        .arg("--setopt=reposdir=/nonexistent")
        .arg("--setopt=install_weak_deps=False")
        .arg("--setopt=module_platform_id=platform:el9")
        .arg(format!("--repofrompath=ours,file://{}", repository.display()))
        .arg("--repo=ours")
        .args(words)
        .env("HOME", root)
}

/// Lists what is installed; Debian's rpm keeps its database below the home folder, as its dnf does.
pub(crate) fn installed(root: &Path) -> Vec<String> {
    let said = Program::tool("rpm")
        .arg(format!("--root={}", root.display()))
        .args(["-qa", "--qf", "%{NAME}-%{EVR}.%{ARCH}\\n"])
        .env("HOME", root)
        .run()
        .ok();
    let mut names: Vec<_> = said.lines().map(str::to_owned).collect();
    names.sort();
    names
}

#[test]
fn what_createrepo_writes_agrees_with_the_packages_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let whole = indexed(folder.path());
    let packages = packages(&whole);
    assert_eq!(packages.len(), family::recipes().len());
    for package in &packages {
        let file = whole.open(&package.location);
        let read = PackageFile::read(std::io::BufReader::new(file), &package.checksum).unwrap();
        read.check_identity(package).unwrap();
        read.check_dependencies(package).unwrap_or_else(|error| panic!("{error}"));
    }
    let one = packages.iter().find(|one| one.name == "letters").unwrap();
    assert_eq!(one.nevra().to_string(), "letters-1.0~rc1^git5-1.el9.noarch");
    assert_eq!(one.summary, "Test <&> of letters");
    let first = packages.iter().find(|one| one.name == "first").unwrap();
    assert!(first.entries.iter().any(|entry| entry.is_needed_first));
}

#[test]
fn metadata_that_lies_about_dependencies_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let whole = indexed(folder.path());
    let package = packages(&whole).into_iter().find(|one| one.name == "by-program").unwrap();
    let bytes = fs::read(whole.path().join(&package.location)).unwrap();
    let file = PackageFile::read(bytes.as_slice(), &package.checksum).unwrap();
    let mut hiding = package.clone();
    hiding.entries.retain(|entry| entry.kind != EntryKind::Requires);
    let text = file.check_dependencies(&hiding).unwrap_err().to_string();
    assert!(text.contains("/usr/bin/base"), "{text}");
    let mut inventing = package.clone();
    let mut entry = inventing.entries[0].clone();
    entry.kind = EntryKind::Provides;
    entry.capability = sre_rpm::Capability::any("everything");
    inventing.entries.push(entry);
    let text = file.check_dependencies(&inventing).unwrap_err().to_string();
    assert!(text.contains("everything"), "{text}");
    let renamed = Package { name: "other".to_owned(), ..package.clone() };
    assert!(file.check_identity(&renamed).is_err());
    let larger = Package { size: package.size + 1, ..package };
    assert!(file.check_identity(&larger).is_err());
}

#[test]
fn every_compression_of_the_stock_tools_is_read() {
    let folder = tempfile::tempdir().unwrap();
    family::build(folder.path(), &family::recipes());
    for kind in ["gz", "xz"] {
        family::index(folder.path(), &[&format!("--general-compress-type={kind}")]);
        assert_eq!(packages(&Folder::at(folder.path())).len(), family::recipes().len(), "{kind}");
    }
    family::index(folder.path(), &["--checksum=sha512"]);
    assert_eq!(packages(&Folder::at(folder.path())).len(), family::recipes().len(), "sha512");
}

#[test]
fn chunks_of_the_stock_tool_are_joined() {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<_> = (0..20_000).map(|line| format!("line {line} of the text\n")).collect();
    let plain = lines.concat();
    fs::write(folder.path().join("text"), &plain).unwrap();
    fs::write(folder.path().join("dictionary"), &plain[..4096]).unwrap();
    for (name, words) in [("one", vec![]), ("two", vec!["-D", "dictionary"])] {
        Program::tool("zck")
            .args(words)
            .args(["-o", name, "text"])
            .folder(folder.path())
            .run()
            .ok();
        let bytes = fs::read(folder.path().join(name)).unwrap();
        let record = Record {
            kind: "primary".to_owned(),
            location: "primary.xml.zck".to_owned(),
            checksum: Checksum::sha256_of(&bytes),
            size: bytes.len() as u64,
            open_checksum: None,
            open_size: None,
            timestamp: 0,
        };
        let read = metadata::decode(&record, bytes.as_slice(), |reader| {
            let mut text = String::new();
            std::io::Read::read_to_string(reader, &mut text)
                .map_err(metadata::MetadataError::Read)?;
            Ok(text)
        });
        assert!(read.unwrap() == plain, "{name} differs");
    }
}

#[test]
fn weak_checksums_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    family::build(folder.path(), &family::recipes()[..1]);
    family::index(folder.path(), &["--checksum=sha1"]);
    let bytes = fs::read(folder.path().join("repodata/repomd.xml")).unwrap();
    let error = metadata::Repomd::read(bytes.as_slice()).unwrap_err();
    assert!(matches!(error, metadata::MetadataError::Checksum(_)), "{error}");
}

#[test]
fn dnf_installs_the_union_into_an_empty_root_from_our_repository_alone() {
    let folder = tempfile::tempdir().unwrap();
    let whole = indexed(&folder.path().join("whole"));
    let asked = [
        "epoch",
        "by-program",
        "by-file",
        "wants-virtual",
        "compiler",
        "plugged",
        "either",
        "new-name",
        "first",
        "letters",
    ];
    let (catalog, solution) = whole.solve(&asking(&asked));
    let solution = solution.unwrap_or_else(|error| panic!("{error}"));
    let chosen = solution.packages.iter().map(|id| catalog.checksum(*id).hex()).collect();
    let target = folder.path().join("ours");
    carry(&whole, &chosen, &target, &Groups::default(), &Modules::default());
    let root = folder.path().join("root");
    dnf_in(&root, &target, &[&["install"], &asked[..]].concat()).run().ok();
    let mut expected: Vec<String> = names(&catalog, &solution.packages);
    expected.sort();
    assert_eq!(installed(&root), expected);
    // The condition that holds for the union alone.
    assert!(expected.contains(&"plugin-1-1.noarch".to_owned()));
}

#[test]
fn what_the_base_system_has_is_not_carried_and_not_missed() {
    let folder = tempfile::tempdir().unwrap();
    let whole = indexed(&folder.path().join("whole"));
    let request = Request {
        base: BaseSystem { items: vec!["base-1-1.noarch".to_owned()] },
        ..asking(&["by-program", "by-file", "epoch = 5.0"])
    };
    let (catalog, solution) = whole.solve(&request);
    let solution = solution.unwrap();
    let expected = ["by-file-1-1.noarch", "by-program-1-1.noarch", "epoch-5.0-1.noarch"];
    assert_eq!(names(&catalog, &solution.packages), expected);
    let chosen = solution.packages.iter().map(|id| catalog.checksum(*id).hex()).collect();
    let target = folder.path().join("ours");
    carry(&whole, &chosen, &target, &Groups::default(), &Modules::default());
    let root = folder.path().join("root");
    fs::create_dir_all(&root).unwrap();
    Program::tool("rpm")
        .arg(format!("--root={}", root.display()))
        .args(["-i", "--nodeps", "--force-debian", "--nosignature"])
        .arg(whole.path().join("Packages/base-1-1.noarch.rpm"))
        .env("HOME", &root)
        .run()
        .ok();
    dnf_in(&root, &target, &["install", "by-program", "by-file", "epoch-5.0"]).run().ok();
    assert_eq!(installed(&root).len(), 4);
}

fn group(id: &str, members: &[(&str, MemberKind)]) -> Group {
    let member = |(package, kind): &(&str, MemberKind)| GroupMember {
        package: (*package).to_owned(),
        kind: kind.clone(),
    };
    Group {
        id: id.to_owned(),
        name: format!("The {id}"),
        description: "Said <twice> & more".to_owned(),
        is_default: false,
        is_visible: true,
        members: members.iter().map(member).collect(),
    }
}

#[test]
fn dnf_installs_the_groups_that_we_keep() {
    let folder = tempfile::tempdir().unwrap();
    let whole = indexed(&folder.path().join("whole"));
    let plugged = MemberKind::Conditional { requires: "compiler".to_owned() };
    let groups = Groups {
        groups: vec![
            group(
                "tools",
                &[
                    ("compiler", MemberKind::Mandatory),
                    ("plugged", plugged),
                    ("epoch", MemberKind::Default),
                ],
            ),
            group("half", &[("enemy", MemberKind::Mandatory)]),
        ],
        environments: Vec::new(),
    };
    let (mut catalog, id) = whole.catalog(sre_rpm::Multilib::Excluded);
    catalog.set_groups(id, groups.clone());
    let wish = sre_rpm::solve::GroupRequest {
        name: "tools".to_owned(),
        members: sre_rpm::solve::GroupMembers::default(),
    };
    let request = Request { groups: vec![wish], ..asking(&[]) };
    let solution = sre_rpm::solve::solve(&catalog, &request).unwrap();
    let chosen: BTreeSet<String> =
        solution.packages.iter().map(|id| catalog.checksum(*id).hex()).collect();
    let carried: BTreeSet<String> =
        solution.packages.iter().map(|id| catalog.nevra(*id).name).collect();
    let kept = groups.carried(|_| true, |name| carried.contains(name));
    assert_eq!(kept.groups.len(), 1);
    let target = folder.path().join("ours");
    carry(&whole, &chosen, &target, &kept, &Modules::default());
    let root = folder.path().join("root");
    dnf_in(&root, &target, &["group", "install", "tools"]).run().ok();
    let mut expected = names(&catalog, &solution.packages);
    expected.sort();
    assert_eq!(installed(&root), expected);
    assert!(carried.contains("plugin") && carried.contains("plugged"));
}

#[test]
fn createrepo_and_our_writer_say_the_same_of_every_package() {
    let folder = tempfile::tempdir().unwrap();
    let whole = indexed(&folder.path().join("whole"));
    let all: BTreeSet<String> = packages(&whole).iter().map(|one| one.checksum.hex()).collect();
    let target = folder.path().join("ours");
    let ours = carry(&whole, &all, &target, &Groups::default(), &Modules::default());
    let by_name = |folder: &Folder| -> BTreeMap<String, Package> {
        packages(folder).into_iter().map(|one| (one.nevra().to_string(), one)).collect()
    };
    assert_eq!(by_name(&ours), by_name(&whole));
    // And dnf, which reads neither with our code.
    let listing = |path: &Path| -> Vec<String> {
        let format = "%{name}-%{epoch}:%{version}-%{release}.%{arch}|%{provides}|%{requires}|\
                      %{obsoletes}|%{conflicts}|%{size}|%{summary}";
        let said = dnf_in(&folder.path().join("list"), path, &["repoquery", "--qf", format]);
        let mut lines: Vec<_> = said.run().ok().lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let (theirs, ours) = (listing(whole.path()), listing(&target));
    assert!(theirs.len() >= family::recipes().len());
    assert_eq!(theirs, ours);
}

/// Gives a path as text.
fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap()
}

#[test]
fn unpacked_and_unusual_files_are_refused_as_packages() {
    let folder = tempfile::tempdir().unwrap();
    let built = family::build(folder.path(), &family::recipes()[..1]);
    let good = fs::read(text(built[0].clone())).unwrap();
    let like = Checksum::sha256_of(b"");
    assert!(PackageFile::read(good.as_slice(), &like).is_ok());
    for end in (0..good.len().min(3000)).step_by(7) {
        assert!(PackageFile::read(&good[..end], &like).is_err() || end > 1000, "cut at {end}");
    }
    for at in 0..good.len().min(4000) {
        let mut flipped = good.clone();
        flipped[at] ^= 0x80;
        // Whatever the flip does, it must not end the program.
        PackageFile::read(flipped.as_slice(), &like).ok();
    }
}
