//! Images and charts from real files, made by the tools that people use.

use crate::{Program, Registry};
use std::fs;
use std::path::Path;

/// Makes an image of some layers, each a file or folder of this machine, and pushes it.
///
/// `name` is `repository:tag`.
pub fn push_image(registry: &Registry, name: &str, layers: &[&Path]) {
    let scratch = tempfile::tempdir().unwrap();
    let layout = scratch.path().join("layout");
    let image = format!("{}:made", layout.display());
    let umoci = || Program::tool("umoci").env("HOME", scratch.path());
    umoci().args(["init", "--layout"]).arg(&layout).run().ok();
    umoci().args(["new", "--image", &image]).run().ok();
    for layer in layers {
        umoci().args(["insert", "--image", &image]).args([layer, layer]).run().ok();
    }
    Program::tool("skopeo")
        .args(["copy", "--insecure-policy", "--dest-tls-verify=false", &format!("oci:{image}")])
        .arg(format!("docker://{}/{name}", registry.host()))
        .env("HOME", scratch.path())
        .env("TMPDIR", scratch.path())
        .run()
        .ok();
}

/// Makes a chart by `helm create`, pushes it below `folder` and gives the packed file's bytes.
pub fn push_chart(registry: &Registry, folder: &str, name: &str) -> Vec<u8> {
    let scratch = tempfile::tempdir().unwrap();
    let helm = || Program::tool("helm").env("HOME", scratch.path()).folder(scratch.path());
    helm().args(["create", name]).run().ok();
    helm().args(["package", name]).run().ok();
    let packed = format!("{name}-0.1.0.tgz");
    let target = format!("oci://{}/{folder}", registry.host());
    helm().args(["push", &packed, &target, "--plain-http"]).run().ok();
    fs::read(scratch.path().join(packed)).unwrap()
}
