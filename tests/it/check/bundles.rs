//! `check` without a network: from the cache, and on a finished bundle.

use sre_tests::Program;

use super::platform::{Found, Platform};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: \"{{ .Values.image }}\"}]}\n";
const VALUES: &str = "image: HOST/app:1.0.0\n";

/// A platform with a chart of an HTTP repository and one of a registry, locked.
fn locked() -> Platform {
    let mut platform = Platform::new()
        .chart("http", &[("templates/pod.yaml", POD), ("values.yaml", VALUES)])
        .write("charts/oci/Chart.yaml", "apiVersion: v2\nname: oci\nversion: 2.0.0\n")
        .write("charts/oci/templates/pod.yaml", POD)
        .write("charts/oci/values.yaml", "image: HOST/other:1.0.0\n")
        .carry(&["app:1.0.0", "other:1.0.0"]);
    platform.helm().args(["package", "charts/oci"]).run().ok();
    let target = format!("oci://{}/charts", platform.upstream.host());
    platform.helm().args(["push", "oci-2.0.0.tgz", &target, "--plain-http"]).run().ok();
    platform.name(&format!("[[chart]]\nref = \"{target}/oci\"\nversion = \"2.0.0\"\n"));
    platform.locked()
}

#[test]
fn after_lock_the_cache_is_enough() {
    let platform = locked();
    let host = platform.upstream.host();
    platform.upstream.clear_log();
    let ran = platform.sre_bundle("check --offline --json").run();
    Found::of(&ran, &host).is_complete_with(&["HOST/app:1.0.0", "HOST/other:1.0.0"]);
    assert!(platform.upstream.log().is_empty(), "it asked the upstream");
    std::fs::remove_dir_all(platform.path("cache")).unwrap();
    let said = platform.sre_bundle("check --offline").run().fails_with(3);
    assert!(said.contains("is not in the cache") && said.contains("--offline"), "{said}");
    let ran = platform.sre_bundle("check --json").run();
    Found::of(&ran, &host).is_complete_with(&["HOST/app:1.0.0", "HOST/other:1.0.0"]);
}

#[test]
fn a_bundle_proves_itself_without_its_upstream() {
    let platform = locked();
    let host = platform.upstream.host();
    platform.sre_bundle("keygen --out site").run().ok();
    platform.sre_bundle("build --key site.key -o sre.tar.zst").run().ok();
    std::fs::remove_dir_all(platform.path("cache")).unwrap();
    platform.upstream.clear_log();
    let ran = platform.sre_bundle("check --bundle sre.tar.zst --key site.pub --json").run();
    Found::of(&ran, &host).is_complete_with(&["HOST/app:1.0.0", "HOST/other:1.0.0"]);
    assert!(platform.upstream.log().is_empty(), "it asked the upstream");
    let ran = platform.sre_bundle("check --bundle sre.tar.zst").run();
    assert!(ran.stderr().contains("UNVERIFIED"), "{}", ran.told());
    assert!(ran.ok().contains("complete: 2 images"));
}

#[test]
fn helm_gets_neither_settings_nor_plugins_nor_a_cluster_of_whoever_runs_it() {
    let platform = locked();
    let seen = platform.path("seen");
    let script = format!("#!/bin/sh\nenv > {}\nexec \"$REAL\" \"$@\"\n", seen.display());
    let helm =
        Program::tool("sh").args(["-c", "command -v helm"]).env("PATH", sre_tests::path_of_tools());
    let script = script.replace("$REAL", helm.run().ok().trim());
    let program = platform.path("helm");
    std::fs::write(&program, script).unwrap();
    Program::tool("chmod").arg("+x").arg(&program).run().ok();
    let run =
        platform.sre_bundle("check --offline").env("KUBECONFIG", "/a").env("HELM_PLUGINS", "/b");
    run.arg("--helm").arg(&program).run().ok();
    let seen = std::fs::read_to_string(seen).unwrap();
    assert!(!seen.contains("KUBECONFIG") && !seen.contains("HELM_PLUGINS=/b"), "{seen}");
}
