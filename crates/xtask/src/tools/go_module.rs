//! The `go.mod` of somebody else, as far as another module has to repeat it.

use std::fmt::Write as _;

/// What `go mod edit -json` says.
#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct GoModule {
    go: Option<String>,
    godebug: Option<Vec<Setting>>,
    replace: Option<Vec<Replacement>>,
    exclude: Option<Vec<Version>>,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Setting {
    key: String,
    value: String,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Replacement {
    old: Version,
    new: Version,
}

#[derive(serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Version {
    path: String,
    version: Option<String>,
}

impl Version {
    fn text(&self) -> String {
        format!("{} {}", self.path, self.version.as_deref().unwrap_or_default())
    }
}

impl GoModule {
    /// Writes a `go.mod` that requires the module. Replacements by folders are left out: a module
    /// that is downloaded does not have them, and builds with what it would have replaced.
    pub(super) fn repeated(&self, module: &str, version: &str) -> String {
        let mut text = String::from("module sre.invalid/tools\n");
        let mut line = |words: String| _ = writeln!(text, "{}", words.trim_end());
        if let Some(go) = &self.go {
            line(format!("go {go}"));
        }
        line(format!("require {module} {version}"));
        for Setting { key, value } in self.godebug.iter().flatten() {
            line(format!("godebug {key}={value}"));
        }
        for Replacement { old, new } in self.replace.iter().flatten() {
            if !new.path.starts_with('.') {
                line(format!("replace {} => {}", old.text(), new.text()));
            }
        }
        for exclude in self.exclude.iter().flatten() {
            line(format!("exclude {}", exclude.text()));
        }
        text
    }
}
