//! Blocks of templates that only render where something is in the cluster already.
//!
//! `helm template` has no cluster, so `lookup` finds nothing, and what stands behind it stays hidden,
//! such as a Job that mends an older installation. Here the word is replaced by an expression that
//! gives an object with the parts that every object has: `omit DICT a b c d` takes the same four
//! arguments as `lookup a b c d` and always answers.

use super::archive::ChartFile;

/// What stands in the place of `lookup`.
const THERE: &str = "omit (dict \"apiVersion\" \"v1\" \"kind\" \"Found\" \"metadata\" (dict \
                     \"name\" \"found\" \"namespace\" \"found\" \"uid\" \"found\" \"labels\" (dict) \
                     \"annotations\" (dict)) \"data\" (dict) \"spec\" (dict) \"status\" (dict) \
                     \"items\" (list))";

/// The word.
const WORD: &str = "lookup";

/// Replaces `lookup` in all templates; says whether there was any.
pub(super) fn pretend(files: &mut [ChartFile]) -> bool {
    let mut any = false;
    for file in files.iter_mut().filter(|file| file.is_template()) {
        let Some(changed) = file.text().and_then(replaced) else { continue };
        file.bytes = changed.into_bytes();
        any = true;
    }
    any
}

/// Gives a template with the word replaced where it is one of an action; nothing if it is nowhere.
fn replaced(template: &str) -> Option<String> {
    if !template.contains(WORD) {
        return None;
    }
    let mut out = String::with_capacity(template.len() * 2);
    let (mut rest, mut any) = (template, false);
    while let Some(start) = rest.find("{{") {
        let (before, action) = rest.split_at(start);
        out.push_str(before);
        let (end, is_changed) = action_replaced(action, &mut out);
        any |= is_changed;
        rest = &action[end..];
    }
    out.push_str(rest);
    any.then_some(out)
}

/// Copies the action at the start of a text; gives where it ends, and whether it was changed.
fn action_replaced(action: &str, out: &mut String) -> (usize, bool) {
    if action.trim_start_matches(['{', '-', ' ']).starts_with("/*") {
        let end = action.find("*/").unwrap_or(action.len());
        out.push_str(&action[..end]);
        return (end, false);
    }
    let (mut quote, mut escaped, mut before, mut any) = (None, false, ' ', false);
    let mut at = 0;
    while let Some(c) = action[at..].chars().next() {
        if quote.is_none() && action[at..].starts_with("}}") {
            break;
        }
        let after = action[at..].strip_prefix(WORD).and_then(|rest| rest.chars().next());
        let is_word = after.is_some_and(char::is_whitespace) && !is_part_of_word(before);
        if quote.is_none() && is_word {
            out.push_str(THERE);
            at += WORD.len();
            (before, any) = ('p', true);
            continue;
        }
        match quote {
            None if matches!(c, '"' | '`' | '\'') => quote = Some(c),
            Some(open) if open == c && !escaped => quote = None,
            _ => {}
        }
        // In raw strings a backslash is a letter like any.
        escaped = c == '\\' && !escaped && quote.is_some_and(|open| open != '`');
        out.push(c);
        before = c;
        at += c.len_utf8();
    }
    (at, any)
}

fn is_part_of_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '.' | '$')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_word_where_it_is_a_function_and_nowhere_else() {
        let template =
            "{{- if (lookup \"v1\" \"Secret\" .Release.Namespace \"a\") }}\nx\n{{ end }}";
        let changed = replaced(template).unwrap();
        assert!(changed.starts_with("{{- if (omit (dict "), "{changed}");
        assert!(changed.ends_with(" \"v1\" \"Secret\" .Release.Namespace \"a\") }}\nx\n{{ end }}"));
        for template in [
            r#"{{ if and (eq .a "\\") (lookup "v1" "Secret" "a" "b") }}"#,
            r#"{{ if and (eq .a "}}") (lookup "v1" "Secret" "a" "b") }}"#,
            r#"{{ if and (eq .a `\`) (lookup "v1" "Secret" "a" "b") }}"#,
            r#"{{/* "it's */}}{{ lookup "v1" "Secret" "a" "b" }}"#,
        ] {
            let changed = replaced(template).unwrap();
            assert_eq!(changed.replace(THERE, WORD), template);
        }
        for template in [
            "lookup a b c d",
            r#"{{ "\" lookup a" }}"#,
            "{{ `}}` }} lookup a {{ x }}",
            "{{ .Values.lookup }}",
            "{{ $lookup }}",
            "{{ \"lookup a\" }}",
            "{{/* lookup a */}}",
            "{{ include `lookup a` . }}",
            "{{ prelookup a }}",
        ] {
            assert_eq!(replaced(template), None, "{template}");
        }
    }
}
