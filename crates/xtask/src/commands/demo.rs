//! `cargo xtask demo`: carries a bundle from an embedded upstream to a second registry, with the real programs.

use crate::demo::{Content, IMAGES, pull};
use crate::programs::{Program, Server};
use anyhow::{Context as _, Result, bail};
use sre_testkit::Upstream;
use std::fs;
use std::path::PathBuf;
use std::time::Instant;

const BUILD: [&str; 7] =
    ["build", "--manifest", "manifest.toml", "--lock", "images.lock", "--key", "site.key"];

/// The folder and the programs of one demo.
struct Stage {
    folder: tempfile::TempDir,
    programs: PathBuf,
}

pub(crate) fn run() -> Result<()> {
    println!("Building both programs ...");
    let stage = Stage { folder: tempfile::tempdir()?, programs: super::release::build_debug()? };
    let upstream = Upstream::plain();
    let content = Content::push_to(&upstream)?;
    fs::write(stage.path("manifest.toml"), &content.manifest)?;
    println!(
        "An upstream with {} images, a chart and a file, {} in all, listens at {}.\n\n{}",
        IMAGES.len(),
        megabytes(content.bytes),
        upstream.url(),
        content.manifest
    );
    stage.carry_out()?;
    stage.carry_in(&upstream)?;
    stage.build_again()?;
    println!("\nDone. Nothing is left behind: {} goes away now.", stage.folder.path().display());
    Ok(())
}

impl Stage {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The connected side: key, lock, bundle.
    fn carry_out(&self) -> Result<()> {
        self.step("sre-bundle", &["keygen", "--out", "site"])?;
        self.step("sre-bundle", &["lock", "--manifest", "manifest.toml", "--lock", "images.lock"])?;
        self.step("sre-bundle", &[&BUILD[..], &["-o", "sre.tar.zst"]].concat())?;
        println!("   sre.tar.zst has {}", megabytes(fs::metadata(self.path("sre.tar.zst"))?.len()));
        self.step("sre-bundle", &["inspect", "sre.tar.zst"])
    }

    /// The disconnected side: verify, serve, seed, and everything pulled back from both.
    fn carry_in(&self, upstream: &Upstream) -> Result<()> {
        let bundle = ["--bundle", "sre.tar.zst", "--key", "site.pub"];
        self.step("sre-install", &[&["verify"], &bundle[..]].concat())?;
        let serve =
            [&["serve"], &bundle[..], &["--listen", "127.0.0.1:0", "--plain-http"]].concat();
        announce("sre-install", &serve);
        let server = Server::start(self.program("sre-install", &serve))?;
        compare("served", upstream, server.host(), |repository| Ok(repository.to_owned()))?;
        drop(server);
        let target = Upstream::plain();
        self.step("sre-install", &[&["seed"], &bundle[..], &["--to", target.url()]].concat())?;
        let repositories = target.repositories();
        compare("seeded", upstream, &target.host(), |repository| {
            let found = repositories.iter().find(|name| name.ends_with(&format!("/{repository}")));
            found.cloned().with_context(|| format!("{repository} did not arrive: {repositories:?}"))
        })
    }

    fn build_again(&self) -> Result<()> {
        self.step("sre-bundle", &[&BUILD[..], &["-o", "again.tar.zst"]].concat())?;
        if fs::read(self.path("sre.tar.zst"))? != fs::read(self.path("again.tar.zst"))? {
            bail!("two builds from one lock differ");
        }
        println!("   again.tar.zst and sre.tar.zst are equal, byte for byte");
        Ok(())
    }

    fn step(&self, name: &str, arguments: &[&str]) -> Result<()> {
        announce(name, arguments);
        let begun = Instant::now();
        self.program(name, arguments).run()?;
        println!("   took {:.2} s", begun.elapsed().as_secs_f64());
        Ok(())
    }

    fn program(&self, name: &str, arguments: &[&str]) -> Program {
        Program::new(self.programs.join(name))
            .arguments(arguments)
            .in_folder(self.folder.path())
            .environment("SRE_KEY_PASSPHRASE", "")
            .environment("SRE_STATE", self.path("state"))
    }
}

/// Pulls everything back from a registry and compares it with the upstream.
fn compare(
    verb: &str,
    upstream: &Upstream,
    host: &str,
    name: impl Fn(&str) -> Result<String>,
) -> Result<()> {
    for (repository, tag) in IMAGES.into_iter().chain([("charts/demo", "0.1.0")]) {
        let name = name(repository)?;
        let begun = Instant::now();
        let (digest, bytes) = pull(host, &name, tag)?;
        let wanted = upstream.manifest(repository, tag).context("the upstream lost a tag")?;
        if digest != sre_format::Digest::of(&wanted.bytes) {
            bail!("{verb} {name}:{tag} is {digest}, which is not what upstream has");
        }
        println!(
            "   {verb} and pulled back, equal: {name}:{tag} {digest} ({}, {:.2} s)",
            megabytes(bytes),
            begun.elapsed().as_secs_f64()
        );
    }
    Ok(())
}

fn announce(name: &str, arguments: &[&str]) {
    println!("\n$ {name} {}", arguments.join(" "));
}

#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
