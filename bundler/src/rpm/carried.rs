//! The groups that a repository of chosen packages still has whole.

use std::collections::HashSet;

use sre_rpm::metadata::{Group, Groups};

/// Joins the groups of all repositories as dnf does, and keeps those of which everything is carried.
pub(super) fn carried_groups(
    all: Vec<Groups>,
    existing: &HashSet<String>,
    carried: &HashSet<String>,
) -> Groups {
    let mut joined = Groups::default();
    for groups in all {
        for group in groups.groups {
            match joined.groups.iter_mut().find(|one| one.id == group.id) {
                Some(known) => join(known, group),
                None => joined.groups.push(group),
            }
        }
        for environment in groups.environments {
            if !joined.environments.iter().any(|one| one.id == environment.id) {
                joined.environments.push(environment);
            }
        }
    }
    joined.carried(|name| existing.contains(name), |name| carried.contains(name))
}

fn join(known: &mut Group, other: Group) {
    for member in other.members {
        if !known.members.iter().any(|one| one.package == member.package) {
            known.members.push(member);
        }
    }
}
