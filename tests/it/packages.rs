//! Programs that install packages find in a bundle all that they would have asked a registry for.

use sre_testkit::Upstream;
use sre_testkit::package::{Plugin, Provider};
use sre_tests::{Program, Unpacked};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

const SOURCE: &str = "registry.example.org/acme/tiny";

/// A real program that can stand for a provider: `tofu init` installs it and does not start it.
fn program() -> Vec<u8> {
    fs::read("/bin/true").unwrap()
}

fn provider() -> Unpacked {
    let upstream = Upstream::plain();
    Provider::new("acme", "tiny", "1.2.0", &program()).publish(&upstream);
    let inputs = format!(
        "[[tofu-provider]]\nsource = \"{SOURCE}\"\nversion = \"1.2.0\"\nregistry = \"http://HOST\"\n"
    );
    Unpacked::carry(upstream, &inputs)
}

/// Gives `tofu` in a folder that wants the provider.
fn tofu(carried: &Unpacked) -> Program {
    let folder = carried.path("site");
    fs::create_dir_all(&folder).unwrap();
    let wanted = format!(
        "terraform {{\n  required_providers {{\n    tiny = {{\n      source  = \"{SOURCE}\"\n      \
         version = \"1.2.0\"\n    }}\n  }}\n}}\n"
    );
    fs::write(folder.join("main.tf"), wanted).unwrap();
    Program::tool("tofu")
        .folder(&folder)
        .env("CHECKPOINT_DISABLE", "1")
        .env("TF_CLI_CONFIG_FILE", carried.path("tofu.rc"))
}

#[test]
fn tofu_installs_a_provider_and_agrees_about_its_hashes() {
    let carried = provider();
    fs::write(carried.path("tofu.rc"), "").unwrap();
    let mirror = carried.inside("tofu/providers");
    let option = format!("-plugin-dir={}", mirror.display());
    let fragment = carried.inside(format!("tofu/locks/{SOURCE}_1.2.0.lock.hcl"));
    let fragment = fs::read_to_string(fragment).unwrap();

    tofu(&carried).args(["init", "-no-color", &option]).run().ok();
    let written = fs::read_to_string(carried.path("site/.terraform.lock.hcl")).unwrap();
    let hashes = |text: &str| -> Vec<String> {
        text.lines()
            .map(str::trim)
            .filter(|it| it.starts_with("\"h1:"))
            .map(str::to_owned)
            .collect()
    };
    assert!(!hashes(&written).is_empty(), "{written}");
    assert_eq!(hashes(&written), hashes(&fragment), "{written}{fragment}");

    fs::remove_dir_all(carried.path("site")).unwrap();
    let run = tofu(&carried);
    fs::write(carried.path("site/.terraform.lock.hcl"), &fragment).unwrap();
    run.args(["init", "-no-color", "-lockfile=readonly", &option]).run().ok();
}

#[test]
fn tofu_finds_the_provider_by_its_configuration_and_refuses_another_zip() {
    let carried = provider();
    let mirror = carried.inside("tofu/providers");
    let rc = format!(
        "provider_installation {{\n  filesystem_mirror {{\n    path = \"{}\"\n  }}\n}}\n",
        mirror.display()
    );
    fs::write(carried.path("tofu.rc"), rc).unwrap();
    let run = tofu(&carried);
    let fragment = carried.inside(format!("tofu/locks/{SOURCE}_1.2.0.lock.hcl"));
    fs::copy(fragment, carried.path("site/.terraform.lock.hcl")).unwrap();
    run.args(["init", "-no-color", "-lockfile=readonly"]).run().ok();

    let zip = mirror.join(SOURCE).join("terraform-provider-tiny_1.2.0_linux_amd64.zip");
    fs::write(zip, Provider::new("acme", "tiny", "1.2.0", b"another").package).unwrap();
    fs::remove_dir_all(carried.path("site/.terraform")).unwrap();
    let said = tofu(&carried).args(["init", "-no-color"]).run().fails_with(1);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("doesn't match any of the checksums"), "{said}");
}

#[test]
fn packer_lists_a_plugin_and_no_other_one() {
    let upstream = Upstream::plain();
    // Packer lists what answers to `describe` as its plugins do.
    let answers = b"#!/bin/sh\necho '{\"version\":\"1.2.0\",\"sdk_version\":\"0.6.0\",\
                    \"api_version\":\"x5.0\",\"datasources\":[\"tiny\"]}'\n";
    Plugin::new("tiny", "1.2.0", answers).publish(&upstream);
    let carried = Unpacked::carry(
        upstream,
        "[[packer-plugin]]\nsource = \"github.com/acme/tiny\"\nversion = \"1.2.0\"\n\
         releases = \"http://HOST/plugins/v{version}\"\n",
    );
    let folder = carried.inside("packer/plugins");
    let plugin = folder.join("github.com/acme/tiny/packer-plugin-tiny_v1.2.0_x5.0_linux_amd64");
    fs::set_permissions(&plugin, fs::Permissions::from_mode(0o755)).unwrap();
    let installed = || {
        Program::tool("packer")
            .args(["plugins", "installed"])
            .env("PACKER_PLUGIN_PATH", &folder)
            .env("PACKER_CONFIG_DIR", carried.path("config"))
            .env("CHECKPOINT_DISABLE", "1")
            .run()
    };
    let listed = installed().ok();
    assert!(listed.contains(plugin.to_str().unwrap()), "{listed}");
    fs::write(&plugin, "another program").unwrap();
    let listed = installed();
    assert!(!listed.stdout().contains("packer-plugin-tiny"), "{}", listed.told());
}
