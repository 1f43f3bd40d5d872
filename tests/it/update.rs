//! `update` against a real registry and a real git repository.

use sre_testkit::Upstream;
use sre_tests::{Program, Registry, images, ours};
use std::fs;
use std::path::Path;

#[test]
fn newer_tags_charts_and_git_tags_are_found_where_they_really_are() {
    let folder = tempfile::tempdir().unwrap();
    let registry = Registry::start();
    for tag in ["1.0.0", "1.1.0", "1.1.0-alpine", "2.0.0"] {
        images::push_image(
            &registry,
            &format!("demo/keys:{tag}"),
            &["/usr/share/keyrings".as_ref()],
        );
    }
    push_charts(&registry, folder.path());
    let server = Upstream::plain();
    server.put_file("/tool.git/info/refs", "text/plain", git_tags(&folder.path().join("tool")));
    let (host, sum) = (registry.host(), "00".repeat(32));
    let manifest = format!(
        "[bundle]\nname = \"demo\"\nversion = \"1.0.0\"\n[registry.\"{host}\"]\nplain-http = true\n\
         [[image]]\nref = \"{host}/demo/keys:1.0.0\"\n\
         [[chart]]\nref = \"oci://{host}/charts/demo\"\nversion = \"0.1.0\"\n\
         [[tool]]\nname = \"tool\"\nversion = \"1.0.0\"\nurl = \"{url}/tool\"\nsha256 = \"{sum}\"\nversions-from = \"{url}/tool.git\"\n",
        url = server.url()
    );
    fs::write(folder.path().join("manifest.toml"), manifest).unwrap();
    let said = ours::sre_bundle().arg("update").folder(folder.path()).run().ok();
    for line in [
        "demo/keys  1.0.0 -> 1.1.0 (minor), 2.0.0 (major)",
        "charts/demo  0.1.0 -> 0.2.0 (minor)",
        "tool  1.0.0 -> 1.0.1 (patch)",
    ] {
        assert!(said.contains(line), "{line} in\n{said}");
    }
}

fn push_charts(registry: &Registry, folder: &Path) {
    let helm = || Program::tool("helm").env("HOME", folder).folder(folder);
    helm().args(["create", "demo"]).run().ok();
    for version in ["0.1.0", "0.2.0", "0.3.0-rc.1"] {
        helm().args(["package", "demo", "--version", version]).run().ok();
        let (packed, target) =
            (format!("demo-{version}.tgz"), format!("oci://{}/charts", registry.host()));
        helm().args(["push", &packed, &target, "--plain-http"]).run().ok();
    }
}

/// Makes a repository with tags and gives the list that `git` makes for servers without git.
fn git_tags(folder: &Path) -> Vec<u8> {
    fs::create_dir(folder).unwrap();
    let git = |line: &str| {
        let identity = ["-c", "user.name=test", "-c", "user.email=test@example.org"];
        Program::tool("git").args(identity).args(line.split(' ')).folder(folder).run().ok();
    };
    git("init --quiet .");
    git("commit --quiet --allow-empty --message=first");
    git("tag v1.0.0");
    git("tag --annotate --message=second v1.0.1");
    git("update-server-info");
    fs::read(folder.join(".git/info/refs")).unwrap()
}
