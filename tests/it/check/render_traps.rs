//! Images that a template only asks for in some clusters, or at some times.

use super::platform::Platform;

/// A pod of an image under a condition of the template.
fn pod_if(condition: &str, image: &str) -> String {
    format!(
        "{{{{- if {condition} }}}}\napiVersion: v1\nkind: Pod\nmetadata: {{name: pod}}\nspec:\n  containers:\n  - name: main\n    \
         image: \"{image}\"\n{{{{- end }}}}\n"
    )
}

#[test]
fn the_version_of_the_cluster_makes_tags_and_opens_blocks() {
    let kubectl = pod_if("true", "HOST/kubectl:{{ .Capabilities.KubeVersion.Version }}");
    let gated =
        pod_if("semverCompare \">=1.35-0\" .Capabilities.KubeVersion.Version", "HOST/new:1.0.0");
    let closed =
        pod_if("semverCompare \"<1.30-0\" .Capabilities.KubeVersion.Version", "HOST/old:1.0.0");
    let chart = [
        ("templates/kubectl.yaml", kubectl.as_str()),
        ("templates/gated.yaml", gated.as_str()),
        ("templates/closed.yaml", closed.as_str()),
    ];
    let found =
        Platform::new().chart("demo", &chart).carry(&["kubectl:v1.35.7", "new:1.0.0"]).check();
    found.is_complete_with(&["HOST/kubectl:v1.35.7", "HOST/new:1.0.0"]);
    assert_eq!(found.report["kubernetes"], "1.35.7");
    let older =
        Platform::new().kubernetes("[kubernetes]\nversion = \"1.29.2\"\n").chart("demo", &chart);
    older.carry(&["kubectl:v1.29.2"]).check().misses(&["HOST/old:1.0.0"]);
}

#[test]
fn what_stands_behind_a_lookup_is_seen() {
    let mend = pod_if("lookup \"batch/v1\" \"Job\" .Release.Namespace \"old\"", "HOST/mend:1.0.0");
    let secret = "{{- $found := lookup \"v1\" \"Secret\" .Release.Namespace \"a\" }}\n{{- if $found.data }}\napiVersion: v1\n\
        kind: Pod\nmetadata: {name: never}\nspec: {containers: [{name: a, image: \"HOST/never:1.0.0\"}]}\n{{- end }}\n";
    let upgrade = pod_if(".Release.IsUpgrade", "HOST/upgrade:1.0.0");
    let found = Platform::new()
        .chart(
            "demo",
            &[
                ("templates/mend.yaml", &mend),
                ("templates/secret.yaml", secret),
                ("templates/upgrade.yaml", &upgrade),
            ],
        )
        .carry(&["mend:1.0.0"])
        .check();
    found.misses(&["HOST/upgrade:1.0.0"]);
    assert_eq!(found.report["blind"].as_array().unwrap().len(), 0);
}

#[test]
fn what_cannot_be_looked_at_is_said_until_somebody_lists_it() {
    let odd = "{{- $found := lookup \"v1\" \"Secret\" .Release.Namespace \"a\" }}\n{{- if $found }}\napiVersion: v1\n\
        kind: ConfigMap\nmetadata: {name: a}\ndata: {a: {{ $found.data.password | b64dec }}}\n{{- end }}\n";
    let found = Platform::new().chart("demo", &[("templates/odd.yaml", odd)]).check();
    assert!(found.report["blind"][0].as_str().unwrap().contains("chart demo 1.0.0"));
    let listed = Platform::new()
        .chart_with("demo", "operands = [\"HOST/later:1.0.0\"]\n", &[("templates/odd.yaml", odd)])
        .carry(&["later:1.0.0"])
        .check();
    listed.is_complete_with(&["HOST/later:1.0.0"]);
    assert_eq!(listed.report["blind"].as_array().unwrap().len(), 0);
}

#[test]
fn apis_of_other_charts_open_blocks_and_close_none() {
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.org}\n\
        spec:\n  group: example.org\n  scope: Cluster\n  names: {kind: Thing, plural: things}\n  versions: [{name: v1, served: true, storage: true}]\n";
    let with = pod_if(".Capabilities.APIVersions.Has \"example.org/v1/Thing\"", "HOST/with:1.0.0");
    let without =
        pod_if("not (.Capabilities.APIVersions.Has \"example.org/v1\")", "HOST/without:1.0.0");
    let told = pod_if(".Capabilities.APIVersions.Has \"route.openshift.io/v1\"", "HOST/told:1.0.0");
    Platform::new()
        .kubernetes(
            "[kubernetes]\nversion = \"1.35.7\"\napi-versions = [\"route.openshift.io/v1\"]\n",
        )
        .chart("brings", &[("crds/things.yaml", definition)])
        .chart(
            "asks",
            &[
                ("templates/with.yaml", &with),
                ("templates/without.yaml", &without),
                ("templates/told.yaml", &told),
            ],
        )
        .carry(&["with:1.0.0", "without:1.0.0", "told:1.0.0"])
        .check()
        .is_complete_with(&["HOST/told:1.0.0", "HOST/with:1.0.0", "HOST/without:1.0.0"]);
}
