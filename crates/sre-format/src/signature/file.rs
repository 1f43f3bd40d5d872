//! The files of the signature region.

use super::KeyId;

/// One file of the signature region, or one that stands beside a trust file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignatureFile {
    /// Name without the folder: `<key id>.sig`, `<key id>.sigstore.json` or `<key id>.pub`.
    pub name: String,
    /// The whole content.
    pub bytes: Vec<u8>,
}

/// What a file of the signature region holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The public key in PEM, for first contact only.
    PublicKey,
    /// The plain signature in DER.
    Plain,
    /// The Sigstore bundle.
    Sigstore,
}

/// Says that a file of the signature region has a name which means nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`signatures/{name}` is no name of a signature")]
pub struct StrangeSignatureFile {
    /// Name of the file.
    pub name: String,
}

impl Form {
    /// All forms, in the order in which a bundle lists the files of one key.
    pub const ALL: [Self; 3] = [Self::PublicKey, Self::Plain, Self::Sigstore];

    /// Gives the end of the file's name, with its dot.
    #[must_use]
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::PublicKey => ".pub",
            Self::Plain => ".sig",
            Self::Sigstore => ".sigstore.json",
        }
    }
}

impl SignatureFile {
    /// Names the file that holds one form of one key's signature.
    #[must_use]
    pub fn new(key: KeyId, form: Form, bytes: Vec<u8>) -> Self {
        Self { name: format!("{key}{}", form.suffix()), bytes }
    }

    /// Reads key and form from the name.
    pub fn meaning(&self) -> Result<(KeyId, Form), StrangeSignatureFile> {
        let strange = || StrangeSignatureFile { name: self.name.clone() };
        let dot = self.name.find('.').ok_or_else(strange)?;
        let (id, suffix) = self.name.split_at(dot);
        let id = id.parse().map_err(|_| strange())?;
        let form = Form::ALL.into_iter().find(|form| form.suffix() == suffix);
        form.map(|form| (id, form)).ok_or_else(strange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_names_that_it_writes() {
        let id = KeyId::from_bytes([7; 32]);
        for form in Form::ALL {
            assert_eq!(SignatureFile::new(id, form, Vec::new()).meaning(), Ok((id, form)));
        }
    }

    #[test]
    fn refuses_other_names() {
        let id = KeyId::from_bytes([0xab; 32]).to_string();
        for name in [
            String::new(),
            id.clone(),
            format!("{id}."),
            format!("{id}.asc"),
            format!("{id}.sig.sig"),
            format!("{}.sig", id.to_uppercase()),
            format!("../{id}.sig"),
            ".sig".to_owned(),
        ] {
            let file = SignatureFile { name: name.clone(), bytes: Vec::new() };
            assert!(file.meaning().is_err(), "{name}");
        }
    }
}
