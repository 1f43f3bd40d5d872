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
        let version = self.version.as_deref().unwrap_or_default();
        format!("{} {version}", self.path).trim_end().to_owned()
    }
}

impl GoModule {
    /// Writes a `go.mod` that requires the module. Replacements by folders are left out: a module
    /// that is downloaded does not have them, and builds with what it would have replaced. Those of
    /// Kubernetes' staging folder become the modules that are published from it with each version.
    pub(super) fn repeated(&self, module: &str, version: &str) -> String {
        let mut text = String::from("module sre.invalid/tools\n");
        let mut line = |words: String| _ = writeln!(text, "{words}");
        if let Some(go) = &self.go {
            line(format!("go {go}"));
        }
        line(format!("require {module} {version}"));
        for Setting { key, value } in self.godebug.iter().flatten() {
            line(format!("godebug {key}={value}"));
        }
        for Replacement { old, new } in self.replace.iter().flatten() {
            if new.path.starts_with("./staging/") {
                let published = version.replacen("v1.", "v0.", 1);
                line(format!("replace {} => {} {published}", old.text(), old.path));
            } else if !new.path.starts_with('.') {
                line(format!("replace {} => {}", old.text(), new.text()));
            }
        }
        for exclude in self.exclude.iter().flatten() {
            line(format!("exclude {}", exclude.text()));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_left_out_and_those_of_staging_become_what_is_published() {
        let theirs = serde_json::json!({
            "Go": "1.25.0",
            "Godebug": [{"Key": "default", "Value": "go1.25"}],
            "Replace": [
                {"Old": {"Path": "k8s.io/api"}, "New": {"Path": "./staging/src/k8s.io/api"}},
                {
                    "Old": {"Path": "a.test/b", "Version": "v1.0.0"},
                    "New": {"Path": "a.test/c", "Version": "v1.1.0"},
                },
                {"Old": {"Path": "a.test/api"}, "New": {"Path": "../api"}},
            ],
            "Exclude": [{"Path": "a.test/d", "Version": "v2.0.0"}],
        });
        let theirs: GoModule = serde_json::from_value(theirs).unwrap();
        assert_eq!(
            theirs.repeated("k8s.io/kubernetes", "v1.35.7"),
            "module sre.invalid/tools\n\
             go 1.25.0\n\
             require k8s.io/kubernetes v1.35.7\n\
             godebug default=go1.25\n\
             replace k8s.io/api => k8s.io/api v0.35.7\n\
             replace a.test/b v1.0.0 => a.test/c v1.1.0\n\
             exclude a.test/d v2.0.0\n"
        );
    }
}
