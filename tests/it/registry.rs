//! A real registry as the target of `seed`.

use sre_tests::{IMAGES, Journey, Program, Registry};

fn seed(target: &Registry) -> String {
    let journey = Journey::shared();
    let to = format!("http://{}", target.host());
    journey.sre_install("seed", &journey.bundle()).args(["--to", &to, "--json"]).run().ok()
}

/// Gives the repository that `seed` uses for one of the upstream's.
fn seeded(repository: &str) -> String {
    // A port cannot stand in a repository's name; docs/phases/seed.md gives the rule.
    format!("{}/{repository}", Journey::shared().registry.host().replace(':', "_"))
}

#[test]
fn every_image_and_chart_arrives_with_its_digest() {
    let target = Registry::start();
    seed(&target);
    let source = &Journey::shared().registry;
    for image in IMAGES.into_iter().chain(["charts/demo:0.1.0"]) {
        let digest = |reference: String| {
            Program::tool("crane").args(["--insecure", "digest", &reference]).run().ok()
        };
        let arrived = digest(format!("{}/{}", target.host(), seeded(image)));
        assert_eq!(arrived, digest(format!("{}/{image}", source.host())), "{image}");
    }
}

#[test]
fn crane_checks_every_layer_that_arrived() {
    let target = Registry::start();
    seed(&target);
    for image in IMAGES {
        let reference = format!("{}/{}", target.host(), seeded(image));
        Program::tool("crane").args(["--insecure", "validate", "--remote", &reference]).run().ok();
    }
}

#[test]
fn a_second_run_stores_nothing() {
    let target = Registry::start();
    seed(&target);
    let before = target.stored_bytes();
    seed(&target);
    assert_eq!(target.stored_bytes(), before);
}

#[test]
fn another_digest_under_the_tag_is_a_conflict_and_stays() {
    let target = Registry::start();
    let name = seeded(IMAGES[0]);
    sre_tests::images::push_image(&target, &name, &["/usr/share/keyrings".as_ref()]);
    let digest = || {
        let reference = format!("{}/{name}", target.host());
        Program::tool("crane").args(["--insecure", "digest", &reference]).run().ok()
    };
    let before = digest();
    let journey = Journey::shared();
    let to = format!("http://{}", target.host());
    let said =
        journey.sre_install("seed", &journey.bundle()).args(["--to", &to]).run().fails_with(9);
    assert!(said.contains(&name), "the message does not name {name}:\n{said}");
    assert_eq!(digest(), before);
}

#[test]
fn a_bundle_without_images_says_that_there_is_nothing_to_seed() {
    let journey = Journey::shared();
    let folder = tempfile::tempdir().unwrap();
    let bundle = journey.bundle_of_file(folder.path(), b"a file alone");
    // Nobody listens there, and nobody is asked.
    let ran = journey.sre_install("seed", &bundle).args(["--to", "http://127.0.0.1:9"]).run();
    let said = ran.stderr();
    ran.ok();
    assert!(said.contains("no image and no chart"), "{said}");
}
