//! The site file of a new site: what was answered, and every other key as a comment.
//!
//! What a key means is said in the schema and taken from there, so that the two cannot differ. A
//! line that begins with `#` and no blank is a key: whoever takes the `#` away has set it.

mod page;
mod sections;

use std::path::PathBuf;

use sre_format::SourceUrl;

use crate::secret::SecretReference;
use crate::tables::VirtualAddress;
use crate::words::{
    Cni, DnsLabel, DnsName, Host, HostAddress, Profile, ProxmoxName, Role, Size, Subnet, UserName,
};

/// What a new site is asked for; everything else has a default and stands in the text as a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answers {
    /// The name of the site.
    pub name: DnsLabel,
    /// The domain of its services.
    pub domain: DnsName,
    /// The range of addresses that the nodes are in.
    pub subnet: Option<Subnet>,
    /// The router.
    pub gateway: Option<HostAddress>,
    /// DNS servers.
    pub dns: Vec<HostAddress>,
    /// NTP servers.
    pub ntp: Vec<Host>,
    /// The SSH user of all nodes.
    pub ssh_user: UserName,
    /// The file of the private key.
    pub ssh_key: PathBuf,
    /// Where the password for `sudo` comes from, if it asks for one.
    pub sudo_password: Option<SecretReference>,
    /// The machines.
    pub nodes: Vec<NodeAnswers>,
    /// The address that moves between the servers.
    pub vip: Option<VirtualAddress>,
    /// The network between pods.
    pub cni: Cni,
    /// How far hosts and cluster are hardened.
    pub profile: Profile,
    /// The Proxmox VE that makes machines.
    pub proxmox: Option<ProxmoxAnswers>,
}

/// What is asked of one machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeAnswers {
    /// Its name.
    pub name: DnsLabel,
    /// Its address.
    pub address: HostAddress,
    /// What it does.
    pub role: Role,
    /// What Proxmox makes for it.
    pub machine: Option<MachineAnswers>,
}

/// What is asked of a machine that Proxmox makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineAnswers {
    /// The Proxmox node that it runs on.
    pub node: ProxmoxName,
    /// Processor cores.
    pub cores: u16,
    /// Memory.
    pub memory: Size,
    /// Disk.
    pub disk: Size,
}

/// What is asked of a Proxmox VE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProxmoxAnswers {
    /// Where its API is.
    pub endpoint: SourceUrl,
    /// Where the token comes from.
    pub token: SecretReference,
    /// The template of machines.
    pub template: ProxmoxName,
    /// Where their disks lie.
    pub storage: ProxmoxName,
    /// The bridge of their network cards.
    pub bridge: ProxmoxName,
}

impl Answers {
    /// Gives the answers of a site with one node, as documentation and tests use them.
    #[must_use]
    #[expect(clippy::expect_used, reason = "each text is a word, as the tests of this crate show")]
    pub fn example() -> Self {
        let address = |text: &str| text.parse::<HostAddress>().expect("an address");
        Self {
            name: "alpha".parse().expect("a label"),
            domain: "alpha.example".parse().expect("a name"),
            subnet: Some("10.20.0.0/24".parse().expect("a range")),
            gateway: None,
            dns: vec![address("10.20.0.2")],
            ntp: vec![Host::Address(address("10.20.0.3"))],
            ssh_user: "sre".parse().expect("a user"),
            ssh_key: "/home/sre/.ssh/id_ecdsa".into(),
            sudo_password: None,
            nodes: vec![NodeAnswers {
                name: "node-1".parse().expect("a label"),
                address: address("10.20.0.11"),
                role: Role::Server,
                machine: None,
            }],
            vip: None,
            cni: Cni::Canal,
            profile: Profile::Stig,
            proxmox: None,
        }
    }
}

/// Writes the site file of a new site, with every key that there is.
#[must_use]
pub fn template(answers: &Answers) -> String {
    sections::write(answers)
}
