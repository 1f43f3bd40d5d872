//! What `check` says when it cannot look.

use super::platform::Platform;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: \"HOST/app:1.0.0\"}]}\n";
const FAILS: &str = "{{ required \"ingest.kafka.address is needed\" .Values.address }}\n";

#[test]
fn all_charts_that_do_not_render_are_told_at_once() {
    let platform = Platform::new()
        .chart("kafka", &[("templates/a.yaml", FAILS)])
        .chart("torn", &[("templates/a.yaml", "{{ if }}\n")])
        .chart("fine", &[("templates/pod.yaml", POD)])
        .locked();
    let said = platform.sre_bundle("check").run().fails_with(3);
    for word in
        ["2 charts do not render", "chart kafka 1.0.0", "ingest.kafka.address", "chart torn"]
    {
        assert!(said.contains(word), "{word} in {said}");
    }
    assert!(!said.contains("chart fine"), "{said}");
}

#[test]
fn wrong_and_missing_values_are_told_by_their_own_names() {
    let platform = |values: &str| {
        let lines = format!("values = [\"{values}\"]\n");
        Platform::new()
            .write("platform/wrong.yaml", "image: [\n")
            .chart_with("demo", &lines, &[("templates/pod.yaml", POD)])
            .locked()
    };
    let said = platform("platform/wrong.yaml").sre_bundle("check").run().fails_with(3);
    assert!(said.contains("platform/wrong.yaml") && !said.contains("/tmp/"), "{said}");
    let said = platform("platform/none.yaml").sre_bundle("check").run().fails_with(3);
    assert!(said.contains("platform/none.yaml"), "{said}");
}

#[test]
fn a_missing_version_and_a_missing_helm_are_told_with_the_remedy() {
    let platform = Platform::new().kubernetes("").chart("demo", &[("templates/pod.yaml", POD)]);
    let said = platform.locked().sre_bundle("check").run().fails_with(3);
    assert!(said.contains("[kubernetes]"), "{said}");
    let platform = Platform::new().chart("demo", &[("templates/pod.yaml", POD)]).locked();
    let said = platform.sre_bundle("check").env("PATH", "/nonexistent").run().fails_with(5);
    assert!(said.contains("--helm"), "{said}");
    platform.sre_bundle("check --helm /nonexistent/helm").run().fails_with(2);
}

#[test]
fn a_chart_that_renders_without_end_is_stopped() {
    let bomb = "{{- define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}\n";
    let platform = Platform::new().chart("bomb", &[("templates/a.yaml", bomb)]).locked();
    let said = platform.sre_bundle("check").run().fails_with(3);
    assert!(said.contains("chart bomb 1.0.0"), "{said}");
}
