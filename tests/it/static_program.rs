//! `sre-install` is one file that runs anywhere and loads nothing of the host.

use sre_tests::{Journey, Program, Registry, ours};
use std::fs;
use std::path::Path;

#[test]
fn ldd_finds_no_library() {
    let said = Program::tool("ldd").arg(ours::sre_install_path()).run();
    let said = said.stdout() + &said.stderr();
    assert!(
        said.contains("statically linked") || said.contains("not a dynamic executable"),
        "{said}"
    );
}

/// A name-service module that leaves a mark when it is loaded.
const POISON: &str = r#"
#include <fcntl.h>
__attribute__((constructor)) static void mark(void) { open("/poisoned", O_CREAT | O_WRONLY, 0600); }
"#;

/// Makes a root folder that has the program, the bundle, a poisoned module, no CA bundle and no devices.
fn poisoned_root(root: &Path) {
    for folder in ["etc", "tmp", "proc", "lib/x86_64-linux-gnu", "lib64", "usr/lib"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    fs::write(
        root.join("etc/nsswitch.conf"),
        "passwd: poison\ngroup: poison\nhosts: files poison dns\n",
    )
    .unwrap();
    fs::write(root.join("etc/hosts"), "127.0.0.1 localhost target.test\n").unwrap();
    fs::write(root.join("etc/resolv.conf"), "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        .unwrap();
    fs::write(root.join("poison.c"), POISON).unwrap();
    for folder in ["lib/x86_64-linux-gnu", "lib64", "usr/lib"] {
        Program::tool("cc")
            .args(["-shared", "-fPIC", "-o"])
            .arg(root.join(folder).join("libnss_poison.so.2"))
            .arg(root.join("poison.c"))
            .run()
            .ok();
    }
    // The module needs the C library; with it at hand, only the program's restraint keeps it out.
    for library in ["libc.so.6", "ld-linux-x86-64.so.2"] {
        fs::copy(
            Path::new("/lib/x86_64-linux-gnu").join(library),
            root.join("lib/x86_64-linux-gnu").join(library),
        )
        .unwrap();
    }
    fs::copy("/lib64/ld-linux-x86-64.so.2", root.join("lib64/ld-linux-x86-64.so.2")).unwrap();
    let journey = Journey::shared();
    fs::copy(ours::sre_install_path(), root.join("sre-install")).unwrap();
    fs::copy(journey.bundle(), root.join("sre.tar.zst")).unwrap();
    fs::copy(journey.key(), root.join("site.pub")).unwrap();
}

fn inside(root: &Path, words: &[&str]) -> Program {
    Program::tool("chroot").arg(root).args(words).env("HOME", "/tmp").env("SRE_STATE", "/tmp")
}

/// A program that asks the C library for a name, built as ours is.
const CONTROL: &str = r#"
#include <netdb.h>
int main(void) { return gethostbyname("nowhere.test") == 0 ? 0 : 1; }
"#;

#[test]
fn the_trap_works_on_a_static_program_that_asks_the_c_library() {
    let root = tempfile::tempdir().unwrap();
    poisoned_root(root.path());
    fs::write(root.path().join("control.c"), CONTROL).unwrap();
    Program::tool("cc")
        .args(["-static", "-w", "-o"])
        .arg(root.path().join("control"))
        .arg(root.path().join("control.c"))
        .run()
        .ok();
    inside(root.path(), &["/control"]).run();
    assert!(root.path().join("poisoned").exists(), "the module was not loaded: the trap is broken");
}

#[test]
fn the_journey_in_a_bare_root_never_loads_the_hosts_modules() {
    let root = tempfile::tempdir().unwrap();
    poisoned_root(root.path());
    let target = Registry::start();
    let port = target.host().rsplit_once(':').unwrap().1;
    let bundle = ["--bundle", "/sre.tar.zst", "--key", "/site.pub"];
    let run = |words: &[&str]| {
        inside(root.path(), &["/sre-install"])
            .args(words.first())
            .args(bundle)
            .args(&words[1..])
            .run()
    };
    run(&["verify"]).ok();
    run(&["seed", "--to", &format!("http://target.test:{port}")]).ok();
    let said = run(&["seed", "--to", "http://nowhere.test:5000"]).fails_with(5);
    assert!(said.contains("nowhere.test"), "{said}");
    assert!(!root.path().join("poisoned").exists(), "a module of the host was loaded");
}
