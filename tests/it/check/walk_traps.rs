//! Images in documents, where a search for containers would not find them.

use super::platform::Platform;

/// A pod with one container of this image.
fn pod(image: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: pod}}\nspec:\n  containers:\n  - name: main\n    image: {image}\n"
    )
}

#[test]
fn containers_of_every_kind_and_of_hooks_and_of_cron_jobs_count() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      \
        initContainers: [{name: a, image: \"HOST/init:1.0.0\"}]\n      containers: [{name: b, image: \"HOST/main:1.0.0\"}]\n      \
        ephemeralContainers: [{name: c, image: \"HOST/debug:1.0.0\"}]\n";
    let cron = "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: clean}\nspec:\n  jobTemplate:\n    spec:\n      template:\n        \
        spec:\n          containers: [{name: a, image: \"HOST/cron:1.0.0\"}]\n";
    let hook = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: {helm.sh/hook: pre-delete}\n\
        spec:\n  template:\n    spec:\n      containers: [{name: a, image: \"HOST/hook:1.0.0\"}]\n";
    let test = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: try\n  annotations: {helm.sh/hook: test}\n\
        spec:\n  containers: [{name: a, image: \"HOST/test:1.0.0\"}]\n";
    let found = Platform::new()
        .chart(
            "demo",
            &[
                ("templates/deployment.yaml", deployment),
                ("templates/cron.yaml", cron),
                ("templates/hook.yaml", hook),
                ("templates/tests/test.yaml", test),
            ],
        )
        .carry(&["init:1.0.0", "main:1.0.0", "debug:1.0.0", "cron:1.0.0"])
        .check();
    found.misses(&["HOST/hook:1.0.0", "HOST/test:1.0.0"]);
    let evidence = found.evidence("HOST/hook:1.0.0");
    for word in [
        "chart demo 1.0.0",
        "Job migrate",
        "pre-delete",
        "templates/hook.yaml",
        "containers[0].image",
    ] {
        assert!(evidence.contains(word), "{word} in {evidence}");
    }
    assert!(found.said.contains("2 images are missing"), "{}", found.said);
}

#[test]
fn custom_resources_name_images_in_fields_and_in_parts() {
    let prometheus = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: a}\nspec:\n  \
        image: HOST/prometheus:v3.14.0\n  version: v3.14.0\n  thanos: {baseImage: \"HOST/thanos:v0.42.4\"}\n";
    let driver = "apiVersion: example.org/v1\nkind: Driver\nmetadata: {name: a}\nspec:\n  \
        driver: {repository: HOST/drivers, image: gpu, version: 1.2.3}\n  \
        agent: {registry: HOST, repository: agent/main, tag: 2.0.0}\n";
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: drivers.example.org}\n\
        spec:\n  group: example.org\n  scope: Cluster\n  names: {kind: Driver, plural: drivers}\n  versions:\n  - name: v1\n    \
        served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        \
        description: \"image: HOST/words:1.0.0\"\n        properties:\n          image: {type: string, default: \"HOST/default:1.0.0\"}\n";
    Platform::new()
        .chart(
            "demo",
            &[
                ("templates/prometheus.yaml", prometheus),
                ("templates/driver.yaml", driver),
                ("crds/driver.yaml", definition),
            ],
        )
        .carry(&["prometheus:v3.14.0", "thanos:v0.42.4", "drivers/gpu:1.2.3", "agent/main:2.0.0"])
        .carry(&["default:1.0.0"])
        .check()
        .is_complete_with(&[
            "HOST/agent/main:2.0.0",
            "HOST/default:1.0.0",
            "HOST/drivers/gpu:1.2.3",
            "HOST/prometheus:v3.14.0",
            "HOST/thanos:v0.42.4",
        ]);
}

#[test]
fn arguments_and_environment_carry_images() {
    let deployment = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n  - name: a\n    image: HOST/operator:1.0.0\n    \
        args:\n    - --prometheus-config-reloader=HOST/reloader:v0.93.1\n    - --acme-http01-solver-image=HOST/solver:v1.21.1\n    \
        - --sidecar-image\n    - HOST/sidecar:1.0.0\n    - --log-level=info\n    - --image-pull-policy=IfNotPresent\n    env:\n    \
        - {name: AGENT_INJECT_VAULT_IMAGE, value: \"HOST/vault:2.6.2\"}\n    - {name: RELATED_IMAGE_SERVER, value: \"server:26.7.1\"}\n    \
        - {name: IMAGE_PULL_SECRETS, value: regcred}\n";
    let found = Platform::new()
        .chart("demo", &[("templates/pod.yaml", deployment)])
        .carry(&["operator:1.0.0", "reloader:v0.93.1", "solver:v1.21.1", "sidecar:1.0.0"])
        .carry(&["vault:2.6.2"])
        .check();
    // A short name is Docker Hub's.
    found.misses(&["docker.io/library/server:26.7.1"]);
    assert!(found.evidence("HOST/solver:v1.21.1").contains("args[1]"));
    assert!(found.evidence("HOST/vault:2.6.2").contains("env[0].value"));
}

#[test]
fn configuration_of_operators_is_walked_like_documents() {
    let json = r#"{"sidecars":{"image":"HOST/json:1.0.0"}}"#;
    let secret = "eyJpbWFnZSI6ImdoY3IuaW8vYS9zZWNyZXQ6MS4wLjAifQ==";
    let config = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  pod.yaml: |\n{}  \
         values: '{json}'\n  script.sh: |\n    #!/bin/sh\n    kubectl run x --image=HOST/script:1.0.0\n  \
         template: |\n    {{{{ `{{{{ if x }}}}` }}}}\n    image: HOST/template:1.0.0\n    image: {{{{ `{{{{ .image }}}}` }}}}\n",
        pod("HOST/yaml:1.0.0").lines().flat_map(|line| ["    ", line, "\n"]).collect::<String>()
    );
    let secret = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\ndata: {{config: {secret}}}\nstringData: {{b: 'image: HOST/string:1.0.0'}}\n"
    );
    let found = Platform::new()
        .chart("demo", &[("templates/config.yaml", &config), ("templates/secret.yaml", &secret)])
        .carry(&["yaml:1.0.0", "json:1.0.0", "script:1.0.0", "template:1.0.0", "string:1.0.0"])
        .check();
    found.misses(&["ghcr.io/a/secret:1.0.0"]);
    assert!(found.evidence("HOST/yaml:1.0.0").contains("data.pod.yaml(text).spec.containers[0]"));
}

#[test]
fn secrets_and_definitions_count_wherever_they_stand() {
    // Kubernetes passes over the line ends of base64, which a block of YAML always has.
    let broken = "aW1hZ2U6IGdo\n        Y3IuaW8vYS9zZWNyZXQ6MS4wLjAK";
    let list = format!(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {{name: a}}\n  data:\n    config: |\n        {broken}\n\
         - apiVersion: apiextensions.k8s.io/v1\n  kind: CustomResourceDefinition\n  metadata: {{name: d.example.org}}\n  spec:\n    \
         group: example.org\n    names: {{kind: D}}\n    versions:\n    - {{name: v1, schema: {{description: \"image: HOST/words:1.0.0\"}}}}\n"
    );
    let odd = "apiVersion: example.org/v1\nkind: D\nmetadata: {name: d}\nspec:\n  args: [{image: \"HOST/odd:1.0.0\"}]\n";
    let found = Platform::new()
        .chart("demo", &[("templates/list.yaml", &list), ("templates/odd.yaml", odd)])
        .carry(&["odd:1.0.0"])
        .check();
    found.misses(&["ghcr.io/a/secret:1.0.0"]);
}

#[test]
fn injected_containers_are_those_of_the_injectors_values() {
    let values = r#"{"global":{"hub":"HOST/release","tag":"1.30.3","variant":"distroless","proxy":{"image":"proxyv2"},"proxy_init":{"image":"proxyv2"}}}"#;
    let config = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: istio-sidecar-injector}}\ndata:\n  values: '{values}'\n  \
         config: |\n    template: |\n      image: \"{{{{ `{{{{ annotation .ObjectMeta .ProxyImage }}}}` }}}}\"\n"
    );
    let gateway = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: gateway}\nspec:\n  template:\n    metadata:\n      \
        annotations: {inject.istio.io/templates: gateway}\n    spec:\n      containers: [{name: istio-proxy, image: auto}]\n";
    let override_ = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: b\n  annotations: {sidecar.istio.io/proxyImage: \"HOST/other:1.0.0\"}\n\
        spec: {containers: [{name: a, image: \"HOST/app:1.0.0\"}]}\n";
    Platform::new()
        .chart(
            "istiod",
            &[
                ("templates/injector.yaml", &config),
                ("templates/gateway.yaml", gateway),
                ("templates/pod.yaml", override_),
            ],
        )
        .carry(&["release/proxyv2:1.30.3-distroless", "app:1.0.0", "other:1.0.0"])
        .check()
        .is_complete_with(&[
            "HOST/app:1.0.0",
            "HOST/other:1.0.0",
            "HOST/release/proxyv2:1.30.3-distroless",
        ]);
}

#[test]
fn a_name_that_no_runtime_can_read_is_told_as_such() {
    let hex = "ab".repeat(32);
    let found = Platform::new()
        .chart("demo", &[("templates/pod.yaml", &pod(&format!("HOST/app@sha256:sha256:{hex}")))])
        .check();
    assert_eq!(found.report["unreadable"][0]["text"], format!("HOST/app@sha256:sha256:{hex}"));
    assert!(found.said.contains("1 name is no image"), "{}", found.said);
}
