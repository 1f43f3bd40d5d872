//! What the other tests stand on: a real registry takes real images, and a real runtime comes up.

use sre_tests::{Containerd, Program, Registry, images};
use std::path::Path;

#[test]
fn a_real_registry_takes_images_and_charts_of_real_files() {
    let registry = Registry::start();
    images::push_image(&registry, "demo/zones:1", &[Path::new("/usr/share/zoneinfo")]);
    let chart = images::push_chart(&registry, "charts", "demo");
    assert!(chart.starts_with(&[0x1f, 0x8b]), "a chart is a gzip file");
    assert_eq!(registry.repositories(), ["charts/demo", "demo/zones"]);
    assert_eq!(registry.tags("demo/zones"), ["1"]);
    let image = format!("{}/demo/zones:1", registry.host());
    Program::tool("crane").args(["--insecure", "validate", "--remote", &image]).run().ok();
}

#[test]
fn a_private_containerd_comes_up() {
    let version = Containerd::start().ctr().arg("version").run().ok();
    assert!(version.contains("Server:"), "{version}");
}
