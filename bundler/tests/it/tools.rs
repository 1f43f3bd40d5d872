//! Downloads for platforms: programs, as they are or out of archives, and images of operating systems.

use sre_format::Digest;
use sre_format::lock::PlacedOrigin;
use sre_testkit::{Misbehaviour, Trouble};

use crate::desk::Desk;

const PROGRAM: &[u8] = b"#!/bin/sh\necho a program\n";

/// A gzipped tar with the program under a path.
fn archive(path: &str) -> Vec<u8> {
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(gzip);
    let mut header = tar::Header::new_ustar();
    header.set_size(PROGRAM.len() as u64);
    header.set_mode(0o755);
    header.set_cksum();
    archive.append_data(&mut header, path, PROGRAM).unwrap();
    archive.into_inner().unwrap().finish().unwrap()
}

/// A desk whose manifest wants `helm` out of an archive and `k9s` as it is.
fn desk() -> Desk {
    let desk = Desk::new();
    let packed = archive("linux-amd64/helm");
    let sums = format!("{}  helm-v4.3.1-linux-amd64.tar.gz\n", Digest::of(&packed).hex());
    desk.upstream.put_file("/helm-v4.3.1-linux-amd64.tar.gz", "application/gzip", packed);
    desk.upstream.put_file("/helm.sums", "text/plain", sums.into_bytes());
    desk.upstream.put_file("/k9s", "application/octet-stream", b"another program".to_vec());
    desk.manifest(&format!(
        "[[tool]]\nname = \"helm\"\nversion = \"4.3.1\"\n\
         url = \"http://HOST/helm-v{{version}}-{{os}}-{{arch}}.tar.gz\"\n\
         checksum-file = \"http://HOST/helm.sums\"\nmember = \"{{os}}-{{arch}}/helm\"\n\
         [[tool]]\nname = \"k9s\"\nversion = \"1\"\nurl = \"http://HOST/k9s\"\nsha256 = \"{}\"\n",
        Digest::of(b"another program").hex()
    ));
    desk.run("keygen --out site").ends_with(0);
    desk
}

const BUILD: &str = "build --unsigned -o";

#[test]
fn programs_are_carried_without_their_archives_and_the_same_bytes_come_without_the_cache() {
    let desk = desk();
    desk.run("lock").ends_with(0);
    let lock = desk.lock();
    assert!(matches!(lock.sets[0].files[0].origin, PlacedOrigin::Member { .. }));
    assert_eq!(lock.sets[0].files[0].digest, Digest::of(PROGRAM));
    desk.builds_the_same_twice();
    assert_eq!(desk.content("one.tar.zst", "tools/linux-amd64/helm"), PROGRAM);
    assert_eq!(desk.content("one.tar.zst", "tools/linux-amd64/k9s"), b"another program");
}

#[test]
fn a_second_lock_downloads_no_archive_that_is_known_already() {
    let desk = desk();
    desk.run("lock").ends_with(0);
    std::fs::remove_dir_all(desk.path("cache")).unwrap();
    desk.upstream.clear_log();
    desk.run("lock").ends_with(0).says("unchanged");
    let log = desk.upstream.log();
    let archives = log.iter().filter(|it| it.method == "GET" && it.path.contains("helm-v4"));
    assert_eq!(archives.count(), 0, "the archive was fetched again");
}

#[test]
fn an_archive_without_the_program_or_with_other_bytes_is_refused_by_name() {
    let desk = desk();
    let text = std::fs::read_to_string(desk.path("manifest.toml")).unwrap();
    desk.write("manifest.toml", text.replace("{os}-{arch}/helm", "bin/helm"));
    desk.run("lock").ends_with(4).says("no file `bin/helm`").says("linux-amd64/helm");
    desk.write("manifest.toml", text.replace("{os}-{arch}/helm\"", "{os}-{arch}/helm\"\n#"));
    desk.run("lock").ends_with(0);
    std::fs::remove_dir_all(desk.path("cache")).unwrap();
    desk.upstream.trouble(Trouble::on("helm-v4").does(Misbehaviour::Corrupt { at: 30 }));
    desk.run(&format!("{BUILD} sre.tar.zst")).ends_with(4).says("the lock names").says("helm-v4");
    desk.upstream.heal();
    desk.run(&format!("{BUILD} sre.tar.zst")).ends_with(0);
}

#[test]
fn inspect_and_diff_speak_of_tools() {
    let desk = desk();
    desk.run("lock").ends_with(0).says("2 tools");
    desk.run(&format!("{BUILD} one.tar.zst")).ends_with(0);
    desk.run("inspect one.tar.zst --tree").ends_with(0).says("tools/linux-amd64/").says("helm");
    std::fs::copy(desk.path("images.lock"), desk.path("old.lock")).unwrap();
    let text = std::fs::read_to_string(desk.path("manifest.toml")).unwrap();
    desk.write("manifest.toml", text.replace("version = \"1\"\n", "version = \"2\"\n"));
    desk.run("lock").ends_with(0);
    desk.run("diff old.lock images.lock").says("k9s").says("1 -> 2");
}

#[test]
fn an_image_of_an_operating_system_keeps_its_name_and_is_stored_as_it_is() {
    let desk = desk();
    let image = vec![7; 3 << 20];
    let digest = Digest::of(&image);
    let sums = format!("SHA256 (Rocky-9.6.x86_64.qcow2) = {}\n", digest.hex());
    desk.upstream.put_file("/Rocky-9.6.x86_64.qcow2", "application/octet-stream", image.clone());
    desk.upstream.put_file("/CHECKSUM", "text/plain", sums.into_bytes());
    desk.manifest(
        "[[os-image]]\nname = \"rocky9\"\nversion = \"9.6\"\n\
         url = \"http://HOST/Rocky-{version}.{machine}.qcow2\"\n\
         checksum-file = \"http://HOST/CHECKSUM\"\n",
    );
    desk.run("lock").ends_with(0).says("1 os-image");
    desk.run(&format!("{BUILD} sre.tar.zst")).ends_with(0);
    let path = "os-images/rocky9/Rocky-9.6.x86_64.qcow2";
    assert!(desk.content("sre.tar.zst", path) == image);
    let size = std::fs::metadata(desk.path("sre.tar.zst")).unwrap().len();
    assert!(size > 3 << 20, "an image was compressed: {size} bytes");
}
