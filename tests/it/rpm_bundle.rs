//! Packages across the gap: locked from a real repository, served from the bundle, installed by dnf.

use std::fs;
use std::path::Path;

use sre_format::lock::Verification;
use sre_tests::rpm::desk::{Desk, KEYS};
use sre_tests::rpm::{Publisher, family};
use sre_tests::{Program, Ran, Running, address_in, ours};

/// The groups of the repository: all of one is asked for, half of the other.
const GROUPS: &str = "<?xml version=\"1.0\"?><comps>\
    <group><id>tools</id><name>Tools</name><description/><default>false</default>\
    <uservisible>true</uservisible><packagelist>\
    <packagereq type=\"mandatory\">compiler</packagereq>\
    <packagereq type=\"default\">epoch</packagereq></packagelist></group>\
    <group><id>others</id><name>Others</name><description/><default>false</default>\
    <uservisible>true</uservisible><packagelist>\
    <packagereq type=\"mandatory\">enemy</packagereq></packagelist></group></comps>";

/// A stream that has one of the two packages `base`.
const MODULES: &str = "---\ndocument: modulemd\nversion: 2\ndata:\n  name: tool\n  stream: \"1\"\n  version: 1\n  \
    context: aaaa\n  arch: noarch\n  summary: One\n  description: One\n  license: {module: [MIT]}\n  \
    dependencies: [{requires: {platform: [el9]}}]\n  artifacts: {rpms: ['base-0:2-1.noarch']}\n...\n\
    ---\ndocument: modulemd\nversion: 2\ndata:\n  name: tool\n  stream: \"2\"\n  version: 1\n  \
    context: bbbb\n  arch: noarch\n  summary: Two\n  description: Two\n  license: {module: [MIT]}\n  \
    dependencies: [{requires: {platform: [el9]}}]\n  artifacts: {rpms: ['base-0:1-1.noarch']}\n...\n";

/// Starts `serve` on a bundle and gives its address.
fn serve(desk: &Desk, bundle: &Path) -> (Running, String) {
    let serve = ours::sre_install()
        .folder(desk.folder())
        .env("SRE_STATE", desk.path("state"))
        .args(["serve", "--listen", "127.0.0.1:0", "--plain-http", "--key", "site.pub", "--bundle"])
        .arg(bundle);
    Running::start(serve, address_in)
}

/// Gives dnf on an empty root, with the served repository alone and every check of signatures on.
fn dnf(root: &Path, host: &str, keys: &[&str], words: &[&str]) -> Ran {
    let repositories = root.join("repositories");
    fs::create_dir_all(&repositories).unwrap();
    let keys: Vec<String> = keys.iter().map(|key| format!("http://{host}/rpm/el9/{key}")).collect();
    let text = format!(
        "[ours]\nname=ours\nbaseurl=http://{host}/rpm/el9/\nenabled=1\n\
         gpgcheck=1\nrepo_gpgcheck=1\ngpgkey={}\n",
        keys.join(" ")
    );
    fs::write(repositories.join("ours.repo"), text).unwrap();
    Program::tool("dnf")
        .args(["-y", "--releasever=9", "--disableplugin=*"])
        .arg(format!("--installroot={}", root.display()))
        .arg(format!("--setopt=cachedir={}", root.join("cache").display()))
        .arg(format!("--setopt=reposdir={}", repositories.display()))
        .arg("--setopt=install_weak_deps=False")
        .arg("--setopt=module_platform_id=platform:el9")
        .args(words)
        .env("HOME", root)
        .run()
}

/// Lists what is installed; Debian's rpm keeps its database below the home folder, as its dnf does.
fn installed(root: &Path) -> Vec<String> {
    let said = Program::tool("rpm")
        .arg(format!("--root={}", root.display()))
        .args(["-qa", "--qf", "%{NAME}-%{EVR}\\n"])
        .env("HOME", root)
        .run()
        .ok();
    let mut names: Vec<_> = said.lines().filter(|it| !it.starts_with("gpg-pubkey")).collect();
    names.sort_unstable();
    names.into_iter().map(str::to_owned).collect()
}

const OUR_KEYS: [&str; 2] = ["keys/publisher.asc", "repodata/repomd.xml.key"];

#[test]
fn dnf_installs_the_union_from_the_served_bundle_and_checks_every_signature() {
    let desk = Desk::open();
    desk.manifest(
        "base = \"none\"\npackages = [\"by-file\", \"new-name\", \"wants-virtual\"]\n\
         groups = [\"tools\"]\nmodules = [\"tool:1\"]\nweak = \"none\"\nplatform = \"el9\"",
        KEYS,
    );
    let comps = desk.path("comps.xml");
    fs::write(&comps, GROUPS).unwrap();
    let modules = desk.path("modules.yaml");
    fs::write(&modules, MODULES).unwrap();
    desk.publisher.publish(&["--groupfile", comps.to_str().unwrap()]);
    let repodata = desk.publisher.folder().join("repodata");
    Program::tool("modifyrepo_c").arg("--mdtype=modules").arg(modules).arg(repodata).run().ok();
    desk.publisher.sign_index("publisher");
    desk.publisher.serve();

    desk.bundle("keygen --out site").ok();
    desk.bundle("lock").ok();
    let set = desk.lock().sets.remove(0);
    let is_index = |one: &&Verification| matches!(one, Verification::RepositorySignature { .. });
    assert_eq!(set.verified.iter().filter(is_index).count(), 1);
    let packages =
        set.files.iter().filter(|file| file.path.as_str().contains("/packages/")).count();
    let signed = set.verified.iter().find_map(|one| match one {
        Verification::PackageSignatures { packages, .. } => Some(*packages),
        _ => None,
    });
    assert_eq!(signed, Some(packages as u64));
    let build = "build --key site.key --repository-key site.pgp.key -o";
    desk.bundle(&format!("{build} one.tar.zst")).ok();
    // Nothing of it depends on what the cache held or on the clock.
    fs::remove_dir_all(desk.path("cache")).unwrap();
    desk.bundle(&format!("{build} two.tar.zst")).ok();
    let read = |name| fs::read(desk.path(name)).unwrap();
    assert!(read("one.tar.zst") == read("two.tar.zst"));

    let (_serving, host) = serve(&desk, &desk.path("one.tar.zst"));
    let root = desk.path("root");
    let asked = ["install", "by-file", "new-name", "wants-virtual"];
    dnf(&root, &host, &OUR_KEYS, &["module", "enable", "tool:1"]).ok();
    dnf(&root, &host, &OUR_KEYS, &asked).ok();
    dnf(&root, &host, &OUR_KEYS, &["group", "install", "tools"]).ok();
    let expected = [
        "base-2-1",
        "by-file-1-1",
        "compiler-1-1",
        "epoch-1:1.0-1",
        "new-name-1-1",
        "virtual-two-1-1",
        "wants-virtual-1-1",
    ];
    assert_eq!(installed(&root), expected);
    assert_eq!(packages, expected.len());
    let groups = dnf(&root, &host, &OUR_KEYS, &["group", "list", "--hidden"]).ok();
    assert!(!groups.contains("Others"), "{groups}");

    // Without the site's key dnf refuses the index, without the publisher's every package.
    // Each has a root of its own: a key that was imported stays.
    let root = desk.path("without-ours");
    let said = dnf(&root, &host, &OUR_KEYS[..1], &asked).fails_with(1);
    assert!(said.contains("GPG signature verification error"), "{said}");
    let root = desk.path("without-publisher");
    dnf(&root, &host, &OUR_KEYS[1..], &["module", "enable", "tool:1"]).ok();
    let said = dnf(&root, &host, &OUR_KEYS[1..], &asked).fails_with(1);
    assert!(said.contains("GPG check FAILED"), "{said}");
    assert_eq!(installed(&root), Vec::<String>::new());
}

#[test]
fn a_minimal_installation_is_not_carried_again() {
    let desk = Desk::open();
    let comps = desk.path("comps.xml");
    let core = GROUPS.replace("<id>tools</id>", "<id>core</id>");
    fs::write(&comps, core).unwrap();
    desk.publisher.publish(&["--groupfile", comps.to_str().unwrap()]);
    desk.manifest("base = \"rocky9-minimal\"\npackages = [\"compiler\", \"by-program\"]", KEYS);
    desk.bundle("lock").ok();
    let set = desk.lock().sets.remove(0);
    let names: Vec<&str> = set.files.iter().map(|file| file.path.as_str()).collect();
    assert!(names.iter().any(|name| name.contains("/by-program-")), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("/compiler-")), "{names:?}");
}

#[test]
fn unsigned_and_wrongly_signed_packages_are_refused_by_name() {
    let desk = Desk::open();
    desk.manifest("base = \"none\"\npackages = [\"by-file\"]", KEYS);
    let base = desk.publisher.package("by-file");
    let sign = |words: &[&str]| {
        Program::tool("rpmsign").args(words).arg(&base).env("HOME", desk.folder()).run().ok();
    };
    sign(&["--delsign"]);
    desk.publisher.publish(&[]);
    desk.lock_fails(7, &["by-file", "is not signed", "family"]);

    desk.publisher.gnupg().generate("stranger", "rsa3072", &[]);
    desk.publisher.sign_packages(std::slice::from_ref(&base), "stranger");
    desk.publisher.publish(&[]);
    desk.lock_fails(7, &["no key that is believed vouches for by-file"]);
    desk.manifest(
        "base = \"none\"\npackages = [\"by-file\"]",
        "blindly-believe-unsigned-packages = true",
    );
    desk.bundle("lock").ok();
}

#[test]
fn an_index_of_somebody_else_and_keys_that_are_no_more_are_refused() {
    let desk = Desk::open();
    desk.manifest("base = \"none\"\npackages = [\"base\"]", KEYS);
    desk.publisher.gnupg().generate("stranger", "rsa3072", &[]);
    desk.publisher.sign_index("stranger");
    desk.publisher.serve();
    desk.lock_fails(7, &["nobody that is believed has signed the index"]);
    let signature = desk.publisher.folder().join("repodata/repomd.xml.asc");
    fs::write(&signature, "no signature").unwrap();
    desk.publisher.serve();
    desk.lock_fails(7, &["repomd.xml"]);

    // A key that expired long ago: made and used under an earlier clock.
    let gnupg = desk.publisher.gnupg();
    let past = ["--faked-system-time", "20200101T000000!"];
    gnupg.generate_until("bygone", "rsa3072", "20200301T000000", &past);
    let index = fs::read(desk.publisher.folder().join("repodata/repomd.xml")).unwrap();
    fs::write(&signature, gnupg.sign("bygone", &index, &past)).unwrap();
    fs::write(desk.path("publisher.asc"), desk.publisher.key("bygone")).unwrap();
    desk.publisher.serve();
    desk.lock_fails(7, &["expired"]);
    fs::write(desk.path("publisher.asc"), "no key").unwrap();
    desk.lock_fails(3, &["publisher.asc"]);
    fs::remove_file(desk.path("publisher.asc")).unwrap();
    desk.lock_fails(3, &["publisher.asc", "relative to the manifest"]);
}

#[test]
fn metadata_that_lies_is_refused() {
    let desk = Desk::open();
    let lying = "base = \"none\"\npackages = [\"by-file\"]";
    desk.manifest(lying, "keys = [\"publisher.asc\"]");
    // What a package needs is hidden, in metadata whose own checksums hold.
    let folder = desk.publisher.folder();
    let repodata = folder.join("repodata");
    let primary = fs::read_dir(&repodata)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.to_str().unwrap().contains("primary.xml"))
        .unwrap();
    let open = Program::tool("gzip").args(["-dc"]).arg(&primary).run().ok();
    let hidden = open.replace("<rpm:entry name=\"/usr/share/base/data\"/>", "");
    assert_ne!(open, hidden);
    let plain = desk.path("primary.xml");
    fs::write(&plain, hidden).unwrap();
    Program::tool("modifyrepo_c").arg("--mdtype=primary").arg(&plain).arg(&repodata).run().ok();
    desk.publisher.serve();
    desk.lock_fails(4, &["the repository lies about by-file", "/usr/share/base/data"]);

    // Other bytes than the index says.
    desk.publisher.publish(&[]);
    let index = fs::read_to_string(repodata.join("repomd.xml")).unwrap();
    let broken = index.replacen("<checksum type=\"sha256\">", "<checksum type=\"sha256\">0000", 1);
    let at = broken.find(">0000").unwrap() + 1 + 64;
    let broken = format!("{}{}", &broken[..at], &broken[at + 4..]);
    fs::write(repodata.join("repomd.xml"), broken).unwrap();
    desk.publisher.serve();
    desk.lock_fails(6, &["the index of the repository says"]);
    fs::write(repodata.join("repomd.xml"), "<html>Please log in</html>").unwrap();
    desk.publisher.serve();
    desk.lock_fails(4, &["family", "repomd"]);
}

#[test]
fn a_package_whose_payload_is_not_the_signed_one_is_never_in_a_finished_bundle() {
    let desk = Desk::open();
    let package = desk.publisher.package("base-1");
    let mut bytes = fs::read(&package).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&package, bytes).unwrap();
    desk.manifest("base = \"none\"\npackages = [\"base = 1\"]", KEYS);
    desk.publisher.publish(&[]);
    // The head is signed, and the index tells the digest of the file as it is now.
    desk.bundle("lock").ok();
    let said = desk.bundle("build --unsigned --unsigned-repositories -o sre.tar.zst").fails_with(6);
    assert!(said.contains("payload") && said.contains("base-1-1.noarch"), "{said}");
    assert!(!desk.path("sre.tar.zst").exists());
}

#[test]
fn a_bomb_of_metadata_ends_at_the_announced_size() {
    let desk = Desk::open();
    desk.manifest("base = \"none\"\npackages = [\"base\"]", "keys = [\"publisher.asc\"]");
    let repodata = desk.publisher.folder().join("repodata");
    let plain = desk.path("primary.xml");
    let spaces = " ".repeat(64 << 20);
    let bomb = format!("<?xml version=\"1.0\"?><metadata packages=\"0\">{spaces}</metadata>");
    fs::write(&plain, bomb).unwrap();
    Program::tool("modifyrepo_c").arg("--mdtype=primary").arg(&plain).arg(&repodata).run().ok();
    let index = repodata.join("repomd.xml");
    let text = fs::read_to_string(&index).unwrap();
    let open = format!("<open-size>{}</open-size>", fs::metadata(&plain).unwrap().len());
    assert!(text.contains(&open), "{text}");
    fs::write(&index, text.replace(&open, "<open-size>1000</open-size>")).unwrap();
    desk.publisher.serve();
    desk.lock_fails(4, &["primary"]);
}

#[test]
fn what_nobody_provides_is_named_with_who_needs_it() {
    let recipes = [
        family::Recipe::new("app", "1-1").line("Requires: library >= 2"),
        family::Recipe::new("library", "1-1"),
    ];
    let desk = Desk::at(Publisher::of(&recipes));
    desk.manifest("base = \"none\"\npackages = [\"app\"]", KEYS);
    desk.lock_fails(3, &["app", "library >= 2"]);
    desk.manifest("base = \"none\"\npackages = [\"absent\"]", KEYS);
    desk.lock_fails(3, &["no package is or provides `absent`"]);
}

#[test]
fn two_streams_of_one_module_are_refused() {
    let desk = Desk::open();
    let modules = desk.path("modules.yaml");
    fs::write(&modules, MODULES).unwrap();
    let repodata = desk.publisher.folder().join("repodata");
    Program::tool("modifyrepo_c").arg("--mdtype=modules").arg(modules).arg(repodata).run().ok();
    desk.publisher.serve();
    desk.manifest(
        "base = \"none\"\npackages = [\"base\"]\nmodules = [\"tool:1\", \"tool:2\"]",
        "keys = [\"publisher.asc\"]",
    );
    desk.lock_fails(3, &["module streams conflict", "tool"]);
}

#[test]
fn a_build_without_the_key_of_repositories_says_how_to_go_on() {
    let desk = Desk::open();
    desk.manifest("base = \"none\"\npackages = [\"base\"]", KEYS);
    desk.bundle("lock").ok();
    let said = desk.bundle("build --unsigned -o sre.tar.zst").fails_with(2);
    assert!(said.contains("--repository-key"), "{said}");
    desk.bundle("build --unsigned --unsigned-repositories -o sre.tar.zst").ok();
    let said = desk.bundle("inspect sre.tar.zst --tree").ok();
    assert!(said.contains("repomd.xml") && said.contains("base-2-1.noarch.rpm"), "{said}");
}
