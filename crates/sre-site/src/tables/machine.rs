//! `vm` of a node: the machine that Proxmox makes for it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::proxmox::RawProxmox;
use crate::checker::{Checked, Checker};
use crate::raw::Text;
use crate::words::{MacAddress, ProxmoxName, Size};

/// The least that a node of RKE2 starts with.
const LEAST_MEMORY: Size = Size::gibibytes(4);
const LEAST_DISK: Size = Size::gibibytes(20);

/// A virtual machine of Proxmox VE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// The Proxmox node that it runs on.
    pub node: ProxmoxName,
    /// Its number, where Proxmox shall not choose.
    pub id: Option<u32>,
    /// Processor cores.
    pub cores: u16,
    /// Memory.
    pub memory: Size,
    /// The disk of the operating system and of RKE2.
    pub disk: Size,
    /// The template that it is a clone of.
    pub template: ProxmoxName,
    /// Where its disk lies.
    pub storage: ProxmoxName,
    /// What its network card is plugged into.
    pub bridge: ProxmoxName,
    /// The VLAN of that card.
    pub vlan: Option<u16>,
    /// The address of that card, where Proxmox shall not choose.
    pub mac: Option<MacAddress>,
}

/// The machine that Proxmox makes for this node; without it, the node is there already.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawMachine {
    /// The Proxmox node that it runs on.
    #[schemars(with = "String")]
    pub node: Text,
    /// The number of the machine, from 100; Proxmox chooses unless given.
    #[schemars(with = "Option<u32>")]
    pub id: Option<Spanned<i64>>,
    /// Processor cores, at least 2.
    #[schemars(with = "u16")]
    pub cores: Spanned<i64>,
    /// Memory, such as `16GiB`; at least `4GiB`.
    #[schemars(with = "String")]
    pub memory: Text,
    /// The disk of the operating system and of RKE2, such as `120GiB`; at least `20GiB`.
    #[schemars(with = "String")]
    pub disk: Text,
    /// The template that it is a clone of; that of `[proxmox]` unless given.
    #[schemars(with = "Option<String>")]
    pub template: Option<Text>,
    /// Where its disk lies; the storage of `[proxmox]` unless given.
    #[schemars(with = "Option<String>")]
    pub storage: Option<Text>,
    /// The bridge of its network card; that of `[proxmox]` unless given.
    #[schemars(with = "Option<String>")]
    pub bridge: Option<Text>,
    /// The VLAN of its network card, from 1 to 4094.
    #[schemars(with = "Option<u16>")]
    pub vlan: Option<Spanned<i64>>,
    /// The MAC address of its network card; Proxmox chooses unless given.
    #[schemars(with = "Option<String>")]
    pub mac: Option<Text>,
}

impl Checker<'_> {
    pub(crate) fn machine(
        &mut self,
        raw: &Spanned<RawMachine>,
        proxmox: Option<&RawProxmox>,
    ) -> Checked<Machine> {
        let (at, raw) = (raw.span(), raw.get_ref());
        let Some(proxmox) = proxmox else {
            let help = "write `[proxmox]`, or remove `vm` if the machine is there already";
            return Err(self.wrong(at, "this machine has no Proxmox to make it", help));
        };
        let mut usual = |own: &Option<Text>, all: &Option<Text>, key: &str| {
            let Some(text) = own.as_ref().or(all.as_ref()) else {
                let help = format!("write `{key}` under `[proxmox]`, for all, or in this `vm`");
                return Err(self.wrong(at.clone(), format!("this machine has no {key}"), &help));
            };
            self.word(text)
        };
        let template = usual(&raw.template, &proxmox.template, "template");
        let storage = usual(&raw.storage, &proxmox.storage, "storage");
        let bridge = usual(&raw.bridge, &proxmox.bridge, "bridge");
        let node = self.word(&raw.node);
        let cores = self.number(&raw.cores, 2..=512);
        let memory = self.at_least(&raw.memory, LEAST_MEMORY);
        let disk = self.at_least(&raw.disk, LEAST_DISK);
        let vlan = raw.vlan.as_ref().map(|vlan| self.number(vlan, 1..=4094)).transpose();
        let (id, mac) = (self.machine_id(raw.id.as_ref()), self.mac(raw.mac.as_ref()));
        Ok(Machine {
            node: node?,
            id: id?,
            cores: cores?,
            memory: memory?,
            disk: disk?,
            template: template?,
            storage: storage?,
            bridge: bridge?,
            vlan: vlan?,
            mac: mac?,
        })
    }

    fn at_least(&mut self, text: &Text, least: Size) -> Checked<Size> {
        let size: Size = self.word(text)?;
        if size < least {
            let help = format!("RKE2 needs {least} at least");
            return Err(self.wrong(text.span(), "this is too small", &help));
        }
        Ok(size)
    }

    fn machine_id(&mut self, raw: Option<&Spanned<i64>>) -> Checked<Option<u32>> {
        let Some(raw) = raw else { return Ok(None) };
        self.unique("number of a machine", &raw.get_ref().to_string(), raw.span());
        self.number(raw, 100..=999_999_999).map(Some)
    }

    fn mac(&mut self, raw: Option<&Text>) -> Checked<Option<MacAddress>> {
        if let Some(raw) = raw {
            self.unique("MAC address", raw.get_ref(), raw.span());
        }
        self.optional(raw)
    }
}
