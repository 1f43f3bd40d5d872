//! Whether a TOML document has the shape that its JSON schema says.
//!
//! Deserializing would stop at the first fault, and repeat what stands there. The schema that
//! editors use knows all keys, so this walks document and schema side by side: unknown keys with
//! the nearest known one, missing keys, values of the wrong kind. No message holds a value.

use std::ops::Range;

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::{Problem, WrittenFile};

/// How alike two keys must be (0 to 1) for one to be offered in the place of the other.
const ALIKE: f64 = 0.6;

/// One place where a document does not fit its schema.
#[derive(Clone, Debug)]
pub struct Misfit<'a> {
    /// What is wrong.
    pub kind: MisfitKind,
    /// The bytes that the problem points to.
    pub at: Range<usize>,
    /// The bytes of the value that stands there, which may be a secret in the wrong place.
    pub value: Option<Range<usize>>,
    /// The name of the definition in the schema that the value should have followed.
    pub definition: Option<&'a str>,
    message: String,
    help: Option<String>,
}

/// What is wrong at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MisfitKind {
    /// No table here has this key.
    UnknownKey,
    /// A key that must be there is not.
    MissingKey,
    /// The value is a text where a table belongs, or the like.
    WrongKind,
}

impl Misfit<'_> {
    /// Makes a problem of it that shows the lines of the file.
    #[must_use]
    pub fn problem(&self, file: &WrittenFile) -> Problem {
        let problem = file.problem(self.at.clone(), &*self.message);
        match &self.help {
            Some(help) => problem.with_help(help),
            None => problem,
        }
    }
}

/// Finds every place where a document does not fit its schema.
#[must_use]
pub fn misfits<'a>(document: &DeTable<'_>, schema: &'a Value) -> Vec<Misfit<'a>> {
    let mut walk = Walk { schema, misfits: Vec::new() };
    walk.table(document, 0..0, schema);
    walk.misfits
}

struct Walk<'a> {
    schema: &'a Value,
    misfits: Vec<Misfit<'a>>,
}

impl<'a> Walk<'a> {
    fn table(&mut self, table: &DeTable<'_>, at: Range<usize>, schema: &'a Value) {
        let (schema, _) = self.resolve(schema);
        for (key, value) in table {
            let name: &str = key.get_ref();
            let property = schema["properties"].get(name);
            // A map with free keys, such as hosts, has a schema for all of its values.
            match property
                .or_else(|| schema.get("additionalProperties").filter(|it| it.is_object()))
            {
                Some(schema) => self.value(value.get_ref(), value.span(), schema),
                None => self.unknown(name, key.span(), value.span(), &schema["properties"]),
            }
        }
        let required = schema["required"].as_array().into_iter().flatten();
        for name in required.filter_map(Value::as_str).filter(|name| !table.contains_key(*name)) {
            self.note(MisfitKind::MissingKey, at.clone(), format!("the key `{name}` is missing"));
        }
    }

    fn value(&mut self, value: &DeValue<'_>, at: Range<usize>, schema: &'a Value) {
        let (resolved, definition) = self.resolve(schema);
        let (is, wanted) = (kind_of(value), wanted_kind(resolved));
        let fits = |wanted| wanted == is || (wanted, is) == ("number", "integer");
        if let Some(wanted) = wanted.filter(|wanted| !fits(*wanted)) {
            let message = format!("this is {}, not {}", phrase(is), phrase(wanted));
            self.note(MisfitKind::WrongKind, at.clone(), message);
            if let Some(misfit) = self.misfits.last_mut() {
                (misfit.value, misfit.definition) = (Some(at), definition);
            }
            return;
        }
        match value {
            DeValue::Table(table) if resolved["type"] == "object" => {
                self.table(table, at, resolved);
            }
            DeValue::Array(array) => {
                let items = &resolved["items"];
                array.iter().for_each(|item| self.value(item.get_ref(), item.span(), items));
            }
            // What may be of several kinds is left to the deserializer.
            _ => {}
        }
    }

    /// Follows a reference, also one that may be null, and tells the name of what it leads to.
    fn resolve(&self, schema: &'a Value) -> (&'a Value, Option<&'a str>) {
        let mut choices = schema["anyOf"].as_array().into_iter().flatten();
        let is_null = |choice: &&Value| choice["type"] == "null";
        let schema = match (choices.next(), choices.next(), choices.next()) {
            (Some(choice), Some(null), None) if is_null(&null) => choice,
            _ => schema,
        };
        let reference = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
        let definition = reference.and_then(|text| text.rsplit('/').next());
        let resolved = reference.and_then(|pointer| self.schema.pointer(pointer));
        (resolved.unwrap_or(schema), definition)
    }

    fn unknown(&mut self, name: &str, at: Range<usize>, value: Range<usize>, known: &Value) {
        let mut known: Vec<&str> =
            known.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        known.sort_unstable();
        let shown: String = name.chars().take(60).collect();
        let list = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let help = match nearest(name, &known) {
            Some(key) => format!("did you mean `{key}`? known here: {list}"),
            None => format!("known here: {list}"),
        };
        self.note(MisfitKind::UnknownKey, at, format!("unknown key `{shown}`"));
        if let Some(misfit) = self.misfits.last_mut() {
            (misfit.value, misfit.help) = (Some(value), Some(help));
        }
    }

    fn note(&mut self, kind: MisfitKind, at: Range<usize>, message: String) {
        self.misfits.push(Misfit { kind, at, value: None, definition: None, message, help: None });
    }
}

/// Gives the one kind of value that a schema wants, in the words of JSON schema; dates are `date`.
fn wanted_kind(schema: &Value) -> Option<&str> {
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.as_slice(),
        kind => std::slice::from_ref(kind),
    };
    let mut kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
    let kind = kinds.next().filter(|_| kinds.next().is_none())?;
    Some(if kind == "string" && schema["format"] == "date" { "date" } else { kind })
}

fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "string",
        DeValue::Integer(_) => "integer",
        DeValue::Float(_) => "number",
        DeValue::Boolean(_) => "boolean",
        DeValue::Datetime(_) => "date",
        DeValue::Array(_) => "array",
        DeValue::Table(_) => "object",
    }
}

fn phrase(kind: &str) -> &str {
    match kind {
        "string" => "a text in quotes",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "`true` or `false`",
        "date" => "a date without quotes",
        "array" => "a list in `[` and `]`",
        "object" => "a table",
        other => other,
    }
}

/// Gives the one of the known words that is most like what was written, if any is.
#[must_use]
pub fn nearest<'a>(written: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |key: &&str| strsim::jaro_winkler(written, key);
    known
        .iter()
        .copied()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
        .filter(|key| likeness(key) >= ALIKE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the words below are checked against.
    fn schema() -> Value {
        serde_json::json!({
            "$defs": { "Door": { "type": "object", "required": ["name"], "properties": {
                "name": { "type": "string" },
                "since": { "type": "string", "format": "date" },
            }, "additionalProperties": false } },
            "type": "object",
            "properties": {
                "door": { "anyOf": [{ "$ref": "#/$defs/Door" }, { "type": "null" }] },
                "doors": { "type": "array", "items": { "$ref": "#/$defs/Door" } },
                "wide": { "type": ["integer", "null"] },
            },
            "additionalProperties": false,
        })
    }

    #[test]
    fn finds_everything_that_does_not_fit_and_repeats_no_value() {
        let (schema, text) = (schema(), "wide = \"hunter2\"\n[door]\nsince = \"hunter2\"\n");
        let text = format!("{text}nome = \"hunter2\"\n[[doors]]\nname = [\"hunter2\"]\n");
        let document = DeTable::parse(&text).unwrap();
        let found = misfits(document.get_ref(), &schema);
        let told: Vec<_> = found.iter().map(|misfit| &*misfit.message).collect();
        for message in [
            "this is a text in quotes, not a whole number",
            "this is a text in quotes, not a date without quotes",
            "unknown key `nome`",
            "the key `name` is missing",
            "this is a list in `[` and `]`, not a text in quotes",
        ] {
            assert!(told.contains(&message), "{message}: {told:?}");
        }
        let values = found.iter().filter_map(|misfit| misfit.value.clone());
        assert!(values.clone().all(|value| text[value].contains("hunter2")));
        assert_eq!((found.len(), values.count()), (5, 4));
    }

    #[test]
    fn names_the_definition_that_a_value_of_the_wrong_kind_should_have_followed() {
        let schema = schema();
        let document = DeTable::parse("door = 1").unwrap();
        let found = misfits(document.get_ref(), &schema);
        assert_eq!((found[0].definition, found[0].kind), (Some("Door"), MisfitKind::WrongKind));
    }
}
