//! Ansible on the admin side, and what it says at its end.

use super::Site;
use crate::{Program, Ran, path_of_tools};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Our playbooks, roles and settings.
const ANSIBLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../infra/ansible");

/// The last line of Ansible for a host.
#[derive(Debug, PartialEq, Eq)]
pub struct Recap {
    counts: BTreeMap<String, u32>,
}

impl Recap {
    /// Reads the line of a host; there must be this one and no other.
    pub fn of(said: &str, host: &str) -> Self {
        let lines: Vec<_> =
            said.lines().skip_while(|line| !line.starts_with("PLAY RECAP")).collect();
        let lines: Vec<_> = lines.iter().skip(1).filter(|line| !line.trim().is_empty()).collect();
        let [line] = lines[..] else { panic!("not the end of one host: {lines:?}\n{said}") };
        let (name, counts) = line.split_once(':').unwrap();
        assert_eq!(name.trim(), host);
        let count = |word: &str| {
            let (name, count) = word.split_once('=').unwrap();
            (name.to_owned(), count.parse().unwrap())
        };
        Self { counts: counts.split_whitespace().map(count).collect() }
    }

    /// Gives a count, such as `changed`.
    pub fn count(&self, what: &str) -> u32 {
        *self.counts.get(what).unwrap_or_else(|| panic!("no `{what}` in {self:?}"))
    }
}

impl Site {
    /// Gives `ansible-playbook` on the admin side with the inventory of the plan, very talkative, with a log
    /// `ansible.log` in the folder of the site.
    pub fn ansible(&self, playbook: &str) -> Program {
        let home = self.path("ansible");
        fs::create_dir_all(&home).unwrap();
        let ansible = Program::tool("ansible-playbook")
            .folder(Path::new(ANSIBLE))
            .env("PATH", path_of_tools())
            .env("HOME", &home)
            .env("ANSIBLE_HOME", &home)
            // The path of a socket has 107 letters at most.
            .env("ANSIBLE_SSH_CONTROL_PATH_DIR", self.network.path("ssh"))
            .env("ANSIBLE_CONFIG", format!("{ANSIBLE}/ansible.cfg"))
            .env("ANSIBLE_LOG_PATH", self.path("ansible.log"))
            .env("ANSIBLE_SSH_EXTRA_ARGS", "-F /dev/null")
            .env("ANSIBLE_NOCOLOR", "1")
            .args(["-vv", "-i"])
            .arg(self.path("out/inventory.json"))
            .arg(format!("playbooks/{playbook}"))
            // Containers share the kernel of this machine.
            .args(["-e", "{\"sre_apply_kernel_settings\": false}"]);
        self.network.inside("admin", ansible)
    }

    /// Hardens the host, and gives the recap with all that was said.
    pub fn harden(&self) -> (Recap, Ran) {
        let ran = self.ansible("harden-os.yml").run();
        assert_eq!(ran.code(), Some(0), "{}\n{}", ran.told(), self.host.console());
        (Recap::of(&ran.stdout(), self.host.name()), ran)
    }
}
