//! Images that depend on values, and names that are not what they seem.

use super::platform::{Platform, two_platforms};

/// A template with the image of the values, put together as most charts do.
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}\n\
    spec:\n  containers:\n  - name: main\n    image: \"{{ with .Values.image }}{{ .registry }}/{{ .repository }}\
    {{ with .tag }}:{{ . }}{{ end }}{{ with .sha }}@sha256:{{ . }}{{ end }}{{ end }}\"\n";
/// The values that such a chart comes with.
const VALUES: &str = "image: {registry: HOST, repository: app, tag: 1.0.0}\n";

#[test]
fn the_values_of_the_platform_decide_not_those_of_the_chart() {
    let lines = "values = [\"platform/one.yaml\", \"platform/two.yaml\"]\nrelease-name = \"mine\"\nnamespace = \"demo-system\"\n";
    let found = Platform::new()
        .write("platform/one.yaml", "image: {repository: other}\n")
        .write("platform/two.yaml", "image: {tag: 2.0.0}\n")
        .chart_with("demo", lines, &[("templates/pod.yaml", POD), ("values.yaml", VALUES)])
        .carry(&["other:2.0.0"])
        .check();
    found.is_complete_with(&["HOST/other:2.0.0"]);
    assert!(found.evidence("HOST/other:2.0.0").contains("Pod demo-system/mine"));
    assert_eq!(found.images("offered"), ["HOST/app:1.0.0"]);
}

#[test]
fn subcharts_that_are_off_and_values_in_comments_are_offered_and_not_asked_for() {
    let chart = "apiVersion: v2\nname: demo\nversion: 1.0.0\nannotations:\n  artifacthub.io/images: |\n    - name: x\n      image: HOST/listed:1.0.0\n\
        dependencies: [{name: minio, version: 1.0.0, condition: minio.enabled}]\n";
    let values = "minio: {enabled: false}\n# initContainers:\n# - name: plugin\n#   image: HOST/plugin:v1.14.0\n";
    let files = [
        ("Chart.yaml", chart),
        ("values.yaml", values),
        ("charts/minio/Chart.yaml", "apiVersion: v2\nname: minio\nversion: 1.0.0\n"),
        (
            "charts/minio/values.yaml",
            "image: {registry: HOST, repository: bitnamilegacy/minio, tag: 1.0.0}\n",
        ),
        ("charts/minio/templates/pod.yaml", POD),
    ];
    let off = Platform::new().chart("demo", &files).carry(&["plugin:v1.14.0"]).check();
    let offered = ["HOST/bitnamilegacy/minio:1.0.0", "HOST/listed:1.0.0", "HOST/plugin:v1.14.0"];
    assert_eq!(off.images("offered"), offered);
    assert_eq!(off.images("unused"), ["HOST/plugin:v1.14.0"]);
    let on = Platform::new().write("on.yaml", "minio: {enabled: true}\n");
    let on = on.chart_with("demo", "values = [\"on.yaml\"]\n", &files).check();
    on.misses(&["HOST/bitnamilegacy/minio:1.0.0"]);
}

#[test]
fn tags_that_move_float_until_somebody_names_a_digest() {
    let values = "image: {registry: HOST, repository: scanner, tag: \"6\"}\n";
    let chart = [("templates/pod.yaml", POD), ("values.yaml", values)];
    let found = Platform::new().chart("demo", &chart).carry(&["scanner:6"]).check();
    assert_eq!(found.images("floating"), ["HOST/scanner:6"]);
    assert_eq!(found.report["complete"], false);
    let explained = Platform::new().chart("demo", &chart);
    let explained = explained.carry_with("scanner:6", "moving = \"it is a database\"\n");
    explained.check().is_complete_with(&["HOST/scanner:6"]);
    let digest =
        found.report["floating"][0]["digest"].as_str().unwrap().trim_start_matches("sha256:");
    let pinned =
        format!("image: {{registry: HOST, repository: scanner, tag: \"6\", sha: {digest}}}\n");
    let chart = [("templates/pod.yaml", POD), ("values.yaml", &pinned)];
    let found = Platform::new().chart("demo", &chart).carry(&["scanner:6"]).check();
    assert_eq!(found.images("floating"), Vec::<String>::new());
    assert_eq!(found.report["complete"], true);
}

#[test]
fn an_image_under_two_names_is_needed_under_both() {
    let other = VALUES.replace("app", "mirror/app");
    let found = Platform::new()
        .chart("one", &[("templates/pod.yaml", POD), ("values.yaml", VALUES)])
        .chart("two", &[("templates/pod.yaml", POD), ("values.yaml", &other)])
        .carry(&["app:1.0.0"])
        .check();
    found.misses(&["HOST/mirror/app:1.0.0"]);
}

#[test]
fn every_registry_that_needs_a_mirror_is_listed() {
    let short = "image: {registry: docker.io, repository: grafana/loki, tag: 3.7.6}\n";
    let aws = "image: {registry: ecr-public.aws.com, repository: docker/library/redis, tag: 8.2.3-alpine}\n";
    let found = Platform::new()
        .chart("one", &[("templates/pod.yaml", POD), ("values.yaml", short)])
        .chart("two", &[("templates/pod.yaml", POD), ("values.yaml", aws)])
        .check();
    assert_eq!(found.report["registries"], serde_json::json!(["docker.io", "ecr-public.aws.com"]));
}

#[test]
fn a_digest_of_one_platform_is_carried_with_its_index_and_only_then() {
    for (platform, carried) in [("linux/amd64", true), ("linux/arm64", false)] {
        let (index, digest) = two_platforms(platform);
        let hex = digest.trim_start_matches("sha256:");
        let values = format!("image: {{registry: HOST, repository: app, sha: {hex}}}\n");
        let chart = [("templates/pod.yaml", POD), ("values.yaml", values.as_str())];
        let found =
            Platform::new().chart("demo", &chart).carry_artifact("app:1.0.0", &index, "").check();
        let image = format!("HOST/app@{digest}");
        if carried {
            found.is_complete_with(&[&image]);
        } else {
            assert_eq!(found.images("missing"), [image]);
            assert_eq!(found.images("unused"), ["HOST/app:1.0.0"]);
            let note = found.report["missing"][0]["note"].as_str().unwrap();
            assert!(note.contains("without its linux/arm64"), "{note}");
        }
    }
}
