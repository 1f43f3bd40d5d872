//! The real dnf as a judge: its own Python interface, many requests in one process.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::Program;

/// Debian's Python, which has dnf's modules; another one may stand earlier on the path.
const PYTHON: &str = "/usr/bin/python3";

/// What dnf is asked: to install things from one repository into an empty root.
#[derive(Clone, Debug)]
pub struct Question {
    /// The folder of the repository.
    pub repository: PathBuf,
    /// What `dnf install` is given.
    pub install: Vec<String>,
    /// Groups.
    pub groups: Vec<String>,
    /// Module streams to enable.
    pub modules: Vec<String>,
    /// Names that are excluded.
    pub excluded: Vec<String>,
    /// Whether recommended packages are installed too.
    pub weak: bool,
}

/// What dnf answers: the full names of the packages, or why it cannot.
pub type Answer = Result<Vec<String>, String>;

impl Question {
    /// Asks to install names without weak dependencies.
    pub fn install(repository: &Path, names: &[String]) -> Self {
        Self {
            repository: repository.to_owned(),
            install: names.to_vec(),
            groups: Vec::new(),
            modules: Vec::new(),
            excluded: Vec::new(),
            weak: false,
        }
    }
}

/// The conversation with dnf: one question a line, one answer a line, as JSON.
const SCRIPT: &str = r#"
import json, sys, tempfile, warnings
warnings.simplefilter("ignore")
import dnf, dnf.module.module_base

def answer(question):
    with tempfile.TemporaryDirectory() as root:
        base = dnf.Base()
        conf = base.conf
        conf.installroot, conf.cachedir, conf.persistdir = root, root + "/cache", root + "/persist"
        conf.logdir, conf.reposdir, conf.pluginpath = root, [], []
        conf.substitutions.update({"arch": "x86_64", "basearch": "x86_64", "releasever": "9"})
        conf.module_platform_id = "platform:el9"
        conf.install_weak_deps = question["weak"]
        conf.best, conf.strict, conf.gpgcheck = False, True, False
        conf.excludepkgs = question["excluded"]
        base.repos.add_new_repo("whole", conf, baseurl=["file://" + question["repository"]])
        base.fill_sack(load_system_repo=False)
        try:
            modules = dnf.module.module_base.ModuleBase(base)
            if question["modules"]:
                modules.enable(question["modules"])
            if question["groups"]:
                base.read_comps()
            for name in question["groups"]:
                group = base.comps.group_by_pattern(name)
                base.group_install(group.id, ("mandatory", "default", "conditional"))
            for name in question["install"]:
                base.install(name)
            base.resolve()
        except dnf.exceptions.Error as error:
            return {"error": str(error)}
        return {"packages": sorted(str(package) for package in base.transaction.install_set)}

for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
"#;

/// Asks dnf everything at once.
pub fn ask(questions: &[Question]) -> Vec<Answer> {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("ask.py");
    std::fs::write(&script, SCRIPT).unwrap();
    let lines: Vec<String> = questions.iter().map(line).collect();
    let input = folder.path().join("questions");
    std::fs::write(&input, lines.concat()).unwrap();
    let said = Program::at(Path::new(PYTHON))
        .arg(&script)
        .stdin(std::fs::File::open(&input).unwrap())
        .env("HOME", folder.path())
        .run()
        .ok();
    let answers: Vec<Answer> = said.lines().map(parse).collect();
    assert_eq!(answers.len(), questions.len(), "dnf did not answer every question");
    answers
}

fn line(question: &Question) -> String {
    let value = serde_json::json!({
        "repository": question.repository,
        "install": question.install,
        "groups": question.groups,
        "modules": question.modules,
        "excluded": question.excluded,
        "weak": question.weak,
    });
    format!("{value}\n")
}

fn parse(line: &str) -> Answer {
    let value: Value = serde_json::from_str(line).unwrap();
    if let Some(error) = value["error"].as_str() {
        return Err(error.to_owned());
    }
    let packages = value["packages"].as_array().unwrap();
    Ok(packages.iter().map(|one| one.as_str().unwrap().to_owned()).collect())
}
