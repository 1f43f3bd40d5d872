//! `[registry]`: the registry that the cluster pulls from.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sre_format::SourceUrl;
use toml::Spanned;

use super::Place;
use crate::checker::{Checked, Checker, Noted};
use crate::raw::{RawSecret, Text};
use crate::secret::SecretReference;
use crate::words::{DnsName, RegistryKind, RegistryPrefix, Size};

/// The space for images of a Harbor that is installed.
const USUAL_STORAGE: Size = Size::gibibytes(200);
/// The name of a Harbor that is installed, in the domain of the site.
const USUAL_NAME: &str = "harbor";

/// The registry that the cluster pulls from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Registry {
    /// A Harbor that is installed into the cluster.
    InClusterHarbor {
        /// The name that people and nodes call it by.
        host: DnsName,
        /// The space for its images.
        storage: Size,
        /// The password of its administrator; the installer makes one unless given.
        password: Option<SecretReference>,
    },
    /// A Harbor that is there already.
    Harbor(ExistingRegistry),
    /// Another registry that is there already.
    Oci(ExistingRegistry),
}

/// A registry that is there already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ExistingRegistry {
    /// Where it is.
    pub url: SourceUrl,
    /// The path below which everything lands.
    pub prefix: Option<RegistryPrefix>,
    /// Who we are to it.
    pub login: Option<Login>,
    /// A PEM file of the authority that signed its certificate.
    pub ca_file: Option<PathBuf>,
}

/// A user with a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretReference,
}

/// The registry that the cluster pulls from.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawRegistry {
    /// What it is; `in-cluster-harbor` unless given.
    #[schemars(with = "Option<RegistryKind>")]
    pub kind: Option<Text>,
    /// In the cluster: its name; `harbor` in the domain of the site unless given.
    #[schemars(with = "Option<String>")]
    pub host: Option<Text>,
    /// In the cluster: the space for its images; `200GiB` unless given.
    #[schemars(with = "Option<String>")]
    pub storage: Option<Text>,
    /// There already: where it is, such as `https://registry.alpha.example`.
    #[schemars(with = "Option<String>")]
    pub url: Option<Text>,
    /// There already: the path below which everything lands.
    #[schemars(with = "Option<String>")]
    pub prefix: Option<Text>,
    /// There already: who pulls from it. Every node gets this login.
    #[schemars(with = "Option<String>")]
    pub user: Option<Text>,
    /// The password of that user, or of the administrator of the one in the cluster.
    #[serde(default)]
    #[schemars(with = "RawSecret")]
    pub password: Option<Spanned<RawSecret>>,
    /// There already: a PEM file of the authority that signed its certificate.
    #[schemars(with = "Option<String>")]
    pub ca_file: Option<Text>,
}

impl Registry {
    /// Gives the path below which everything lands in a registry that is there already, where there is one.
    #[must_use]
    pub fn prefix(&self) -> Option<&RegistryPrefix> {
        match self {
            Self::InClusterHarbor { .. } => None,
            Self::Harbor(registry) | Self::Oci(registry) => registry.prefix.as_ref(),
        }
    }

    /// Gives the PEM file of the authority of a registry that is there already, where the site names one.
    #[must_use]
    pub fn authority(&self) -> Option<&std::path::Path> {
        match self {
            Self::InClusterHarbor { .. } => None,
            Self::Harbor(registry) | Self::Oci(registry) => registry.ca_file.as_deref(),
        }
    }
}

impl Checker<'_> {
    pub(crate) fn registry(
        &mut self,
        raw: Option<&Spanned<RawRegistry>>,
        place: Option<&Place>,
    ) -> Checked<Registry> {
        let Some(raw) = raw else { return self.in_cluster(None, place) };
        let kind = self.optional(raw.get_ref().kind.as_ref())?;
        match kind.unwrap_or(RegistryKind::InClusterHarbor) {
            RegistryKind::InClusterHarbor => self.in_cluster(Some(raw.get_ref()), place),
            RegistryKind::Harbor => self.existing(raw).map(Registry::Harbor),
            RegistryKind::Oci => self.existing(raw).map(Registry::Oci),
        }
    }

    fn in_cluster(
        &mut self,
        raw: Option<&RawRegistry>,
        place: Option<&Place>,
    ) -> Checked<Registry> {
        for text in
            raw.iter().flat_map(|raw| [&raw.url, &raw.prefix, &raw.user, &raw.ca_file]).flatten()
        {
            let help = "remove it, or write `kind = \"harbor\"` or `kind = \"oci\"`";
            self.wrong(text.span(), "this belongs to a registry that is there already", help);
        }
        let host = match raw.and_then(|raw| raw.host.as_ref()) {
            Some(host) => self.word(host),
            // A domain that is wrong is told where it stands.
            None => place.ok_or(Noted).and_then(|place| {
                format!("{USUAL_NAME}.{}", place.domain).parse().map_err(|_| Noted)
            }),
        };
        let storage = self.optional(raw.and_then(|raw| raw.storage.as_ref()));
        let password = self.optional_secret(raw.and_then(|raw| raw.password.as_ref()));
        let (storage, password) = (storage?.unwrap_or(USUAL_STORAGE), password?);
        Ok(Registry::InClusterHarbor { host: host?, storage, password })
    }

    fn existing(&mut self, raw: &Spanned<RawRegistry>) -> Checked<ExistingRegistry> {
        let (at, raw) = (raw.span(), raw.get_ref());
        for text in [&raw.host, &raw.storage].into_iter().flatten() {
            let help = "remove it, or write `kind = \"in-cluster-harbor\"`";
            self.wrong(text.span(), "this belongs to a Harbor in the cluster", help);
        }
        let url = match &raw.url {
            Some(text) => self.registry_url(text, raw.password.is_some()),
            None => {
                Err(self.wrong(at, "it is not clear where this registry is", "write its `url`"))
            }
        };
        let prefix = self.optional(raw.prefix.as_ref());
        let (login, ca_file) = (self.login(raw), self.optional_path(raw.ca_file.as_ref()));
        Ok(ExistingRegistry { url: url?, prefix: prefix?, login: login?, ca_file: ca_file? })
    }

    fn registry_url(&mut self, text: &Text, has_password: bool) -> Checked<SourceUrl> {
        let url = self.url(text)?;
        if !matches!(url.as_url().path(), "" | "/") || url.as_url().query().is_some() {
            let help = "write host and port alone; a path is the `prefix`";
            return Err(self.wrong(text.span(), "this is more than the host of a registry", help));
        }
        if url.as_url().scheme() == "http" {
            let help =
                "write `https://`; digests protect what is pulled, nothing protects who asks";
            if has_password {
                let message = "the password would travel in clear text";
                return Err(self.wrong(text.span(), message, help));
            }
            self.doubt(text.span(), "this registry is without TLS", help);
        }
        Ok(url)
    }

    fn login(&mut self, raw: &RawRegistry) -> Checked<Option<Login>> {
        match (&raw.user, &raw.password) {
            (None, None) => Ok(None),
            (Some(user), Some(password)) => {
                let (user, password) =
                    (self.sentence(user, "the name of a user"), self.secret(password));
                Ok(Some(Login { user: user?, password: password? }))
            }
            (Some(user), None) => {
                Err(self.wrong(user.span(), "this user has no password", "write `password`"))
            }
            (None, Some(password)) => {
                Err(self.wrong(password.span(), "this password has no user", "write `user`"))
            }
        }
    }
}
