//! The conformance suite of the OCI distribution specification, in its mode for read-only registries.

use sre_tests::{IMAGES, Journey, Program, Serving};

#[test]
fn serve_passes_the_read_only_suite_whole() {
    let serving = Serving::shared();
    let (repository, tag) = IMAGES[0].split_once(':').unwrap();
    let reference = format!("{}/{}", Journey::shared().registry.host(), IMAGES[0]);
    let crane =
        |verb: &str| Program::tool("crane").args(["--insecure", verb, &reference]).run().ok();
    let digest = crane("digest").trim_end().to_owned();
    let manifest: serde_json::Value = serde_json::from_str(&crane("manifest")).unwrap();
    let mut blobs = vec![manifest["config"]["digest"].as_str().unwrap()];
    blobs.extend(
        manifest["layers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|layer| layer["digest"].as_str().unwrap()),
    );
    let results = tempfile::tempdir().unwrap();
    let mut suite = Program::tool("conformance").folder(results.path());
    for (name, value) in [
        ("REGISTRY", serving.host()),
        ("TLS", "disabled"),
        ("REPO1", repository),
        ("REPO2", IMAGES[1].split_once(':').unwrap().0),
        ("VERSION", "1.1"),
        ("API_PUSH", "false"),
        ("API_BLOBS_DELETE", "false"),
        ("API_MANIFESTS_DELETE", "false"),
        ("API_TAGS_DELETE", "false"),
        ("RO_DATA_TAGS", tag),
        ("RO_DATA_MANIFESTS", &digest),
        ("RO_DATA_REFERRERS", &digest),
        ("RO_DATA_BLOBS", &blobs.join(" ")),
        ("RESULTS_DIR", results.path().to_str().unwrap()),
    ] {
        suite = suite.env(&format!("OCI_{name}"), value);
    }
    let ran = suite.run();
    assert_eq!(ran.code(), Some(0), "{}", ran.told());
    let junit = std::fs::read_to_string(results.path().join("junit.xml")).unwrap();
    let tests = junit.split("tests=\"").nth(1).and_then(|rest| rest.split('"').next());
    let tests: usize = tests.unwrap().parse().unwrap();
    assert!(tests > 20, "only {tests} tests ran");
}
