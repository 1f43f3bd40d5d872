//! Python packages: wheels that suit, and indexes that lie.

use serde_json::json;
use sre_format::Digest;
use sre_testkit::package::{IndexForm, Wheel, zip};

use crate::desk::Desk;

const INPUTS: &str = "[ansible.python]\nindex = \"http://HOST/simple\"\nversion = \"3.9\"\n\
                      packages = [\"jmespath==1.0.1\", \"net_addr==0.10.1\"]\n";

fn wheels() -> [Vec<Wheel>; 2] {
    let mut exact = Wheel::new("net_addr", "0.10.1");
    exact.tags = "cp39-cp39-manylinux_2_17_x86_64".into();
    exact.needs = vec!["jmespath>=1.0".into(), "pytest; extra == 'test'".into()];
    let mut other = exact.clone();
    other.tags = "cp313-cp313-manylinux_2_17_x86_64".into();
    let names = [("jmespath", "1.0.0"), ("jmespath", "1.0.1")];
    [names.map(|(name, version)| Wheel::new(name, version)).to_vec(), vec![other, exact]]
}

fn desk(form: IndexForm) -> Desk {
    let desk = Desk::new();
    for wheels in wheels() {
        Wheel::publish(&desk.upstream, &wheels, form);
    }
    desk.manifest(INPUTS);
    desk
}

#[test]
fn wheels_are_chosen_for_the_python_of_the_hosts_from_either_form_of_an_index() {
    for form in [IndexForm::Json, IndexForm::Html] {
        let desk = desk(form);
        desk.run("lock").ends_with(0);
        desk.run("build --unsigned -o one.tar.zst").ends_with(0);
        let [jmespath, net_addr] = wheels();
        let (jmespath, net_addr) = (jmespath[1].file(), net_addr[1].file());
        let name = "net_addr-0.10.1-cp39-cp39-manylinux_2_17_x86_64.whl";
        assert!(desk.content("one.tar.zst", &format!("ansible/wheels/{name}")) == net_addr);
        let list = desk.content("one.tar.zst", "ansible/requirements.txt");
        let [one, two] = [&jmespath, &net_addr].map(|wheel| Digest::of(wheel).to_string());
        let expected = format!("jmespath==1.0.1 --hash={one}\nnet-addr==0.10.1 --hash={two}\n");
        assert_eq!(String::from_utf8(list).unwrap(), expected);
    }
}

#[test]
fn what_is_needed_and_not_listed_or_does_not_run_is_named() {
    let desk = desk(IndexForm::Json);
    let manifest = std::fs::read_to_string(desk.path("manifest.toml")).unwrap();
    for (from, to, code, said) in [
        ("\"jmespath==1.0.1\", ", "", 3, "the Python package net-addr needs jmespath, which"),
        ("jmespath==1.0.1", "jmespath==9", 4, "jmespath has no version 9"),
        ("jmespath==1.0.1", "none==1", 4, "knows no Python package none"),
        ("3.9", "3.12", 3, "net-addr 0.10.1 is not there for linux/amd64, only for cp313-cp313-"),
        ("3.9", "3.5", 3, "py3-none-any with Python >=3.6"),
    ] {
        desk.write("manifest.toml", manifest.replace(from, to));
        desk.run("lock").ends_with(code).says(said);
    }
}

#[test]
fn an_index_that_lies_or_cannot_be_read_is_refused() {
    let wheel = Wheel::new("jmespath", "1.0.1");
    let page = |sum: &str, url: &str| json!({ "files": [{ "filename": wheel.file_name(), "url": url, "hashes": { "sha256": sum } }] });
    let sum = Digest::of(&wheel.file()).hex();
    let path = wheel.file_path();
    for (page, said) in [
        (page(&Digest::of(b"x").hex(), &path).to_string(), "has the digest"),
        (page("", &path).to_string(), "cannot be understood"),
        (page(&sum, "file:///etc/passwd").to_string(), "cannot be understood"),
        (
            json!({ "files": [{ "filename": wheel.file_name(), "url": path }] }).to_string(),
            "no SHA-256",
        ),
        ("{\"files\": 7}".to_owned(), "cannot be understood"),
        ("a page".to_owned(), "neither JSON nor HTML"),
    ] {
        let desk = desk(IndexForm::Json);
        desk.upstream.put_file("/simple/jmespath/", "text/html", page.into_bytes());
        desk.run("lock").ends_with(4).says(said);
    }
}

#[test]
fn a_wheel_that_is_another_package_or_none_at_all_is_refused() {
    let metadata =
        |text: &'static str| zip(&[("jmespath-1.0.1.dist-info/METADATA", text.as_bytes())]);
    for (file, said) in [
        (metadata("Name: evil\nVersion: 1.0.1\n"), "speaks of evil 1.0.1"),
        (metadata("Name: jmespath\nVersion: 1.0.2\n"), "speaks of jmespath 1.0.2"),
        (zip(&[("README", b"x")]), "it has no METADATA, so it is no wheel"),
        (zip(&[("../evil.py", b"x")]), "leaves the package"),
    ] {
        let desk = desk(IndexForm::Json);
        let wheel = Wheel::new("jmespath", "1.0.1");
        let page = json!({ "files": [{ "filename": wheel.file_name(), "url": wheel.file_path(),
            "hashes": { "sha256": Digest::of(&file).hex() } }] });
        desk.upstream.put_file(
            "/simple/jmespath/",
            "application/json",
            page.to_string().into_bytes(),
        );
        desk.upstream.put_file(&wheel.file_path(), "application/zip", file);
        desk.run("lock").ends_with(4).says(said);
    }
}
