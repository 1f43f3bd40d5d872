//! `ansible-galaxy` and `pip` install out of a bundle what they themselves made or would have fetched.

use sre_testkit::Upstream;
use sre_testkit::package::{Collection, IndexForm, Wheel, tar_gz};
use sre_tests::{Program, Unpacked};
use std::fs;
use std::path::Path;

fn galaxy(home: &Path) -> Program {
    Program::tool("ansible-galaxy").env("HOME", home).env("ANSIBLE_HOME", home.join(".ansible"))
}

/// Gives an archive that `ansible-galaxy` itself builds, with a link in it.
fn built(folder: &Path) -> Vec<u8> {
    let init = galaxy(folder).folder(folder).args(["collection", "init", "acme.own"]);
    init.run().ok();
    let source = folder.join("acme/own");
    std::os::unix::fs::symlink("README.md", source.join("READ.md")).unwrap();
    let build = ["collection", "build", "--output-path", ".."];
    galaxy(folder).folder(&source).args(build).run().ok();
    fs::read(folder.join("acme/acme-own-1.0.0.tar.gz")).unwrap()
}

/// A bundle with collections of a server, one of this machine, a role and wheels.
fn carried() -> Unpacked {
    let upstream = Upstream::plain();
    let versions = ["1.0.0", "1.2.0", "2.0.0"];
    let base = versions.map(|version| Collection::new("acme.base", version, &[]));
    Collection::publish(&upstream, &base);
    let app = Collection::new("acme.app", "3.0.0", &[("acme.base", ">=1.0.0,<2.0.0")]);
    Collection::publish(&upstream, &[app]);
    let scratch = tempfile::tempdir().unwrap();
    let own = upstream.put_file("/own.tar.gz", "application/gzip", built(scratch.path()));
    let sum = sre_format::Digest::of(
        &fs::read(scratch.path().join("acme/acme-own-1.0.0.tar.gz")).unwrap(),
    );
    let role = tar_gz(&[
        (
            "hello-1.0/meta/main.yml".into(),
            b"galaxy_info: {author: nobody}\ndependencies: []\n".to_vec(),
        ),
        ("hello-1.0/tasks/main.yml".into(), b"- ansible.builtin.debug: {msg: hello}\n".to_vec()),
    ]);
    let role_sum = sre_format::Digest::of(&role);
    let role = upstream.put_file("/hello.tar.gz", "application/gzip", role);
    let mut needy = Wheel::new("needy", "2.1");
    needy.needs = vec!["plain>=1.0".into()];
    Wheel::publish(&upstream, &[Wheel::new("plain", "1.0.1")], IndexForm::Json);
    Wheel::publish(&upstream, &[needy], IndexForm::Html);
    let inputs = format!(
        "[ansible]\ngalaxy = \"http://HOST\"\n\
         [[ansible.collection]]\nname = \"acme.app\"\n\
         [[ansible.collection]]\nurl = \"{own}\"\nsha256 = \"{}\"\n\
         [[ansible.role]]\nname = \"hello\"\nversion = \"1.0\"\nurl = \"{role}\"\nsha256 = \"{}\"\n\
         [ansible.python]\nindex = \"http://HOST/simple\"\nversion = \"3.9\"\n\
         packages = [\"plain==1.0.1\", \"needy==2.1\"]\n",
        sum.hex(),
        role_sum.hex()
    );
    Unpacked::carry(upstream, &inputs)
}

#[test]
fn ansible_galaxy_installs_collections_and_roles_without_a_server() {
    let carried = carried();
    let home = carried.path("home");
    fs::create_dir(&home).unwrap();
    let folder = carried.inside("ansible");
    let install = ["collection", "install", "-r", "requirements.yml", "--offline", "-p"];
    galaxy(&home).folder(&folder).args(install).arg(&home).run().ok();
    let there = home.join("ansible_collections/acme");
    for (name, version) in [("app", "3.0.0"), ("base", "1.2.0"), ("own", "1.0.0")] {
        let manifest = fs::read_to_string(there.join(name).join("MANIFEST.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        assert_eq!(manifest["collection_info"]["version"], version, "{name}");
    }
    assert!(there.join("own/READ.md").is_symlink());
    let names = ["acme.app", "acme.base", "acme.own"];
    let verify = ["collection", "verify", "--offline", "-p"];
    galaxy(&home).folder(&home).args(verify).arg(&home).args(names).run().ok();

    let install = ["role", "install", "-r", "requirements.yml", "-p"];
    galaxy(&home).folder(&folder).args(install).arg(home.join("roles")).run().ok();
    assert!(home.join("roles/hello/tasks/main.yml").exists());
}

#[test]
fn pip_installs_the_wheels_by_their_digests_without_an_index() {
    let carried = carried();
    let (home, out) = (carried.path("home"), carried.path("site-packages"));
    let install = |folder: &Path| {
        Program::tool("python3")
            .args([
                "-m",
                "pip",
                "install",
                "--no-index",
                "--no-cache-dir",
                "--find-links",
                "wheels",
            ])
            .args(["--disable-pip-version-check", "--require-hashes", "-r", "requirements.txt"])
            .arg("--target")
            .arg(&out)
            .env("HOME", &home)
            .folder(folder)
            .run()
    };
    let folder = carried.inside("ansible");
    install(&folder).ok();
    assert_eq!(fs::read_to_string(out.join("needy.py")).unwrap(), "VERSION = \"2.1\"\n");
    let wheel = folder.join("wheels/plain-1.0.1-py3-none-any.whl");
    let mut altered = fs::read(&wheel).unwrap();
    altered.push(0);
    fs::write(&wheel, altered).unwrap();
    fs::remove_dir_all(&out).unwrap();
    let said = install(&folder).fails_with(1);
    assert!(said.contains("DO NOT MATCH THE HASHES"), "{said}");
}
