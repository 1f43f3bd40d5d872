//! Writes tables and keys, each with what the schema says of it.

use std::fmt::Write as _;

use serde_json::Value;

use crate::secret::SecretReference;

/// A site file that grows from top to bottom.
pub(super) struct Page {
    text: String,
    schema: Value,
    definition: &'static str,
    presence: Presence,
}

/// Whether a table is there or stands as a comment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Presence {
    There,
    Comment,
}

impl Presence {
    /// A table with an answer is there.
    pub(super) fn of<T>(answer: Option<&T>) -> Self {
        if answer.is_some() { Self::There } else { Self::Comment }
    }
}

impl Page {
    pub(super) fn new(head: &str) -> Self {
        let (schema, definition) = (crate::schema(), "");
        Self { text: head.to_owned(), schema, definition, presence: Presence::There }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Begins a table; the keys that follow belong to it.
    pub(super) fn table(&mut self, header: &str, definition: &'static str, presence: Presence) {
        (self.definition, self.presence) = (definition, presence);
        let said = self.schema["$defs"][definition]["description"].as_str().unwrap_or_default();
        let sign = if presence == Presence::There { "" } else { "#" };
        // Writing to a text cannot fail.
        _ = write!(self.text, "\n# {said}\n{sign}{header}\n");
    }

    /// Writes a key with its value.
    pub(super) fn key(&mut self, key: &str, value: &str) {
        self.line(key, value, self.presence);
    }

    /// Writes a key with what was answered, or as a comment with an example.
    pub(super) fn optional(&mut self, key: &str, answer: Option<String>, example: &str) {
        match answer {
            Some(value) => self.key(key, &value),
            None => self.line(key, example, Presence::Comment),
        }
    }

    /// Writes a key as a comment with an example.
    pub(super) fn example(&mut self, key: &str, example: &str) {
        self.line(key, example, Presence::Comment);
    }

    /// Writes a key without saying again what it is.
    pub(super) fn plain_key(&mut self, key: &str, value: &str) {
        _ = writeln!(self.text, "{key} = {value}");
    }

    fn line(&mut self, key: &str, value: &str, presence: Presence) {
        let property = &self.schema["$defs"][self.definition]["properties"][key];
        let said = property["description"].as_str().unwrap_or_default();
        let sign = if presence == Presence::There { "" } else { "#" };
        _ = write!(self.text, "# {said}\n{sign}{key} = {value}\n");
    }
}

/// Writes a text as TOML does.
pub(super) fn quoted(value: impl std::fmt::Display) -> String {
    toml::Value::String(value.to_string()).to_string()
}

/// Writes a list of texts.
pub(super) fn list<T: std::fmt::Display>(values: &[T]) -> String {
    let values: Vec<_> = values.iter().map(quoted).collect();
    format!("[{}]", values.join(", "))
}

/// Writes where a secret comes from.
pub(super) fn reference(secret: &SecretReference) -> String {
    match secret {
        SecretReference::File(path) => format!("{{ file = {} }}", quoted(path.display())),
        SecretReference::Environment(name) => format!("{{ environment = {} }}", quoted(name)),
        SecretReference::Command(command) => format!("{{ command = {} }}", list(command)),
    }
}
