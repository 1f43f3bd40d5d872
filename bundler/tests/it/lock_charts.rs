//! `lock` on charts and files: from registries, repositories, servers and this machine.

use sre_format::Digest;
use sre_format::lock::{ChartForm, FileSource, Verification};
use sre_testkit::chart::{Chart, serve_repository};
use sre_testkit::upstream::Kind;
use sre_testkit::{Misbehaviour, Trouble};

use crate::desk::Desk;
use crate::lock::image;

#[test]
fn locks_charts_of_registries_and_of_repositories() {
    let desk = Desk::new();
    let oci = Chart::new("demo", "0.1.0+build.1");
    desk.upstream.push(&oci.artifact(), "charts/demo", "0.1.0_build.1");
    let charts = [Chart::new("web", "1.2.3").provenance(b"signed"), Chart::new("web", "1.10.0")];
    let repository = serve_repository(&desk.upstream, "/stable", &charts);
    desk.manifest(&format!(
        "[[chart]]\nref = \"oci://HOST/charts/demo\"\nversion = \"0.1.0+build.1\"\n\
         [[chart]]\nrepo = \"{repository}\"\nname = \"web\"\nversion = \"1.2.3\"\n\
         [[chart]]\nrepo = \"{repository}/\"\nname = \"web\"\nversion = \"1.10.0\"\n"
    ));
    desk.run("lock").ends_with(0);
    let lock = desk.lock();
    let names: Vec<_> = lock.charts.iter().map(|it| it.reference.to_string()).collect();
    let host = desk.upstream.host();
    assert_eq!(
        names,
        [
            format!("{host}/charts/demo:0.1.0_build.1"),
            format!("{host}/stable/web:1.10.0"),
            format!("{host}/stable/web:1.2.3"),
        ]
    );
    assert_eq!(lock.charts[0].root.digest, oci.artifact().digest());
    let ChartForm::Http(http) = &lock.charts[2].form else { panic!() };
    assert_eq!(http.archive.digest, Digest::of(&charts[0].archive()));
    assert_eq!(http.provenance.as_ref().unwrap().digest, Digest::of(b"signed"));
    assert!(http.config.starts_with(r#"{"name":"web","version":"1.2.3""#), "{}", http.config);
    assert!(matches!(lock.charts[2].verified[..], [Verification::RepositoryIndex { .. }]));

    desk.upstream.clear_log();
    desk.run("lock --check").ends_with(0);
    let again = desk
        .upstream
        .log()
        .into_iter()
        .any(|it| it.path.contains(".tgz") && !it.path.contains(".prov"));
    assert!(!again, "an archive that the index still promises is not downloaded again");
}

#[test]
fn refuses_charts_that_are_not_what_was_promised() {
    let desk = Desk::new();
    let chart = Chart::new("web", "1.2.3");
    let repository = serve_repository(&desk.upstream, "/stable", &[chart]);
    let wanted = |version: &str, more: &str| {
        format!(
            "[[chart]]\nrepo = \"{repository}\"\nname = \"web\"\nversion = \"{version}\"\n{more}"
        )
    };
    desk.manifest(&wanted("9.9.9", ""));
    desk.run("lock").ends_with(4).says("has no chart web 9.9.9").says("the repository has 1.2.3");
    desk.manifest(&wanted("1.2.3", &format!("sha256 = \"{}\"\n", "00".repeat(32))));
    desk.run("lock").ends_with(4).says("and the manifest says sha256:0000");
    desk.upstream.put_file("/stable/web-1.2.3.tgz", "application/gzip", b"other".to_vec());
    desk.manifest(&wanted("1.2.3", ""));
    desk.run("lock").ends_with(4);
    desk.upstream.push(&image(7), "charts/web", "1.2.3");
    desk.manifest("[[chart]]\nref = \"oci://HOST/charts/web\"\nversion = \"1.2.3\"\n");
    desk.run("lock").ends_with(3).says("is no Helm chart");
}

#[test]
fn locks_files_by_digest_by_checksum_file_and_from_this_machine() {
    let desk = Desk::new();
    let url = desk.upstream.put_file("/tool.tar.gz", "application/gzip", b"tool".to_vec());
    let sums =
        format!("{}  other\n{}  tool.tar.gz\n", Digest::of(b"x").hex(), Digest::of(b"tool").hex());
    let sums_url = desk.upstream.put_file("/SHA256SUMS", "text/plain", sums.into_bytes());
    desk.write("notes.txt", "notes");
    desk.manifest(&format!(
        "[[file]]\nurl = \"{url}\"\nsha256 = \"{}\"\n\
         [[file]]\nurl = \"{url}\"\nchecksum-file = \"{sums_url}\"\nas = \"again/tool\"\n\
         [[file]]\npath = \"notes.txt\"\n",
        Digest::of(b"tool").hex()
    ));
    desk.run("lock").ends_with(0);
    let lock = desk.lock();
    let shown: Vec<_> =
        lock.files.iter().map(|it| (it.name.as_str(), it.size, it.media_type.as_str())).collect();
    assert_eq!(
        shown,
        [
            ("again/tool", 4, "application/octet-stream"),
            ("notes.txt", 5, "text/plain"),
            ("tool.tar.gz", 4, "application/gzip"),
        ]
    );
    assert!(matches!(lock.files[0].verified[..], [Verification::ChecksumFile { .. }]));
    assert_eq!(lock.files[1].source, FileSource::Path("notes.txt".into()));
    assert_eq!(desk.upstream.count(Kind::File), desk.upstream.log().len());

    desk.write("notes.txt", "other notes");
    desk.run("lock --check")
        .ends_with(4)
        .says("notes.txt")
        .says(&Digest::of(b"other notes").to_string());
}

#[test]
fn a_file_whose_size_no_server_tells_is_downloaded_once_and_checked() {
    let desk = Desk::new();
    let url = desk.upstream.put_file("/tool", "application/octet-stream", b"tool".to_vec());
    desk.upstream.trouble(Trouble::on("/tool").method("HEAD").does(Misbehaviour::status(405)));
    let pinned = |digest: Digest| {
        desk.manifest(&format!("[[file]]\nurl = \"{url}\"\nsha256 = \"{}\"\n", digest.hex()));
    };
    pinned(Digest::of(b"tool"));
    desk.run("lock").ends_with(0);
    assert_eq!(desk.lock().files[0].size, 4);
    assert!(desk.path("cache/sha256").join(Digest::of(b"tool").hex()).exists());
    pinned(Digest::of(b"something else"));
    desk.run("lock").ends_with(4).says("has the digest");
}
