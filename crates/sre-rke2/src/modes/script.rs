//! The script that mends owners and modes.

use std::fmt::Write as _;

use super::{Kind, MODES, OWNER};
use crate::paths;

/// What stands before the rows. `find -P` never goes through a link below the folder that it is
/// given, and every row pins the depth, so no link inside of the tree leads anywhere else.
const HEAD: &str = r#"#!/bin/sh
# Written by sre-install from its table of modes (V-254564); see docs/rke2.md.
# Says each path that it mends, and nothing when all is right.
set -u
LC_ALL=C
export LC_ALL

root=${SRE_ROOT:-}
owner=${SRE_OWNER:-@OWNER@}
user=${owner%%:*}
group=${owner#*:}
status=0

# base, depth below it, pattern of what follows the base, d or f, mode or -
keep() {
    if [ -L "$root$1" ]; then
        echo "$root$1 is a symbolic link, which is not followed: nothing below it is kept" >&2
        status=1
        return
    fi
    [ -d "$root$1" ] || return 0
    find -P "$root$1" -mindepth "$2" -maxdepth "$2" -path "$root$1$3" -type "$4" \
        \( ! -user "$user" -o ! -group "$group" \) \
        -exec chown -h "$owner" {} \; -print || status=1
    [ "$5" = - ] && return
    find -P "$root$1" -mindepth "$2" -maxdepth "$2" -path "$root$1$3" -type "$4" \
        ! -perm "$5" -exec chmod "$5" {} \; -print || status=1
}

"#;

/// Renders the script. It takes a root to work below from `SRE_ROOT`, and another owner from
/// `SRE_OWNER`, so that it can be tried without being root.
#[must_use]
pub fn script() -> String {
    let mut text = HEAD.replace("@OWNER@", OWNER);
    // No row speaks of the data folder itself: RKE2 sets its mode, and the rule its owner.
    keep(&mut text, paths::DATA, "", Kind::Folder, None);
    for row in MODES {
        keep(&mut text, row.base, row.below, row.kind, row.mode);
    }
    text.push_str("exit \"$status\"\n");
    text
}

fn keep(text: &mut String, base: &str, below: &str, kind: Kind, mode: Option<u16>) {
    let pattern = if below.is_empty() { String::new() } else { format!("/{below}") };
    let depth = pattern.matches('/').count();
    let kind = match kind {
        Kind::Folder => 'd',
        Kind::File => 'f',
    };
    let mode = mode.map_or_else(|| "-".to_owned(), |mode| format!("{mode:04o}"));
    _ = writeln!(text, "keep {base} {depth} '{pattern}' {kind} {mode}");
}
