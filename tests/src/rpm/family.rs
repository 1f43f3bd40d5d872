//! A family of real packages, built by `rpmbuild` and indexed by `createrepo_c`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::Program;

/// A package to be built.
#[derive(Clone, Debug, Default)]
pub struct Recipe {
    name: String,
    evr: String,
    architecture: String,
    lines: Vec<String>,
    files: Vec<String>,
}

impl Recipe {
    /// Describes a package without architecture: name and `[EPOCH:]VERSION-RELEASE`.
    pub fn new(name: &str, evr: &str) -> Self {
        Self {
            name: name.to_owned(),
            evr: evr.to_owned(),
            architecture: "noarch".to_owned(),
            ..Self::default()
        }
    }

    /// Adds a line of the preamble, such as `Requires: b >= 1`.
    #[must_use]
    pub fn line(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, path: &str) -> Self {
        self.files.push(path.to_owned());
        self
    }

    fn spec(&self) -> String {
        let (epoch, rest) = self.evr.split_once(':').unwrap_or(("", &self.evr));
        let (version, release) = rest.split_once('-').unwrap();
        let mut spec = format!(
            "Name: {}\nVersion: {version}\nRelease: {release}\nSummary: Test <&> of {}\nLicense: MIT\n\
             BuildArch: {}\nAutoReqProv: no\n",
            self.name, self.name, self.architecture
        );
        if !epoch.is_empty() {
            writeln!(spec, "Epoch: {epoch}").unwrap();
        }
        for line in &self.lines {
            writeln!(spec, "{line}").unwrap();
        }
        spec.push_str("%description\nA package of the tests.\n%install\n");
        for path in &self.files {
            let folder = Path::new(path).parent().unwrap().display();
            writeln!(
                spec,
                "mkdir -p %{{buildroot}}{folder}\necho {} > %{{buildroot}}{path}",
                self.name
            )
            .unwrap();
        }
        spec.push_str("%files\n");
        for path in &self.files {
            writeln!(spec, "{path}").unwrap();
        }
        spec.push_str("%changelog\n* Sat Jan 31 2026 Nobody <nobody@example.org> - 1-1\n- First\n");
        spec
    }
}

/// Builds packages into `FOLDER/Packages`, and gives their files in the order of their names.
pub fn build(folder: &Path, recipes: &[Recipe]) -> Vec<PathBuf> {
    let top = folder.join("build");
    let packages = folder.join("Packages");
    fs::create_dir_all(&top).unwrap();
    fs::create_dir_all(&packages).unwrap();
    let mut specs = Vec::new();
    for (number, recipe) in recipes.iter().enumerate() {
        let spec = top.join(format!("{number}.spec"));
        fs::write(&spec, recipe.spec()).unwrap();
        specs.push(spec);
    }
    let define = |name: &str, value: String| ["--define".to_owned(), format!("{name} {value}")];
    Program::tool("rpmbuild")
        .args(["-bb", "--quiet"])
        .args(define("_topdir", top.display().to_string()))
        .args(define("_rpmdir", packages.display().to_string()))
        .args(define("_build_name_fmt", "%{NAME}-%{VERSION}-%{RELEASE}.%{ARCH}.rpm".to_owned()))
        // Debian's rpm would write its own architecture and a weak digest of files otherwise.
        .args(define("_source_filedigest_algorithm", "8".to_owned()))
        .args(define("_binary_filedigest_algorithm", "8".to_owned()))
        .args(define("use_source_date_epoch_as_buildtime", "1".to_owned()))
        .env("SOURCE_DATE_EPOCH", "1769860800")
        .env("HOME", folder)
        .args(specs)
        .run()
        .ok();
    fs::remove_dir_all(&top).unwrap();
    let mut files: Vec<PathBuf> =
        fs::read_dir(&packages).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// Indexes a folder with `createrepo_c`.
pub fn index(folder: &Path, options: &[&str]) {
    Program::tool("createrepo_c").args(["--quiet"]).args(options).arg(folder).run().ok();
}

/// A family in which every kind of dependency occurs.
pub fn recipes() -> Vec<Recipe> {
    vec![
        Recipe::new("base", "1-1").file("/usr/bin/base").file("/usr/share/base/data"),
        Recipe::new("base", "2-1").file("/usr/bin/base").file("/usr/share/base/data"),
        Recipe::new("epoch", "1:1.0-1").line("Requires: base >= 2"),
        Recipe::new("epoch", "5.0-1").line("Requires: base"),
        Recipe::new("by-program", "1-1").line("Requires: /usr/bin/base"),
        Recipe::new("by-file", "1-1").line("Requires: /usr/share/base/data"),
        Recipe::new("virtual-one", "1-1").line("Provides: virtual = 1"),
        Recipe::new("virtual-two", "1-1").line("Provides: virtual = 2"),
        Recipe::new("wants-virtual", "1-1").line("Requires: virtual >= 2"),
        Recipe::new("plugin", "1-1"),
        Recipe::new("compiler", "1-1").line("Requires: (plugin if plugged)"),
        Recipe::new("plugged", "1-1"),
        Recipe::new("either", "1-1").line("Requires: (absent or base)"),
        Recipe::new("enemy", "1-1").line("Conflicts: plugged"),
        Recipe::new("old-name", "1-1"),
        Recipe::new("new-name", "1-1")
            .line("Obsoletes: old-name < 2")
            .line("Provides: old-name = 2"),
        Recipe::new("recommender", "1-1").line("Recommends: plugged").line("Suggests: plugin"),
        Recipe::new("supplement", "1-1").line("Supplements: (base and plugin)"),
        Recipe::new("first", "1-1")
            .line("Requires(pre): base")
            .line("Requires(post): /bin/true-of-base"),
        Recipe::new("true-of-base", "1-1").line("Provides: /bin/true-of-base"),
        Recipe::new("letters", "1.0~rc1^git5-1.el9").line("Provides: perl(A::B) = 1.5"),
    ]
}
