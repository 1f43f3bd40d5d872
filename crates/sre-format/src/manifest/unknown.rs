//! Every key that the schema does not know, with the nearest one that it does.
//!
//! Deserializing would stop at the first; the schema that editors use knows them all, so this
//! walks file and schema side by side.

use serde_json::Value;
use toml::de::{DeTable, DeValue};

use crate::{Problem, WrittenFile};

/// How alike two keys must be (0 to 1) for one to be offered in the place of the other.
const ALIKE: f64 = 0.6;

/// Finds every unknown key of a document.
pub(super) fn find(file: &WrittenFile, document: &DeTable<'_>, schema: &Value) -> Vec<Problem> {
    let mut walk = Walk { file, schema, problems: Vec::new() };
    walk.table(document, schema);
    walk.problems
}

struct Walk<'a> {
    file: &'a WrittenFile,
    schema: &'a Value,
    problems: Vec<Problem>,
}

impl<'a> Walk<'a> {
    fn table(&mut self, table: &DeTable<'_>, schema: &'a Value) {
        let schema = self.resolve(schema);
        for (key, value) in table {
            let name: &str = key.get_ref();
            let property = schema["properties"].get(name);
            // A map with free keys, such as hosts, has a schema for all of its values.
            match property
                .or_else(|| schema.get("additionalProperties").filter(|it| it.is_object()))
            {
                Some(schema) => self.value(value.get_ref(), schema),
                None => self.unknown(name, key.span(), &schema["properties"]),
            }
        }
    }

    fn value(&mut self, value: &DeValue<'_>, schema: &'a Value) {
        match value {
            DeValue::Table(table) if self.resolve(schema)["type"] == "object" => {
                self.table(table, schema);
            }
            DeValue::Array(array) => {
                let items = &self.resolve(schema)["items"];
                array.iter().for_each(|item| self.value(item.get_ref(), items));
            }
            // A value of the wrong type is left to the deserializer, which says so.
            _ => {}
        }
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let reference = schema["$ref"].as_str().and_then(|text| text.strip_prefix('#'));
        reference.and_then(|pointer| self.schema.pointer(pointer)).unwrap_or(schema)
    }

    fn unknown(&mut self, name: &str, at: std::ops::Range<usize>, properties: &Value) {
        let mut known: Vec<&str> =
            properties.as_object().into_iter().flatten().map(|(key, _)| key.as_str()).collect();
        known.sort_unstable();
        let shown: String = name.chars().take(60).collect();
        let list = known.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
        let help = match nearest(name, &known) {
            Some(key) => format!("did you mean `{key}`? known here: {list}"),
            None => format!("known here: {list}"),
        };
        let problem = self.file.problem(at, format!("unknown key `{shown}`")).with_help(help);
        self.problems.push(problem);
    }
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> Option<&'a str> {
    let likeness = |key: &&str| strsim::jaro_winkler(name, key);
    known
        .iter()
        .copied()
        .max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
        .filter(|key| likeness(key) >= ALIKE)
}
