//! The words that a site is written in: each a type that can only be valid.
//!
//! A word is read by `FromStr` and shown by `Display`, the same text both ways. What is no such
//! word is never repeated in the error: it may be a password in the wrong place.

mod choice;
mod label;
mod name;
mod network;
mod public_key;
mod quantity;
mod rule;

pub use choice::{
    AuthorityKind, Become, Cni, Effect, Fips, LogProtocol, Profile, Reboot, RegistryKind, Role,
    StigRelease,
};
pub use label::{LabelKey, LabelValue, Taint};
pub use name::{
    DnsLabel, DnsName, EnvironmentName, FluxVariable, InterfaceName, ProxmoxName, RegistryPrefix,
    UserName,
};
pub use network::{Fingerprint, Host, HostAddress, MacAddress, Subnet};
pub use public_key::PublicKey;
pub use quantity::Size;
pub use rule::RuleId;

/// Says that a text is not the word that belongs there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not {what}")]
pub struct WordError {
    /// What should stand there, such as `a MAC address`.
    pub what: &'static str,
    /// How it is written.
    pub form: &'static str,
}

/// A word that says itself what it is and how it is written.
pub trait SiteWord: std::str::FromStr<Err = WordError> + std::fmt::Display {
    /// What a person calls it, with its article.
    const WHAT: &'static str;
    /// How it is written, with an example.
    const FORM: &'static str;

    /// The error of every text that is no such word.
    const WRONG: WordError = WordError { what: Self::WHAT, form: Self::FORM };
}

/// Makes a type of the texts for which a predicate holds.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $what:literal, $form:literal, $fits:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        pub struct $name(String);

        impl $name {
            /// Gives the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl $crate::words::SiteWord for $name {
            const WHAT: &'static str = $what;
            const FORM: &'static str = $form;
        }

        impl std::str::FromStr for $name {
            type Err = $crate::words::WordError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let fits: fn(&str) -> bool = $fits;
                let wrong = <Self as $crate::words::SiteWord>::WRONG;
                if fits(text) { Ok(Self(text.to_owned())) } else { Err(wrong) }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.pad(&self.0)
            }
        }
    };
}
use word;

#[cfg(test)]
mod tests;
