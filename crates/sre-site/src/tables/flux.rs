//! `[flux]`: what Flux puts into the manifests of the platform.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use crate::checker::{Checked, Checker, Noted};
use crate::mask::is_named_like_a_secret;
use crate::raw::{RawSecret, Text};
use crate::secret::SecretReference;
use crate::words::FluxVariable;

/// What Flux puts into the manifests of the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Flux {
    /// Variables that everybody may read.
    pub variables: BTreeMap<FluxVariable, String>,
    /// Variables that are kept in a Secret.
    pub secret_variables: BTreeMap<FluxVariable, SecretReference>,
}

/// What Flux puts into the manifests of the platform.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RawFlux {
    /// Texts by the name of the variable.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub variables: BTreeMap<Text, Text>,
    /// Where secrets come from, by the name of the variable.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, RawSecret>")]
    pub secret_variables: BTreeMap<Text, Spanned<RawSecret>>,
}

impl Checker<'_> {
    pub(crate) fn flux(&mut self, raw: &RawFlux) -> Checked<Flux> {
        let variables: Vec<_> = raw
            .variables
            .iter()
            .map(|(name, text)| (self.variable(name), text.get_ref().clone()))
            .collect();
        let secrets: Vec<_> = raw
            .secret_variables
            .iter()
            .map(|(name, secret)| (self.secret_variable(name, &raw.variables), self.secret(secret)))
            .collect();
        let variables = variables.into_iter().map(|(name, text)| Ok::<_, Noted>((name?, text)));
        let secrets = secrets.into_iter().map(|(name, secret)| Ok::<_, Noted>((name?, secret?)));
        let (variables, secret_variables) =
            (variables.collect::<Checked<_>>(), secrets.collect::<Checked<_>>());
        Ok(Flux { variables: variables?, secret_variables: secret_variables? })
    }

    fn variable(&mut self, name: &Text) -> Checked<FluxVariable> {
        if is_named_like_a_secret(name.get_ref()) {
            let help = "write `NAME = { file = \"PATH\" }` under `[flux.secret-variables]`";
            return Err(self.wrong(
                name.span(),
                "a variable that is named like a secret has its place elsewhere",
                help,
            ));
        }
        self.word(name)
    }

    fn secret_variable(
        &mut self,
        name: &Text,
        variables: &BTreeMap<Text, Text>,
    ) -> Checked<FluxVariable> {
        if variables.contains_key(name) {
            let help = "a variable is a text or a secret, not both";
            return Err(self.wrong(name.span(), "this variable is there twice", help));
        }
        self.word(name)
    }
}
