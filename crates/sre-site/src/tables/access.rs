//! `[ssh]` and `[become]`: how the nodes are reached, and how the user becomes root there.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::checker::{Checked, Checker};
use crate::raw::{RawSecret, Text};
use crate::secret::SecretReference;
use crate::words::{Become, PublicKey, UserName};

/// The port of SSH.
const USUAL_PORT: u16 = 22;

/// How a node is reached by SSH.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Access {
    /// The user who logs in.
    pub user: UserName,
    /// The port.
    pub port: u16,
    /// The file of the private key on the admin host; a relative path begins at the folder of the site file.
    pub key: PathBuf,
    /// The host's own key, where it is known before the first visit.
    pub host_key: Option<PublicKey>,
    /// How the user becomes root.
    pub escalation: Escalation,
}

/// How a user becomes root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Escalation {
    /// The user is root already.
    None,
    /// By `sudo`, with this password where it asks for one.
    Sudo(Option<SecretReference>),
}

/// How the nodes are reached by SSH.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawAccess {
    /// The user who logs in; needed here or at each node.
    #[schemars(with = "Option<String>")]
    pub user: Option<Text>,
    /// The port; 22 unless given.
    #[schemars(with = "Option<u16>")]
    pub port: Option<Spanned<i64>>,
    /// The file of the private key on the admin host; needed here or at each node.
    #[schemars(with = "Option<String>")]
    pub key: Option<Text>,
}

/// How one node is reached; what is left out is as `[ssh]` says.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawNodeAccess {
    /// The user who logs in.
    #[schemars(with = "Option<String>")]
    pub user: Option<Text>,
    /// The port.
    #[schemars(with = "Option<u16>")]
    pub port: Option<Spanned<i64>>,
    /// The file of the private key on the admin host.
    #[schemars(with = "Option<String>")]
    pub key: Option<Text>,
    /// The public key of the host, `ecdsa-sha2-nistp256 AAAA...`; unless given, the first visit pins the one that it shows.
    #[schemars(with = "Option<String>")]
    pub host_key: Option<Text>,
}

/// How the SSH user becomes root.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawBecome {
    /// By `sudo`, or `none` where the user is root; `sudo` unless given.
    #[schemars(with = "Option<Become>")]
    pub method: Option<Text>,
    /// The password that `sudo` asks for; it must not ask unless given.
    #[serde(default)]
    #[schemars(with = "RawSecret")]
    pub password: Option<Spanned<RawSecret>>,
}

impl Checker<'_> {
    /// Joins what a node says of its access with what holds for all; `name` is where a missing key is told.
    pub(crate) fn access(
        &mut self,
        name: &Text,
        own: &RawNodeAccess,
        all: &RawAccess,
        escalation: Option<&Spanned<RawBecome>>,
    ) -> Checked<Access> {
        let user = self.needed(own.user.as_ref().or(all.user.as_ref()), name, "user");
        let user = user.and_then(|text| self.word(text));
        let key = self.needed(own.key.as_ref().or(all.key.as_ref()), name, "key");
        let key = key.and_then(|text| self.path(text));
        let port = own.port.as_ref().or(all.port.as_ref());
        let port = port.map(|port| self.number(port, 1..=65535)).transpose();
        let host_key = self.optional(own.host_key.as_ref());
        let escalation = self.escalation(escalation);
        Ok(Access {
            user: user?,
            port: port?.unwrap_or(USUAL_PORT),
            key: key?,
            host_key: host_key?,
            escalation: escalation?,
        })
    }

    fn needed<'t>(&mut self, text: Option<&'t Text>, node: &Text, key: &str) -> Checked<&'t Text> {
        text.ok_or_else(|| {
            let help =
                format!("write `{key}` under `[ssh]`, for all nodes, or in the `ssh` of this one");
            self.wrong(node.span(), format!("this node has no SSH {key}"), &help)
        })
    }

    fn escalation(&mut self, raw: Option<&Spanned<RawBecome>>) -> Checked<Escalation> {
        let Some(raw) = raw else { return Ok(Escalation::Sudo(None)) };
        let method = self.optional(raw.get_ref().method.as_ref());
        let password = self.optional_secret(raw.get_ref().password.as_ref());
        match (method?.unwrap_or(Become::Sudo), password?) {
            (Become::Sudo, password) => Ok(Escalation::Sudo(password)),
            (Become::None, None) => Ok(Escalation::None),
            (Become::None, Some(_)) => {
                let help = "remove the password, or write `method = \"sudo\"`";
                Err(self.wrong(raw.span(), "nobody asks for this password", help))
            }
        }
    }
}
