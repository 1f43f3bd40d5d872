//! Plugins of Packer: programs where Packer looks for them, and releases that lie.

use sre_format::Digest;
use sre_testkit::package::{Plugin, zip};
use sre_testkit::{Misbehaviour, Trouble};

use crate::desk::Desk;

const PROGRAM: &[u8] = b"\x7fELF a plugin";
const SOURCE: &str = "github.com/acme/tiny";

fn plugin() -> Plugin {
    Plugin::new("tiny", "1.2.0", PROGRAM)
}

/// A desk whose manifest wants a plugin that the upstream has.
fn desk() -> Desk {
    let desk = Desk::new();
    plugin().publish(&desk.upstream);
    desk.manifest(&format!(
        "[[packer-plugin]]\nsource = \"{SOURCE}\"\nversion = \"1.2.0\"\n\
         releases = \"http://HOST/plugins/v{{version}}\"\n"
    ));
    desk
}

#[test]
fn a_plugin_is_carried_as_a_program_beside_its_sum_at_the_place_where_packer_looks() {
    let desk = desk();
    desk.run("lock").ends_with(0).says("1 packer-plugin");
    desk.run("build --unsigned -o one.tar.zst").ends_with(0);
    let path = format!("packer/plugins/{SOURCE}/packer-plugin-tiny_v1.2.0_x5.0_linux_amd64");
    assert_eq!(desk.content("one.tar.zst", &path), PROGRAM);
    let sum = desk.content("one.tar.zst", &format!("{path}_SHA256SUM"));
    assert_eq!(String::from_utf8(sum).unwrap(), format!("{}\n", Digest::of(PROGRAM).hex()));
    std::fs::remove_dir_all(desk.path("cache")).unwrap();
    desk.upstream.clear_log();
    desk.run("lock").ends_with(0).says("unchanged");
    assert!(desk.upstream.log().iter().all(|seen| !seen.path.ends_with(".zip")));
    desk.run("build --unsigned -o two.tar.zst").ends_with(0);
    let read = |name| std::fs::read(desk.path(name)).unwrap();
    assert!(read("one.tar.zst") == read("two.tar.zst"));
    desk.run("inspect one.tar.zst").ends_with(0).says("packer-plugin");
}

#[test]
fn a_zip_that_is_another_one_or_holds_no_plugin_is_refused() {
    let desk = desk();
    desk.upstream.put_file(&plugin().package_path(), "application/zip", zip(&[("a", b"b")]));
    desk.run("lock").ends_with(4).says("has the digest").says("_SHA256SUMS says");
    Plugin { package: zip(&[("../packer-plugin-tiny", b"x")]), ..plugin() }.publish(&desk.upstream);
    let run = desk.run("lock").ends_with(4).says("no file `packer-plugin-tiny_v1.2.0_x5.0");
    run.says("../packer-plugin-tiny");
    Plugin { package: b"<html>".to_vec(), ..plugin() }.publish(&desk.upstream);
    desk.run("lock").ends_with(4).says("cannot take `packer-plugin-tiny_v1.2.0_x5.0");
    assert!(!desk.path("images.lock").exists());
}

#[test]
fn a_release_without_the_platform_the_sums_or_the_zip_is_an_error_that_says_so() {
    let desk = desk();
    let manifest = std::fs::read_to_string(desk.path("manifest.toml")).unwrap();
    desk.write("manifest.toml", format!("{manifest}platforms = [\"linux/arm64\"]\n"));
    let run = desk.run("lock").ends_with(3).says("github.com/acme/tiny 1.2.0 is not there for");
    run.says("linux/arm64, only for darwin/arm64, linux/amd64").says("hint: give it its own");
    desk.write("manifest.toml", manifest.replace("\"1.2.0\"", "\"1.3.0\""));
    desk.run("lock").ends_with(4).says("v1.3.0_SHA256SUMS does not exist");
    desk.write("manifest.toml", manifest);
    for (part, code, said) in [("SHA256SUMS", 401, "without a login"), (".zip", 404, "404")] {
        desk.upstream.trouble(Trouble::on(part).does(Misbehaviour::status(code)));
        desk.run("lock").ends_with(4).says(part).says(said);
        desk.upstream.heal();
    }
}

#[test]
fn a_source_elsewhere_needs_the_place_of_its_releases() {
    let desk = desk();
    desk.manifest("[[packer-plugin]]\nsource = \"example.org/acme/tiny\"\nversion = \"1.2.0\"\n");
    desk.run("lock").ends_with(3).says("only releases on github.com").says("releases = ");
    desk.manifest("[[packer-plugin]]\nsource = \"github.com/acme\"\nversion = \"1.2.0\"\n");
    desk.run("lock").ends_with(3).says("not the source of a plugin");
}
