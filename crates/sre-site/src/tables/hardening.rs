//! `[hardening]`: how hosts and cluster are hardened.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::deviation::{Deviation, RawDeviation};
use crate::checker::{Checked, Checker};
use crate::raw::{RawSecret, Text};
use crate::secret::SecretReference;
use crate::words::{
    Fips, Host, LogProtocol, Profile, PublicKey, Reboot, Size, StigRelease, UserName,
};

/// The space for the audit log of a host: what a week of a busy one takes.
const USUAL_AUDIT_STORAGE: Size = Size::gibibytes(10);
/// The ports of syslog over TLS (RFC 5425) and over TCP.
const USUAL_TLS_PORT: u16 = 6514;
const USUAL_TCP_PORT: u16 = 514;

/// How hosts and cluster are hardened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hardening {
    /// How far.
    pub profile: Profile,
    /// The release of the RKE2 STIG, which decides the list of ciphers.
    pub stig_release: StigRelease,
    /// Whether the operating system runs in FIPS mode.
    pub fips: Fips,
    /// Whether hosts are restarted when a setting needs it.
    pub reboot: Reboot,
    /// What is shown before a login; the text of the profile unless given.
    pub banner: Option<String>,
    /// The password of the boot loader, which the STIG wants; none leaves its rule open.
    pub boot_password: Option<SecretReference>,
    /// Where the hosts send their logs.
    pub log_server: Option<LogServer>,
    /// The space for the audit log of a host.
    pub audit_storage: Size,
    /// People who may log in, and become root by `sudo` with a password of their own.
    pub administrators: Vec<Administrator>,
    /// Rules that are not followed.
    pub deviations: Vec<Deviation>,
}

/// Where the hosts send their logs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogServer {
    /// The server.
    pub address: Host,
    /// Its port.
    pub port: u16,
    /// How logs travel there.
    pub protocol: LogProtocol,
    /// A PEM file of the authority that signed its certificate; the site's own authority unless given.
    pub ca_file: Option<PathBuf>,
}

/// A person who may log in, and become root by `sudo` with a password of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Administrator {
    /// The name of the user.
    pub name: UserName,
    /// The keys that log in.
    pub authorized_keys: Vec<PublicKey>,
}

/// How hosts and cluster are hardened.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawHardening {
    /// How far; `stig` unless given.
    #[schemars(with = "Option<Profile>")]
    pub profile: Option<Text>,
    /// The release of the RKE2 STIG, which decides the list of ciphers; `v2r7` unless given.
    #[schemars(with = "Option<StigRelease>")]
    pub stig_release: Option<Text>,
    /// FIPS mode of the operating system; `required` for `stig`, `preferred` for `cis`, `off` for `baseline` unless given.
    #[schemars(with = "Option<Fips>")]
    pub fips: Option<Text>,
    /// Whether hosts are restarted when a setting needs it: `allowed` or `never`; `never` unless given.
    #[schemars(with = "Option<Reboot>")]
    pub reboot: Option<Text>,
    /// What is shown before a login; the text of the profile unless given.
    #[schemars(with = "Option<String>")]
    pub banner: Option<Text>,
    /// Where the password of the boot loader comes from.
    #[serde(default)]
    #[schemars(with = "RawSecret")]
    pub boot_password: Option<Spanned<RawSecret>>,
    /// Where the hosts send their logs.
    #[serde(default)]
    #[schemars(with = "RawLogServer")]
    pub log_server: Option<RawLogServer>,
    /// The space for the audit log of a host; `10GiB` unless given.
    #[schemars(with = "Option<String>")]
    pub audit_storage: Option<Text>,
    /// People who may log in, and become root by `sudo` with a password of their own.
    #[serde(default)]
    pub admin: Vec<RawAdministrator>,
    /// Rules that are not followed, each with its reason.
    #[serde(default)]
    pub deviation: Vec<RawDeviation>,
}

/// Where the hosts send their logs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawLogServer {
    /// The server, by name or address.
    #[schemars(with = "String")]
    pub address: Text,
    /// Its port; 6514 for `tls` and 514 for `tcp` unless given.
    #[schemars(with = "Option<u16>")]
    pub port: Option<Spanned<i64>>,
    /// How logs travel there; `tls` unless given.
    #[schemars(with = "Option<LogProtocol>")]
    pub protocol: Option<Text>,
    /// A PEM file of the authority that signed its certificate; the authority of the site unless given.
    #[schemars(with = "Option<String>")]
    pub ca_file: Option<Text>,
}

/// A person who may log in, and become root by `sudo` with a password of their own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawAdministrator {
    /// The name of the user.
    #[schemars(with = "String")]
    pub name: Text,
    /// The public keys that log in, at least one.
    #[schemars(with = "Vec<String>")]
    pub authorized_keys: Spanned<Vec<Text>>,
}

impl Checker<'_> {
    pub(crate) fn hardening(&mut self, raw: &RawHardening) -> Checked<Hardening> {
        let profile = self.optional(raw.profile.as_ref()).map(|word| word.unwrap_or(Profile::Stig));
        let release =
            self.optional(raw.stig_release.as_ref()).map(|word| word.unwrap_or(StigRelease::V2r7));
        let fips = self.optional(raw.fips.as_ref());
        let reboot = self.optional(raw.reboot.as_ref());
        let banner = raw.banner.as_ref().map(|text| self.sentence(text, "a banner")).transpose();
        let boot_password = self.optional_secret(raw.boot_password.as_ref());
        let log_server = raw.log_server.as_ref().map(|raw| self.log_server(raw)).transpose();
        let audit_storage = self.optional(raw.audit_storage.as_ref());
        let administrators: Vec<_> = raw.admin.iter().map(|raw| self.administrator(raw)).collect();
        // A profile that is wrong hides no mistake in a deviation.
        let judged = (profile.unwrap_or(Profile::Stig), release.unwrap_or(StigRelease::V2r7));
        let deviations = raw.deviation.iter();
        let deviations: Vec<_> =
            deviations.map(|raw| self.deviation(raw, judged.0, judged.1)).collect();
        let (profile, release) = (profile?, release?);
        Ok(Hardening {
            profile,
            stig_release: release,
            fips: fips?.unwrap_or(usual_fips(profile)),
            reboot: reboot?.unwrap_or(Reboot::Never),
            banner: banner?,
            boot_password: boot_password?,
            log_server: log_server?,
            audit_storage: audit_storage?.unwrap_or(USUAL_AUDIT_STORAGE),
            administrators: administrators.into_iter().collect::<Checked<_>>()?,
            deviations: deviations.into_iter().collect::<Checked<_>>()?,
        })
    }

    fn log_server(&mut self, raw: &RawLogServer) -> Checked<LogServer> {
        let (address, protocol) = (self.word(&raw.address), self.optional(raw.protocol.as_ref()));
        if let Ok(Host::Address(address)) = address {
            self.address(address, "the log server", raw.address.span());
        }
        let port = raw.port.as_ref().map(|port| self.number(port, 1..=65535)).transpose();
        let ca_file = self.optional_path(raw.ca_file.as_ref());
        let protocol = protocol?.unwrap_or(LogProtocol::Tls);
        if let (LogProtocol::Tcp, Some(text)) = (protocol, &raw.ca_file) {
            let help = "remove it, or write `protocol = \"tls\"`";
            return Err(self.wrong(text.span(), "nothing is checked against this authority", help));
        }
        let usual = if protocol == LogProtocol::Tls { USUAL_TLS_PORT } else { USUAL_TCP_PORT };
        Ok(LogServer {
            address: address?,
            port: port?.unwrap_or(usual),
            protocol,
            ca_file: ca_file?,
        })
    }

    fn administrator(&mut self, raw: &RawAdministrator) -> Checked<Administrator> {
        let name: Checked<UserName> = self.word(&raw.name);
        self.unique("administrator", raw.name.get_ref(), raw.name.span());
        if let Ok("root") = name.as_ref().map(UserName::as_str) {
            let help = "the hardening forbids to log in as root: give each person a user";
            self.wrong(raw.name.span(), "root is no person", help);
        }
        let keys = self.words(raw.authorized_keys.get_ref());
        if raw.authorized_keys.get_ref().is_empty() {
            let help = "passwords do not log in: give one line of a `.pub` file";
            self.wrong(raw.authorized_keys.span(), "this person cannot log in", help);
        }
        Ok(Administrator { name: name?, authorized_keys: keys? })
    }
}

fn usual_fips(profile: Profile) -> Fips {
    match profile {
        Profile::Stig => Fips::Required,
        Profile::Cis => Fips::Preferred,
        Profile::Baseline => Fips::Off,
    }
}
