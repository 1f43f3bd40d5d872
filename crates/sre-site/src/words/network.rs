//! Addresses of hosts, subnets and network cards.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use serde::Serialize;

use super::name::is_name;
use super::{SiteWord, WordError, word};

/// The address of one host: neither loopback, nor multicast, nor `0.0.0.0`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct HostAddress(IpAddr);

impl HostAddress {
    /// Gives the address.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        self.0
    }
}

impl SiteWord for HostAddress {
    const WHAT: &'static str = "the address of a host";
    const FORM: &'static str =
        "an IP address that other hosts can reach, without a prefix: `10.20.0.11`";
}

impl FromStr for HostAddress {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address: IpAddr = text.parse().map_err(|_| Self::WRONG)?;
        let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
        // An IPv4 address in the clothes of IPv6 would be a second name of the same host.
        let mapped = matches!(address, IpAddr::V6(address) if address.to_ipv4_mapped().is_some());
        let nobody = address.is_unspecified() || address.is_loopback() || address.is_multicast();
        if nobody || broadcast || mapped { Err(Self::WRONG) } else { Ok(Self(address)) }
    }
}

impl fmt::Display for HostAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

/// A host by its address or its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(untagged)]
pub enum Host {
    /// By address.
    Address(HostAddress),
    /// By name.
    Name(String),
}

impl SiteWord for Host {
    const WHAT: &'static str = "a host";
    const FORM: &'static str = "an IP address or a DNS name in small letters: `ntp.alpha.example`";
}

impl FromStr for Host {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(address) = text.parse() {
            return Ok(Self::Address(address));
        }
        if is_name(text) { Ok(Self::Name(text.to_owned())) } else { Err(Self::WRONG) }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => fmt::Display::fmt(address, formatter),
            Self::Name(name) => formatter.pad(name),
        }
    }
}

/// A range of addresses, written by its first one: `10.42.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Subnet(IpNet);

impl Subnet {
    /// Gives the range.
    #[must_use]
    pub fn network(self) -> IpNet {
        self.0
    }

    /// Tells whether an address lies in it.
    #[must_use]
    pub fn contains(self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }

    /// Tells whether the two share an address.
    #[must_use]
    pub fn overlaps(self, other: Self) -> bool {
        self.0.contains(&other.0.network()) || other.0.contains(&self.0.network())
    }

    /// Gives the number of bits that all of its addresses share.
    #[must_use]
    pub fn prefix_length(self) -> u8 {
        self.0.prefix_len()
    }

    /// Tells whether it holds addresses of IPv4.
    #[must_use]
    pub fn is_ipv4(self) -> bool {
        matches!(self.0, IpNet::V4(_))
    }

    /// Gives the address so many places behind the first one, if it lies in the range.
    #[must_use]
    pub fn address_at(self, place: u8) -> Option<HostAddress> {
        let address = match self.0.network() {
            IpAddr::V4(first) => {
                IpAddr::from(u32::from(first).checked_add(place.into())?.to_be_bytes())
            }
            IpAddr::V6(first) => {
                IpAddr::from(u128::from(first).checked_add(place.into())?.to_be_bytes())
            }
        };
        self.contains(address).then_some(HostAddress(address))
    }
}

impl SiteWord for Subnet {
    const WHAT: &'static str = "a range of addresses";
    const FORM: &'static str = "its first address and the length of its prefix: `10.42.0.0/16`";
}

impl FromStr for Subnet {
    type Err = WordError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let range: IpNet = text.parse().map_err(|_| Self::WRONG)?;
        // `10.42.7.0/16` is a typing error in one of its two parts, and nobody knows in which.
        if range.trunc() == range { Ok(Self(range)) } else { Err(Self::WRONG) }
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

word! {
    /// The address of a network card of one host, in small letters.
    MacAddress, "the MAC address of one network card",
    "six pairs of hexadecimal digits in small letters, of no group: `bc:24:11:00:00:01`",
    |text| {
        let pairs: Vec<&str> = text.split(':').collect();
        // The lowest bit of the first byte says that it is the address of a group.
        let first = pairs.first().and_then(|pair| u8::from_str_radix(pair, 16).ok());
        let of_one_card = first.is_some_and(|byte| byte & 1 == 0);
        pairs.len() == 6 && pairs.iter().all(|pair| is_small_pair(pair)) && of_one_card
    }
}

word! {
    /// The SHA-256 of a server's certificate, as Proxmox and `openssl x509 -fingerprint` show it.
    Fingerprint, "the SHA-256 of a certificate",
    "32 pairs of hexadecimal digits with colons, as `openssl x509 -fingerprint -sha256` prints it",
    |text| {
        let pairs: Vec<&str> = text.split(':').collect();
        pairs.len() == 32 && pairs.iter().all(|pair| is_small_pair(&pair.to_ascii_lowercase()))
    }
}

fn is_small_pair(pair: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_hexdigit() && !byte.is_ascii_uppercase();
    pair.len() == 2 && pair.bytes().all(fits)
}
