//! What people say that no chart does: operands, exceptions, users, manifests beside the charts.

use super::platform::Platform;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: \"HOST/app:1.0.0\"}]}\n";

#[test]
fn operands_are_asked_for_by_their_chart() {
    let found = Platform::new()
        .chart_with("demo", "operands = [\"HOST/worker:1.0.0\"]\n", &[("templates/pod.yaml", POD)])
        .carry(&["app:1.0.0"])
        .check();
    found.misses(&["HOST/worker:1.0.0"]);
    assert!(found.evidence("HOST/worker:1.0.0").contains("operands in the manifest"));
}

#[test]
fn exceptions_hold_for_their_chart_alone_and_end_with_their_reason() {
    let lines = "not-needed = [\"HOST/app\", \"HOST/gone:1.0.0\"]\n";
    let found = Platform::new().chart_with("demo", lines, &[("templates/pod.yaml", POD)]).check();
    assert_eq!(found.images("notNeeded"), ["HOST/app:1.0.0"]);
    assert_eq!(found.report["stale"], serde_json::json!(["HOST/gone:1.0.0 of chart demo 1.0.0"]));
    let found = Platform::new()
        .chart_with("demo", "not-needed = [\"HOST/app\"]\n", &[("templates/pod.yaml", POD)])
        .chart("other", &[("templates/pod.yaml", POD)])
        .check();
    found.misses(&["HOST/app:1.0.0"]);
}

#[test]
fn images_that_nothing_asks_for_are_unused_unless_somebody_is_named() {
    let found = Platform::new()
        .carry(&["left:1.0.0"])
        .carry_with("flux:1.0.0", "used-by = \"flux install\"\n")
        .check();
    assert_eq!(found.images("unused"), ["HOST/left:1.0.0"]);
    assert!(found.said.contains("1 image is unused"), "{}", found.said);
}

#[test]
fn manifests_beside_the_charts_are_walked_and_values_are_not_taken_for_them() {
    let kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n\
        images: [{name: x, newName: HOST/kustomized, newTag: 1.0.0}]\n";
    let release = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: a}\n\
        spec: {values: {image: {registry: HOST, repository: released, tag: 1.0.0}}}\n";
    let found = Platform::new()
        .kubernetes("[kubernetes]\nversion = \"1.35.7\"\nmanifests = [\"platform\"]\n")
        .write("platform/core/pod.yaml", POD)
        .write("platform/core/kustomization.yaml", kustomization)
        .write("platform/core/release.yaml", release)
        .write("platform/core/values.yaml", "image: HOST/values:1.0.0\n")
        .write("platform/core/chart/templates/a.yaml", "{{ if x }}\nkind: Pod\n{{ end }}\n")
        .carry(&["app:1.0.0", "kustomized:1.0.0", "released:1.0.0"])
        .check();
    found.is_complete_with(&["HOST/app:1.0.0", "HOST/kustomized:1.0.0", "HOST/released:1.0.0"]);
    assert!(found.evidence("HOST/app:1.0.0").contains("platform/core/pod.yaml"));
}

#[test]
fn a_manifest_that_cannot_be_read_is_told_and_links_are_followed() {
    let platform = Platform::new()
        .kubernetes("[kubernetes]\nversion = \"1.35.7\"\nmanifests = [\"platform\"]\n")
        .write("elsewhere/pod.yaml", POD)
        .write("platform/broken.yaml", "apiVersion: v1\nkind: Pod\nspec: [\n");
    std::os::unix::fs::symlink("../elsewhere", platform.path("platform/more")).unwrap();
    let found = platform.carry(&["app:1.0.0"]).check();
    assert_eq!(found.images("images"), ["HOST/app:1.0.0"]);
    let blind = found.report["blind"][0].as_str().unwrap();
    assert!(blind.contains("platform/broken.yaml"), "{blind}");
}

#[test]
fn images_in_the_archives_of_rke2_are_carried_with_and_without_their_digest() {
    let digest = format!("sha256:{}", "ab".repeat(32));
    let pods = |image: &str| POD.replace("HOST/app:1.0.0", image);
    let by_tag = pods("docker.io/rancher/calico:v3.1.2");
    let by_digest = pods(&format!("docker.io/rancher/calico:v3.1.2@{digest}"));
    let mut platform = Platform::new()
        .chart("demo", &[("templates/a.yaml", &by_tag), ("templates/b.yaml", &by_digest)])
        .chart("other", &[("templates/a.yaml", &pods("docker.io/rancher/calico:v3.1.3"))]);
    platform.release_rke2("docker.io/rancher/calico:v3.1.2", &digest);
    platform.check().misses(&["docker.io/rancher/calico:v3.1.3"]);
}
