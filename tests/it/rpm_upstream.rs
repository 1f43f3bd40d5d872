//! Upstreams as they come: mirrors, several repositories, compressions, servers that know little.

use std::fs;

use sre_format::Digest;
use sre_format::lock::{Lock, PlacedOrigin};
use sre_testkit::{Misbehaviour, Trouble};
use sre_tests::Program;
use sre_tests::rpm::desk::Desk;

const KEYS: &str = "keys = [\"publisher.asc\"]";

/// Gives the URL of each locked package.
fn urls(lock: &Lock) -> Vec<String> {
    let files = lock.sets.iter().flat_map(|set| &set.files);
    let url = files.filter_map(|file| match &file.origin {
        PlacedOrigin::Url(url) => Some(url.to_string()),
        _ => None,
    });
    let mut found: Vec<_> = url.collect();
    found.sort();
    found
}

/// Gives the file names of the locked packages.
fn names(desk: &Desk) -> Vec<String> {
    let name = |url: &String| url.rsplit('/').next().unwrap().to_owned();
    let mut found: Vec<_> = urls(&desk.lock()).iter().map(name).collect();
    found.sort();
    found
}

#[test]
fn mirrors_that_lack_something_are_passed_over() {
    let desk = Desk::open();
    let publisher = &desk.publisher;
    // One has nothing, one has no metadata yet beside its index, one has another index.
    let index = fs::read(publisher.folder().join("repodata/repomd.xml")).unwrap();
    publisher.put_file("half/repodata/repomd.xml", index.clone());
    publisher.publish_some("stale", &["base-1"], &[]);
    let places = ["gone", "half", "stale", "repo"].map(|place| publisher.url_of(place));
    publisher.put_file(
        "mirrors",
        format!("# ours\nno url\n{}\n", [0, 1, 3].map(|at| places[at].as_str()).join("\n")),
    );
    let list = format!("mirrorlist = \"{}\"\n{KEYS}", publisher.url_of("mirrors"));
    let asked = "base = \"none\"\npackages = [\"base\"]";
    desk.manifest_of(asked, &[("family", &list)]);
    desk.bundle("lock").ok();
    let expected = [format!("{}/Packages/base-2-1.noarch.rpm", places[3])];
    assert_eq!(urls(&desk.lock()), expected);

    let link = |digest: &Digest| {
        let rows = places.iter().zip([70, 80, 90, 10]).map(|(place, preference)| {
            format!("<url protocol=\"http\" preference=\"{preference}\">{place}/repodata/repomd.xml</url>")
        });
        format!(
            "<?xml version=\"1.0\"?><metalink version=\"3.0\"><files><file name=\"repomd.xml\">\
             <verification><hash type=\"sha256\">{}</hash></verification>\
             <resources>{}</resources></file></files></metalink>",
            digest.hex(),
            rows.collect::<String>()
        )
    };
    publisher.put_file("metalink", link(&Digest::of(&index)));
    // What is in the cache need not be on a mirror.
    fs::remove_dir_all(desk.path("cache")).unwrap();
    let metalink = format!("metalink = \"{}\"\n{KEYS}", publisher.url_of("metalink"));
    desk.manifest_of(asked, &[("family", &metalink)]);
    desk.bundle("lock").ok();
    assert_eq!(urls(&desk.lock()), expected);
    publisher.put_file("metalink", link(&Digest::of(b"another index")));
    desk.lock_fails(4, &["family", "/stale/repodata/repomd.xml is not the index"]);
}

#[test]
fn repositories_rank_by_priority_and_share_their_groups() {
    let desk = Desk::open();
    let group = |member: &str| {
        format!(
            "<?xml version=\"1.0\"?><comps><group><id>tools</id><name>Tools</name><description/>\
             <default>false</default><uservisible>true</uservisible><packagelist>\
             <packagereq type=\"mandatory\">{member}</packagereq></packagelist></group></comps>"
        )
    };
    let comps = desk.path("comps.xml");
    let options = ["--groupfile", comps.to_str().unwrap()];
    fs::write(&comps, group("base")).unwrap();
    desk.publisher.publish_some("second", &["base-1", "plugin"], &options);
    fs::write(&comps, group("plugged")).unwrap();
    desk.publisher.publish(&options);
    let first = format!("baseurl = \"{}\"\n{KEYS}", desk.publisher.url());
    let second = format!("baseurl = \"{}\"\n{KEYS}", desk.publisher.url_of("second"));
    let preferred = format!("{second}\npriority = 10");
    let asked = "base = \"none\"\nweak = \"none\"\ngroups = [\"tools\"]";

    desk.manifest_of(asked, &[("first", &first), ("second", &second)]);
    desk.bundle("lock").ok();
    assert_eq!(names(&desk), ["base-2-1.noarch.rpm", "plugged-1-1.noarch.rpm"]);
    let lock = desk.lock();
    let comps = lock.sets[0].files.iter().find(|file| file.path.as_str().contains("-comps.xml"));
    let PlacedOrigin::Made(made) = &comps.unwrap().origin else { panic!("{comps:?}") };
    assert_eq!(made.from.len(), 2);

    desk.manifest_of(asked, &[("first", &first), ("second", &preferred)]);
    desk.bundle("lock").ok();
    assert_eq!(names(&desk), ["base-1-1.noarch.rpm", "plugged-1-1.noarch.rpm"]);
    assert!(urls(&desk.lock()).iter().any(|url| url.contains("/second/")));

    let without = format!("{asked}\nexclude = [\"base-1*\"]");
    desk.manifest_of(&without, &[("first", &first), ("second", &preferred)]);
    desk.bundle("lock").ok();
    assert_eq!(names(&desk), ["base-2-1.noarch.rpm", "plugged-1-1.noarch.rpm"]);
    desk.bundle("build --unsigned --unsigned-repositories -o sre.tar.zst").ok();
}

#[test]
fn metadata_is_read_in_every_compression() {
    let desk = Desk::open();
    desk.manifest("base = \"none\"\npackages = [\"by-file\"]", KEYS);
    let expected = ["base-2-1.noarch.rpm", "by-file-1-1.noarch.rpm"];
    let repodata = desk.publisher.folder().join("repodata");
    desk.publisher.publish(&["--general-compress-type=xz"]);
    desk.bundle("lock").ok();
    assert_eq!(names(&desk), expected);

    let find = |part: &str| {
        let mut files = fs::read_dir(&repodata).unwrap().map(|entry| entry.unwrap().path());
        files.find(|path| path.to_str().unwrap().ends_with(part)).unwrap()
    };
    let index = fs::read_to_string(repodata.join("repomd.xml")).unwrap();
    for (tool, options, ending) in
        [("zstd", &["-q", "-f"][..], "zst"), ("zck", &[][..], "zck"), ("gzip", &["-kf"][..], "gz")]
    {
        let mut changed = index.clone();
        for kind in ["primary", "filelists"] {
            let plain = repodata.join(format!("{kind}.xml"));
            let open = Program::tool("xz").arg("-dc").arg(find(&format!("-{kind}.xml.xz"))).run();
            fs::write(&plain, open.ok()).unwrap();
            Program::tool(tool).args(options).arg(&plain).folder(&repodata).run().ok();
            let bytes = fs::read(repodata.join(format!("{kind}.xml.{ending}"))).unwrap();
            let begin = changed.find(&format!("<data type=\"{kind}\">")).unwrap();
            let end = begin + changed[begin..].find("</data>").unwrap();
            let record = format!(
                "<data type=\"{kind}\"><checksum type=\"sha256\">{}</checksum>\
                 <location href=\"repodata/{kind}.xml.{ending}\"/><size>{}</size>",
                Digest::of(&bytes).hex(),
                bytes.len()
            );
            changed.replace_range(begin..end, &record);
        }
        fs::write(repodata.join("repomd.xml"), changed).unwrap();
        desk.publisher.serve();
        fs::remove_file(desk.path("images.lock")).unwrap();
        desk.bundle("lock").ok();
        assert_eq!(names(&desk), expected, "{tool}");
        let lock = fs::read_to_string(desk.path("images.lock")).unwrap();
        assert!(lock.contains(&format!("/primary.xml.{ending}")), "{lock}");
    }
}

#[test]
fn servers_without_ranges_and_metadata_without_them_are_enough() {
    let desk = Desk::open();
    desk.manifest("base = \"none\"\npackages = [\"base\"]", KEYS);
    let packages = Trouble::on("/repo/Packages/").does(Misbehaviour::IgnoreRange);
    desk.publisher.upstream().trouble(packages);
    desk.bundle("lock").ok();
    assert_eq!(names(&desk), ["base-2-1.noarch.rpm"]);

    let repodata = desk.publisher.folder().join("repodata");
    let mut files = fs::read_dir(&repodata).unwrap().map(|entry| entry.unwrap().path());
    let primary = files.find(|path| path.to_str().unwrap().contains("primary.xml")).unwrap();
    let open = Program::tool("gzip").arg("-dc").arg(&primary).run().ok();
    let lines: Vec<_> = open.lines().filter(|line| !line.contains("header-range")).collect();
    assert!(lines.len() < open.lines().count());
    let plain = desk.path("primary.xml");
    fs::write(&plain, lines.join("\n")).unwrap();
    Program::tool("modifyrepo_c").arg("--mdtype=primary").arg(&plain).arg(&repodata).run().ok();
    desk.publisher.serve();
    desk.bundle("lock").ok();
    assert_eq!(names(&desk), ["base-2-1.noarch.rpm"]);
    desk.publisher.upstream().heal();
    desk.bundle("lock").ok();
}
