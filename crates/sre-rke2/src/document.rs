//! YAML as RKE2 reads it.
//!
//! RKE2 reads YAML 1.1, in which `on`, `yes` and `0600` are no texts, and other readers read YAML
//! 1.2. So every text stands in double quotes, in JSON's escapes, which mean the same to both; the
//! serializers at hand quote by the rules of one of the two, and write no comments on top.

use serde_json::{Map, Value};

/// What stands on top of every file that we write.
pub(crate) const BANNER: &str = "# Written by sre-install, which replaces it at its next run; \
     settings of the site belong in the site file.\n";

/// Words that YAML 1.1 takes for truth or nothing.
const MEAN_MORE: [&str; 9] = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];

/// Renders documents, separated by `---`, below the comment that says who wrote them.
///
/// Keys come in the order of the map, which sorts them.
pub(crate) fn yaml<'a>(documents: impl IntoIterator<Item = &'a Value>) -> String {
    let mut text = BANNER.to_owned();
    for (index, document) in documents.into_iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        block(&mut text, document, 0);
    }
    text
}

/// Writes a value on lines of its own.
fn block(text: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(map) if !map.is_empty() => entries(text, map, depth, ""),
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                list_item(text, item, depth);
            }
        }
        _ => {
            indent(text, depth);
            scalar(text, value);
            text.push('\n');
        }
    }
}

/// Writes the keys of a map; the first line is begun by the caller when there is a `lead`.
fn entries(text: &mut String, map: &Map<String, Value>, depth: usize, lead: &str) {
    for (index, (key, value)) in map.iter().enumerate() {
        if index > 0 || lead.is_empty() {
            indent(text, depth);
        }
        plain_key(text, key);
        text.push(':');
        if is_block(value) {
            text.push('\n');
            block(text, value, depth + 1);
        } else {
            text.push(' ');
            scalar(text, value);
            text.push('\n');
        }
    }
}

fn list_item(text: &mut String, item: &Value, depth: usize) {
    indent(text, depth);
    text.push_str("- ");
    match item {
        Value::Object(map) if !map.is_empty() => entries(text, map, depth + 1, "- "),
        // Lists of lists occur in none of our files; JSON is YAML, too.
        _ => {
            scalar(text, item);
            text.push('\n');
        }
    }
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => !items.is_empty(),
        _ => false,
    }
}

fn indent(text: &mut String, depth: usize) {
    text.extend(std::iter::repeat_n("  ", depth));
}

/// Writes anything in the form of JSON; texts are in double quotes.
fn scalar(text: &mut String, value: &Value) {
    text.push_str(&value.to_string());
}

/// Writes a key as it is when no reader could take it for anything but a text.
fn plain_key(text: &mut String, key: &str) {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    let is_word = key.starts_with(|c: char| c.is_ascii_alphabetic());
    let means_more = MEAN_MORE.contains(&key.to_ascii_lowercase().as_str());
    if is_word && !means_more && key.chars().all(is_safe) {
        text.push_str(key);
    } else {
        scalar(text, &Value::String(key.to_owned()));
    }
}

/// Reads one document of YAML, for comparison as data.
#[cfg(test)]
pub(crate) fn parse(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_that_look_like_something_else_stay_texts() {
        let value = json!({
            "write-kubeconfig-mode": "0600",
            "truth": ["yes", "on", "null", "~", "1.35", "*", "a: b # c", "\"\\\n", "é", ""],
            "on": true, "number": 30, "nothing": null,
            "*": {"empty": {}, "none": []},
            "list": [{"a": "1", "bcde": {"deep": ["x"]}}, [], ["nested"], {}],
        });
        let text = yaml([&value]);
        assert!(text.contains("write-kubeconfig-mode: \"0600\"\n"), "{text}");
        assert_eq!(parse(&text), value, "{text}");
    }

    #[test]
    fn documents_are_separated_and_keep_their_order() {
        let (first, second) = (json!({"kind": "A"}), json!({"kind": "B"}));
        let text = yaml([&first, &second]);
        let (before, after) = text.split_once("---\n").unwrap();
        assert_eq!((parse(before), parse(after)), (first, second));
        assert!(text.starts_with("# Written by sre-install"));
    }
}
