use super::*;
use crate::PlatformName;
use crate::{Explain as _, Problem};

const WHOLE: &str = r#"
[bundle]
name = "sre"
version = "1.0.0"
channel = "stable"
platforms = ["linux/amd64"]

[registry."127.0.0.1:5000"]
plain-http = true

[registry."docker.io"]
ca-file = "ca.pem"
trusted-realms = ["auth.example.org", "[::1]"]
mirror = ["https://mirror.example.org/hub", "https://other.example.org"]

[[image]]
ref = "127.0.0.1:5000/bench/app1:1.0.1"

[[image]]
ref = "docker.io/library/nginx:1.27.3"
platforms = ["linux/arm64", "linux/amd64"]

[[chart]]
ref = "oci://127.0.0.1:5000/charts/demo"
version = "0.1.0"

[[chart]]
repo = "https://charts.example.org/stable"
name = "demo"
version = "v1.2.3+build.4"

[[file]]
url = "https://example.org/dir/tool.tar.gz?v=1"
sha256 = "0000000000000000000000000000000000000000000000000000000000000000"

[[file]]
url = "https://example.org/other"
checksum-file = "https://example.org/SHA256SUMS"
as = "tools/other.bin"

[[file]]
path = "notes/README.txt"
"#;

fn parse(text: &str) -> Result<Manifest, ManifestError> {
    Manifest::parse("manifest.toml", text.as_bytes())
}

fn problems(text: &str) -> Vec<Problem> {
    parse(text).unwrap_err().problems().to_vec()
}

#[test]
fn reads_every_kind_of_input() {
    let manifest = parse(WHOLE).unwrap();
    assert_eq!(manifest.bundle.channel.as_str(), "stable");
    assert_eq!(manifest.registries["127.0.0.1:5000"].protocol, Protocol::PlainHttp);
    assert_eq!(manifest.registries["docker.io"].mirrors.len(), 2);
    assert_eq!(manifest.registries["docker.io"].trusted_realms, ["auth.example.org", "[::1]"]);
    assert_eq!(manifest.images[0].platforms, [PlatformName::usual()]);
    assert_eq!(manifest.images[1].platforms.len(), 2);
    let ChartSource::Oci(reference) = &manifest.charts[0].source else { panic!() };
    assert_eq!(reference.to_string(), "127.0.0.1:5000/charts/demo");
    assert_eq!(manifest.charts[1].version, "v1.2.3+build.4");
    let names: Vec<_> = manifest.files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["tool.tar.gz", "tools/other.bin", "README.txt"]);
    assert_eq!(manifest.files[2].source, FileOrigin::Local("notes/README.txt".into(), None));
}

#[test]
fn a_bundle_without_channel_and_platforms_has_the_usual_ones() {
    let manifest = parse("[bundle]\nname = \"sre\"\nversion = \"1\"\n").unwrap();
    assert_eq!(manifest.bundle.channel.as_str(), "stable");
    assert_eq!(manifest.bundle.platforms, [PlatformName::usual()]);
}

#[test]
fn names_every_unknown_key_with_its_line_and_the_nearest_known_one() {
    let text = WHOLE
        .replace("plain-http", "plain_htpp")
        .replace("[[file]]\npath", "[[fiel]]\npath")
        .replace("ref = \"docker", "reff = \"docker");
    let mut found: Vec<_> = problems(&text)
        .iter()
        .map(|problem| {
            let help = problem.help_text().unwrap().split('?').next().unwrap().to_owned();
            (problem.line_and_column(), problem.to_string(), help)
        })
        .collect();
    found.sort();
    let expected = [
        ((9, 1), "unknown key `plain_htpp`", "did you mean `plain-http`"),
        ((20, 1), "unknown key `reff`", "did you mean `ref`"),
        ((41, 3), "unknown key `fiel`", "did you mean `file`"),
    ];
    let expected = expected.map(|(at, message, help)| (at, message.to_owned(), help.to_owned()));
    assert_eq!(found, expected);
}

#[test]
fn reports_everything_wrong_at_once() {
    let text = WHOLE
        .replace("version = \"1.0.0\"", "version = \"1 0\"")
        .replace("nginx:1.27.3", "nginx")
        .replace("version = \"0.1.0\"", "version = \"^0.1\"")
        .replace("as = \"tools/other.bin\"", "as = \"tools/con\"");
    let messages: Vec<_> = problems(&text).iter().map(ToString::to_string).collect();
    assert_eq!(messages.len(), 4, "{messages:?}");
}

#[test]
fn refuses_what_cannot_be_meant() {
    for (from, to, message) in [
        ("name = \"sre\"\n", "", "missing field `name`"),
        ("version = \"1.0.0\"", "version = 1", "invalid type"),
        ("[bundle]", "[bundle", "unclosed table"),
        ("platforms = [\"linux/amd64\"]", "platforms = []", "one platform"),
        ("\"linux/arm64\"", "\"arm64\"", "not a platform"),
        ("\"127.0.0.1:5000\"]", "\"https://127.0.0.1\"]", "not a registry host"),
        ("\"auth.example.org\"", "\"https://auth.example.org\"", "not the host of a token service"),
        ("\"auth.example.org\"", "\"auth.example.org:443\"", "not the host of a token service"),
        ("app1:1.0.1", "app1", "neither tag nor digest"),
        ("app1:1.0.1", "app1:latest", "another image from day to day"),
        ("docker.io/library/nginx:1.27.3", "nginx:1.27.3", "not an image reference"),
        ("docker.io/library/nginx:1.27.3", "127.0.0.1:5000/bench/app1:1.0.1", "there twice"),
        ("oci://127", "127", "begins with `oci://`"),
        ("charts/demo\"", "charts/demo:1\"", "no tag and no digest"),
        ("name = \"demo\"\n", "", "where this chart is"),
        ("sha256 = \"0000", "sha256 = \"00g0", "not a SHA-256"),
        ("checksum-file = \"https://example.org/SHA256SUMS\"\n", "", "what this URL must give"),
        ("path = \"notes", "as = \"notes", "where this file comes from"),
        ("path = \"notes/README.txt\"", "path = \"notes/Tool.TAR.gz\"", "there twice"),
        ("path = \"notes/README.txt\"", "path = \"notes/ä.txt\"", "printable ASCII"),
        ("https://example.org/other", "ftp://example.org/other", "must begin with"),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let found = problems(&WHOLE.replacen(from, to, 1));
        assert!(found.iter().any(|it| it.to_string().contains(message)), "{message}: {found:?}");
    }
}

#[test]
fn refuses_credentials_and_never_repeats_them() {
    for (from, to) in [
        ("https://example.org/dir", "https://user:hunter2@example.org/dir"),
        ("https://example.org/SHA", "https://user:hunter2@example.org/SHA"),
        ("https://charts.example", "https://hunter2@charts.example"),
        ("https://mirror.example", "https://user:hun/ter2hunter2@mirror.example"),
        ("ref = \"docker.io", "ref = \"user:hunter2@docker.io"),
        ("oci://127", "oci://user:hunter2@127"),
    ] {
        assert!(WHOLE.contains(from), "{from}");
        let error = parse(&WHOLE.replacen(from, to, 1)).unwrap_err();
        let shown: Vec<_> = error
            .problems()
            .iter()
            .map(|problem| format!("{:?}", miette::Report::new(problem.clone())))
            .collect();
        let everything = format!("{error} {error:?} {}", shown.concat());
        assert!(!everything.contains("hunter2"), "{everything}");
    }
}

#[test]
fn the_schema_refuses_unknown_keys_and_describes_every_key() {
    let schema = schema();
    let tables = schema["$defs"].as_object().unwrap().values().chain([&schema]);
    for table in tables.filter(|table| table["type"] == "object") {
        assert_eq!(table["additionalProperties"], false, "{table}");
        for (key, property) in table["properties"].as_object().unwrap() {
            assert!(property["description"].is_string(), "{key}");
        }
    }
}

#[test]
fn refuses_what_is_too_large_or_no_text() {
    let large = vec![b'#'; MAX_MANIFEST_BYTES + 1];
    let error = Manifest::parse("manifest.toml", &large).unwrap_err();
    assert!(matches!(error, ManifestError::TooLarge { .. }));
    let error = Manifest::parse("manifest.toml", b"\xff").unwrap_err();
    assert!(matches!(error, ManifestError::NotText { .. }));
}

#[test]
fn a_deep_nest_costs_an_error_and_no_stack() {
    for nest in ["[".repeat(500_000), "{a=".repeat(200_000)] {
        let error = Manifest::parse("manifest.toml", format!("bundle = {nest}").as_bytes());
        assert!(matches!(error, Err(ManifestError::Wrong { .. })));
    }
}

proptest::proptest! {
    #[test]
    fn a_damaged_manifest_never_panics_and_its_problems_can_be_shown(
        at in 0_usize..4000,
        byte in proptest::prelude::any::<u8>(),
    ) {
        let mut bytes = WHOLE.as_bytes().to_vec();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Err(error) = Manifest::parse("manifest.toml", &bytes) {
            for problem in error.problems() {
                let (line, column) = problem.line_and_column();
                proptest::prop_assert!(line >= 1 && column >= 1);
                let shown = format!("{:?}", miette::Report::new(problem.clone()));
                proptest::prop_assert!(shown.contains("manifest.toml"));
            }
        }
    }
}

const TOOL: &str = r#"
[bundle]
name = "sre"
version = "1.0.0"
platforms = ["linux/amd64", "linux/arm64"]

[[tool]]
name = "helm"
version = "4.3.1"
url = "https://example.org/helm-v{version}-{os}-{arch}.tar.gz"
checksum-file = "https://example.org/helm-v{version}-{os}-{arch}.tar.gz.sha256sum"
member = "{os}-{arch}/helm"

[[tool]]
name = "k9s"
version = "1"
url = "https://example.org/k9s_{machine}"
platforms = ["linux/arm64"]
sha256 = { "linux/arm64" = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" }

[[os-image]]
name = "rocky9"
version = "9.6"
url = "https://example.org/Rocky-{version}.{machine}.qcow2"
checksum-file = "https://example.org/CHECKSUM"
platforms = ["linux/amd64"]

[[tofu-provider]]
source = "registry.opentofu.org/bpg/proxmox"
version = "0.111.1"
"#;

#[test]
fn a_tool_or_os_image_is_a_download_for_each_platform_with_every_place_filled() {
    let manifest = parse(TOOL).unwrap();
    let [helm, k9s, rocky] = &manifest.downloads[..] else { panic!("{:?}", manifest.downloads) };
    let paths: Vec<_> = helm.downloads.iter().map(|program| program.path.as_str()).collect();
    assert_eq!(paths, ["tools/linux-amd64/helm", "tools/linux-arm64/helm"]);
    assert_eq!(helm.downloads[1].member.as_deref(), Some("linux-arm64/helm"));
    let FileOrigin::Checksummed(url, sums) = &helm.downloads[0].origin else { panic!() };
    assert_eq!(url.to_string(), "https://example.org/helm-v4.3.1-linux-amd64.tar.gz");
    assert_eq!(sums.to_string(), format!("{url}.sha256sum"));
    let FileOrigin::Pinned(url, _) = &k9s.downloads[0].origin else { panic!() };
    assert_eq!(url.to_string(), "https://example.org/k9s_aarch64");
    assert_eq!((k9s.downloads.len(), manifest.inputs()), (1, 4));
    let images: Vec<_> = rocky.downloads.iter().map(|image| image.path.as_str()).collect();
    assert_eq!(images, ["os-images/rocky9/Rocky-9.6.x86_64.qcow2"]);
}

#[test]
fn a_provider_is_a_zip_for_each_platform_at_the_place_of_a_filesystem_mirror() {
    let manifest = parse(TOOL).unwrap();
    let [Mirrored::TofuProvider(provider)] = &manifest.mirrored[..] else { panic!() };
    let paths: Vec<_> = provider.packages.iter().map(|package| package.path.as_str()).collect();
    let folder = "tofu/providers/registry.opentofu.org/bpg/proxmox";
    let [amd64, arm64] = ["amd64", "arm64"]
        .map(|arch| format!("{folder}/terraform-provider-proxmox_0.111.1_linux_{arch}.zip"));
    assert_eq!(paths, [amd64, arm64]);
    let fragment = "tofu/locks/registry.opentofu.org/bpg/proxmox_0.111.1.lock.hcl";
    assert_eq!(provider.lock_fragment.as_str(), fragment);
    assert_eq!(manifest.mirrored[0].title(), "registry.opentofu.org/bpg/proxmox 0.111.1");
}

#[test]
fn a_tool_that_cannot_be_known_is_refused() {
    for (from, to, said) in [
        ("{machine}", "{cpu}", "a place that nothing fills"),
        ("\"linux/arm64\" = ", "\"linux/amd64\" = ", "there is no SHA-256 for linux/arm64"),
        ("member = ", "sha256 = \"aa\"\nmember = ", "more than one thing"),
        ("name = \"k9s\"", "name = \"HELM\"", "this tool is there twice"),
        ("name = \"k9s\"", "name = \"../k9s\"", "this is not the name of a program"),
        (
            "\"registry.opentofu.org/bpg/proxmox\"",
            "\"bpg/proxmox\"",
            "not the source of a provider",
        ),
        ("\"registry.opentofu.org/bpg/", "\"a.example:5000/bpg/", "not the source of a provider"),
        ("org/bpg/proxmox\"", "org/../proxmox\"", "not the source of a provider"),
        ("\"0.111.1\"", "\"~> 0.111\"", "not one version"),
    ] {
        let text = TOOL.replace(from, to);
        let messages: Vec<_> = problems(&text).iter().map(ToString::to_string).collect();
        assert!(messages.iter().any(|message| message.contains(said)), "{to}: {messages:?}");
    }
}

#[test]
fn a_folder_has_a_name_of_its_own_and_the_version_of_the_bundle_for_a_tag() {
    let head = "[bundle]\nname = \"sre\"\nversion = \"1.0.0+a\"\n[[folder]]\npath = \"p\"\n";
    let text = format!("{head}ref = \"example.org/p\"\nignore = [\"*.md\"]\n");
    let manifest = parse(&text).unwrap();
    assert_eq!(manifest.folders[0].reference.to_string(), "example.org/p:1.0.0_a");
    assert_eq!((manifest.folders[0].ignore.len(), manifest.inputs()), (1, 1));
    let digest = format!("@sha256:{}", "0".repeat(64));
    for (from, to, said) in [
        ("example.org/p", &format!("example.org/p{digest}")[..], "has no digest"),
        ("path = \"p\"", "path = \" \"", "this path is empty"),
        ("*.md", "", "not one pattern"),
        ("*.md", "a\\nb", "not one pattern"),
        ("example.org/p", "p", "not an image reference"),
    ] {
        assert!(text.contains(from), "{from}");
        let found = problems(&text.replacen(from, to, 1));
        assert!(found.iter().any(|one| one.to_string().contains(said)), "{to}: {found:?}");
    }
}

const RENDERED: &str = r#"
[bundle]
name = "sre"
version = "1.0.0"

[kubernetes]
version = "v1.35.7+rke2r1"
api-versions = ["monitoring.coreos.com/v1", "apps/v1/Deployment"]
manifests = ["platform"]

[[image]]
ref = "ghcr.io/fluxcd/source-controller:v1.9.4"
used-by = "flux install"

[[chart]]
ref = "oci://quay.io/jetstack/charts/cert-manager"
version = "v1.21.1"
release-name = "issuer"
namespace = "cert-manager"
values = ["platform/core/cert-manager/values.yaml"]
operands = ["quay.io/jetstack/cert-manager-acmesolver:v1.21.1"]
not-needed = ["docker.io/bats/bats"]
"#;

#[test]
fn reads_how_charts_are_rendered_and_for_which_cluster() {
    let manifest = parse(RENDERED).unwrap();
    let kubernetes = manifest.kubernetes.unwrap();
    assert_eq!(kubernetes.version, "1.35.7+rke2r1");
    assert_eq!(kubernetes.api_versions.len(), 2);
    let Rendering { release, namespace, values, operands, not_needed } =
        &manifest.charts[0].rendering;
    assert_eq!(release.as_deref(), Some("issuer"));
    assert_eq!(namespace.as_deref(), Some("cert-manager"));
    assert_eq!(values[0].to_str(), Some("platform/core/cert-manager/values.yaml"));
    assert_eq!(operands[0].tag(), Some("v1.21.1"));
    assert_eq!(not_needed[0].to_string(), "docker.io/bats/bats");
    assert_eq!(manifest.images[0].used_by.as_deref(), Some("flux install"));
}

#[test]
fn refuses_renderings_that_cannot_be() {
    for (right, wrong, message) in [
        ("v1.35.7+rke2r1", "1.35", "not one version of Kubernetes"),
        ("apps/v1/Deployment", "a/b/c/d", "not an API"),
        ("release-name = \"issuer\"", "release-name = \"Issuer\"", "not the name of a release"),
        ("namespace = \"cert-manager\"", "namespace = \"-x\"", "not a namespace"),
        ("platform/core/", "https://example.org/", "not a path of this machine"),
        ("acmesolver:v1.21.1", "acmesolver", "neither tag nor digest"),
        ("docker.io/bats/bats", "bats", "not an image reference"),
        ("api-versions =", "api-version =", "unknown key `api-version`"),
    ] {
        let found = problems(&RENDERED.replace(right, wrong));
        let told: Vec<_> = found.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|it| it.contains(message)), "{message}: {told:?}");
    }
}
