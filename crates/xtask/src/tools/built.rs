//! Tools built from source, one at a time: `cargo install` for Rust, `go install` or `go build` for Go.

use crate::programs::Program;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::go_module::GoModule;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CargoTool {
    pub(crate) name: String,
    version: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GoTool {
    pub(crate) name: String,
    package: String,
    version: String,
    /// The module, where its `go.mod` replaces others, which `go install` refuses to follow.
    module: Option<String>,
    /// Values that its release sets, as the linker takes them: `PACKAGE.NAME=VALUE`.
    #[serde(default)]
    set: Vec<String>,
    /// Whether proxies of modules are known to refuse it; tests then say aloud what was not run.
    #[serde(default, rename = "may-be-refused")]
    may_be_refused: bool,
}

impl CargoTool {
    pub(crate) fn install(&self, tools: &Path) -> Result<()> {
        build_once(tools, &self.name, &self.version, &[&self.name], |folder| {
            Program::new("cargo")
                .arguments(["install", "--quiet", "--locked", "--no-track", "--version"])
                .arguments([&self.version, &self.name])
                .arguments([Path::new("--root"), folder])
                // A target folder of its own would build each dependency again for the next tool.
                .environment("CARGO_TARGET_DIR", tools.join("cargo-target"))
                .run()?;
            fs::rename(folder.join("bin").join(&self.name), folder.join(&self.name))?;
            Ok(())
        })
    }
}

impl GoTool {
    pub(crate) fn install(&self, tools: &Path, workshop: &GoWorkshop) -> Result<()> {
        let refused = tools.join(format!("{}.refused", self.name));
        match self.build(tools, workshop) {
            Err(error) if self.may_be_refused && is_refusal(&error) => {
                println!("NOT BUILT: {} {}: {error:#}", self.name, self.version);
                fs::write(refused, format!("{error:#}\n")).map_err(Into::into)
            }
            Ok(()) if refused.exists() => fs::remove_file(refused).map_err(Into::into),
            built => built,
        }
    }

    fn build(&self, tools: &Path, workshop: &GoWorkshop) -> Result<()> {
        build_once(tools, &self.name, &self.version, &[&self.name], |folder| match &self.module {
            Some(module) => self.build_beside(module, folder, workshop),
            None => workshop
                .go()?
                .arguments(["install", "-p", "2", "-trimpath", "-modcacherw", "-ldflags"])
                .arguments([self.linker_flags(), format!("{}@{}", self.package, self.version)])
                .environment("GOBIN", folder)
                .run(),
        })
    }

    /// Builds in a module of ours that requires the tool's and repeats what that replaces.
    fn build_beside(&self, module: &str, folder: &Path, workshop: &GoWorkshop) -> Result<()> {
        let scratch = tempfile::tempdir()?;
        let go = || Ok::<_, anyhow::Error>(workshop.go()?.in_folder(scratch.path()));
        let wanted = format!("{module}@{}", self.version);
        // With `-json` the reason of a failure is among the data, where no error message has it.
        go()?.arguments(["mod", "download", &wanted]).output()?;
        let found = go()?.arguments(["mod", "download", "-json", &wanted]).output()?;
        let found: serde_json::Value = serde_json::from_str(&found)?;
        let theirs = found["GoMod"].as_str().context("the Go command names no go.mod")?;
        let theirs = go()?.arguments(["mod", "edit", "-json", theirs]).output()?;
        let theirs: GoModule = serde_json::from_str(&theirs)?;
        fs::write(scratch.path().join("go.mod"), theirs.repeated(module, &self.version))?;
        go()?
            .arguments(["build", "-mod=mod", "-p", "2", "-trimpath", "-modcacherw", "-ldflags"])
            .arguments([&self.linker_flags(), "-o"])
            .arguments([folder.join(&self.name).as_os_str(), self.package.as_ref()])
            .run()
    }

    fn linker_flags(&self) -> String {
        let set = self.set.iter().map(|value| format!(" -X {value}"));
        format!("-s -w{}", set.collect::<String>())
    }
}

/// Tells whether a proxy of modules has the module, and does not give it.
fn is_refusal(error: &anyhow::Error) -> bool {
    let said = format!("{error:#}");
    said.contains("403 Forbidden") || said.contains("module version is not available")
}

/// The Go command with its caches: the user's own, or in CI private ones that go away at the end.
///
/// The caches of one whole set-up take gigabytes that a CI machine would keep for nothing.
pub(crate) struct GoWorkshop {
    private: Option<PathBuf>,
}

impl GoWorkshop {
    pub(crate) fn open(tools: &Path) -> Result<Self> {
        let in_ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty());
        let private = in_ci.then(|| tools.join("go-caches"));
        if let Some(folder) = &private {
            fs::create_dir_all(folder)?;
        }
        Ok(Self { private })
    }

    fn go(&self) -> Result<Program> {
        if !Program::new("go").arguments(["version"]).succeeds() {
            bail!("the Go command is missing: install Go 1.26 or later (https://go.dev/dl)");
        }
        let go = Program::new("go")
            .environment("CGO_ENABLED", "0")
            .environment("GOFLAGS", "")
            .environment("GOWORK", "off")
            .environment("GOTOOLCHAIN", "local");
        Ok(match &self.private {
            Some(folder) => go
                .environment("GOCACHE", folder.join("build"))
                .environment("GOMODCACHE", folder.join("modules")),
            None => go,
        })
    }

    pub(crate) fn close(self) -> Result<()> {
        match self.private {
            Some(folder) => {
                fs::remove_dir_all(&folder).context("cannot remove the private caches of Go")
            }
            None => Ok(()),
        }
    }
}

/// Builds into `tools/NAME-VERSION` unless all its programs are there, and lets `tools/bin/PROGRAM` point to each.
pub(super) fn build_once(
    tools: &Path,
    name: &str,
    version: &str,
    programs: &[&String],
    build: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    let home = format!("{name}-{version}");
    let place = tools.join(&home);
    if !programs.iter().all(|program| place.join(program).exists()) {
        // Built beside its place and renamed, so that an interrupted build is never taken for a tool.
        let unfinished = tools.join(format!("{home}.unfinished"));
        for old in [&unfinished, &place] {
            if old.exists() {
                fs::remove_dir_all(old)?;
            }
        }
        fs::create_dir_all(&unfinished)?;
        let begun = Instant::now();
        build(&unfinished).with_context(|| format!("cannot build {name} {version}"))?;
        fs::rename(&unfinished, &place)?;
        println!("built {name} {version} in {:.0} s", begun.elapsed().as_secs_f32());
    }
    programs.iter().try_for_each(|program| link(tools, &home, program))
}

fn link(tools: &Path, home: &str, program: &str) -> Result<()> {
    let links = tools.join("bin");
    fs::create_dir_all(&links)?;
    let link = links.join(program);
    let target = Path::new("..").join(home).join(program);
    if fs::read_link(&link).is_ok_and(|current| current == target) {
        return Ok(());
    }
    if link.symlink_metadata().is_ok() {
        fs::remove_file(&link)?;
    }
    std::os::unix::fs::symlink(target, &link)
        .with_context(|| format!("cannot write the link {}", link.display()))
}

#[cfg(test)]
mod tests {
    use super::is_refusal;
    use anyhow::anyhow;

    #[test]
    fn a_refusal_is_told_from_a_network_that_is_down() {
        let refused = anyhow!("reading https://proxy.invalid/m/@v/v1.zip: 403 Forbidden");
        assert!(is_refusal(&refused.context("cannot build m v1")));
        assert!(!is_refusal(&anyhow!("dial tcp: lookup proxy.invalid: no such host")));
    }
}
