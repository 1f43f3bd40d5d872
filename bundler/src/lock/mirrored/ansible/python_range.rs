//! For which versions of Python a file says that it is (`Requires-Python`).

use std::cmp::Ordering;

/// Longer signs first, so that `>=` is not taken for `>`.
const OPERATORS: [&str; 8] = ["===", "==", "!=", ">=", "<=", "~=", ">", "<"];

/// Says whether a Python of this major and minor version can be in a range. Which patch it has is
/// not known, so a condition about patches holds; so does one that nobody understands, because
/// `pip` has the last word.
pub(super) fn may_hold(range: &str, python: (u32, u32)) -> bool {
    range.split(',').all(|condition| may_hold_one(condition.trim(), python))
}

fn may_hold_one(condition: &str, python: (u32, u32)) -> bool {
    let Some(operator) = OPERATORS.into_iter().find(|sign| condition.starts_with(sign)) else {
        return true;
    };
    let version = condition[operator.len()..].trim();
    let numbers = version.split('.').filter(|part| *part != "*").map(str::parse);
    let Ok(numbers) = numbers.collect::<Result<Vec<u32>, _>>() else { return true };
    let Some(major) = numbers.first().copied() else { return true };
    let bound = (major, numbers.get(1).copied().unwrap_or(0));
    let has_patch = numbers.get(2).is_some_and(|patch| *patch > 0);
    let order = python.cmp(&bound);
    let is_prefix = python.0 == major && numbers.get(1).is_none_or(|minor| python.1 == *minor);
    match operator {
        ">=" | ">" => order != Ordering::Less,
        "<" | "<=" => order == Ordering::Less || (order == Ordering::Equal && has_patch),
        "!=" => !(is_prefix && version.ends_with(".*")),
        "~=" if numbers.len() > 2 => order == Ordering::Equal,
        "~=" => order != Ordering::Less && python.0 == major,
        _ => is_prefix,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decides_by_major_and_minor_and_leaves_the_rest_to_pip() {
        for (range, inside, outside) in [
            (">=3.9", (3, 9), (3, 8)),
            (">=3.6,<4", (3, 14), (4, 0)),
            (">=3.7, !=3.8.*", (3, 9), (3, 8)),
            (">2.7,<3.10", (3, 9), (3, 10)),
            ("<3.9.5", (3, 9), (3, 10)),
            ("~=3.8", (3, 12), (4, 0)),
            ("~=3.8.1", (3, 8), (3, 9)),
            ("==3.*", (3, 1), (2, 7)),
        ] {
            assert!(may_hold(range, inside), "{range}");
            assert!(!may_hold(range, outside), "{range}");
        }
        for range in ["", "whatever", ">=three"] {
            assert!(may_hold(range, (3, 9)), "{range}");
        }
    }
}
