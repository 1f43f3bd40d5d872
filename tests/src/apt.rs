//! `apt-get` with configuration, state and cache of its own; the host's packages are not touched.

use crate::{Program, Ran};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// An `apt` that knows one source and a status of dpkg that the test writes.
pub struct Apt {
    folder: TempDir,
}

/// What `apt-get --simulate` would do.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Packages that would be installed, with their versions.
    pub installed: BTreeMap<String, String>,
    /// Packages that would be taken away.
    pub removed: Vec<String>,
}

impl Apt {
    /// Knows the line of `sources.list`, and `status` as what is installed.
    pub fn new(source: &str, status: &str) -> Self {
        let apt = Self { folder: tempfile::tempdir().unwrap() };
        for folder in ["lists/partial", "cache/archives/partial", "log", "root/var/lib/dpkg/info"] {
            fs::create_dir_all(apt.path(folder)).unwrap();
        }
        for folder in ["root/var/lib/dpkg/updates", "parts"] {
            fs::create_dir_all(apt.path(folder)).unwrap();
        }
        fs::write(apt.path("sources.list"), format!("{source}\n")).unwrap();
        fs::write(apt.status(), status).unwrap();
        fs::write(apt.path("apt.conf"), apt.configuration()).unwrap();
        apt
    }

    /// This file is read before those of the host, which it leads elsewhere.
    fn configuration(&self) -> String {
        let path = |name: &str| self.path(name).display().to_string();
        [
            ("Dir::Etc::main", "/dev/null".to_owned()),
            ("Dir::Etc::parts", path("parts")),
            ("Dir::Etc::preferencesparts", path("parts")),
            ("Dir::Etc::preferences", "/dev/null".to_owned()),
            ("Dir::Etc::sourcelist", path("sources.list")),
            ("Dir::Etc::sourceparts", path("parts")),
            ("Dir::Etc::trusted", "/dev/null".to_owned()),
            ("Dir::Etc::trustedparts", path("parts")),
            ("Dir::State", path(".")),
            ("Dir::State::lists", path("lists")),
            ("Dir::State::status", self.status().display().to_string()),
            ("Dir::State::extended_states", path("extended_states")),
            ("Dir::Cache", path("cache")),
            ("Dir::Log", path("log")),
            ("APT::Architecture", "amd64".to_owned()),
            ("APT::Architectures", "amd64".to_owned()),
            ("APT::Sandbox::User", "root".to_owned()),
            ("APT::Install-Recommends", "false".to_owned()),
            ("Acquire::Languages", "none".to_owned()),
            ("Debug::NoLocking", "true".to_owned()),
        ]
        .iter()
        .fold(String::new(), |text, (name, value)| text + &format!("{name} \"{value}\";\n"))
    }

    /// Gives a path in the folder of this `apt`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Gives the root that packages are really installed into.
    pub fn root(&self) -> PathBuf {
        self.path("root")
    }

    fn status(&self) -> PathBuf {
        self.path("root/var/lib/dpkg/status")
    }

    /// Gives `apt-get`.
    pub fn get(&self) -> Program {
        Program::tool("apt-get").env("APT_CONFIG", self.path("apt.conf")).args(["-q", "-y"])
    }

    /// Reads the source.
    pub fn update(&self) -> Ran {
        self.get().args(["-o", "APT::Update::Error-Mode=any", "update"]).run()
    }

    /// Asks what installing packages would do; `None` where it cannot be done.
    pub fn simulate(&self, packages: &[String], options: &[&str]) -> Option<Plan> {
        let ran = self.get().args(options).args(["--simulate", "install"]).args(packages).run();
        match ran.code() {
            Some(0) => Some(plan(&ran.stdout())),
            Some(100) => None,
            _ => panic!("{}", ran.told()),
        }
    }

    /// Really installs packages without scripts into the root.
    pub fn install(&self, packages: &[&str]) -> Ran {
        let option = |text: String| ["-o".to_owned(), format!("DPkg::Options::={text}")];
        self.get()
            .args(option(format!("--root={}", self.root().display())))
            .args(option("--log=/dev/null".to_owned()))
            .args(["-o", "DPkg::Run-Directory=/"])
            .arg("install")
            .args(packages)
            .run()
    }
}

/// Reads lines such as `Inst name [old] (new archive [arch])` and `Remv name [old]`.
fn plan(output: &str) -> Plan {
    let mut plan = Plan::default();
    for line in output.lines() {
        let mut words = line.split_whitespace();
        match (words.next(), words.next()) {
            (Some("Inst"), Some(name)) => {
                let version = line.split_once('(').unwrap().1.split_whitespace().next().unwrap();
                plan.installed.insert(name.to_owned(), version.to_owned());
            }
            (Some("Remv"), Some(name)) => plan.removed.push(name.to_owned()),
            _ => {}
        }
    }
    plan
}

/// Writes a repository of files below a folder.
pub fn write_files<'a>(folder: &Path, files: impl IntoIterator<Item = (&'a String, &'a Vec<u8>)>) {
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
