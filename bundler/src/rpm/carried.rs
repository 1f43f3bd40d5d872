//! The groups that a repository of chosen packages still has whole.

use std::collections::{HashMap, HashSet};

use sre_rpm::metadata::{Environment, Group, Groups, MemberKind};

/// Joins the groups of all repositories as dnf does, and keeps those of which everything is carried.
pub(super) fn carried_groups(
    all: Vec<Groups>,
    existing: &HashSet<String>,
    carried: &HashSet<String>,
) -> Groups {
    let (mut groups, mut environments) = (Vec::new(), Vec::new());
    for one in all {
        groups.extend(one.groups);
        environments.extend(one.environments);
    }
    let groups = joined(groups, |group| group.id.clone(), join_groups);
    let environments = joined(environments, |one| one.id.clone(), join_environments);
    let joined = Groups { groups, environments };
    joined.carried(|name| existing.contains(name), |name| carried.contains(name))
}

/// Joins what has one identity, in the order of first appearance.
fn joined<T>(all: Vec<T>, id: impl Fn(&T) -> String, join: impl Fn(&mut T, T)) -> Vec<T> {
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut found: Vec<T> = Vec::new();
    for one in all {
        let place = *places.entry(id(&one)).or_insert(found.len());
        match found.get_mut(place) {
            Some(known) => join(known, one),
            None => found.push(one),
        }
    }
    found
}

fn join_groups(known: &mut Group, other: Group) {
    for member in other.members {
        match known.members.iter_mut().find(|one| one.package == member.package) {
            Some(same) if rank(&member.kind) < rank(&same.kind) => same.kind = member.kind,
            Some(_) => {}
            None => known.members.push(member),
        }
    }
}

fn join_environments(known: &mut Environment, other: Environment) {
    for group in other.groups {
        if !known.groups.contains(&group) {
            known.groups.push(group);
        }
    }
    for option in other.options {
        if !known.options.iter().any(|one| one.group == option.group) {
            known.options.push(option);
        }
    }
}

/// Gives a number that is smaller for what is installed more often.
fn rank(kind: &MemberKind) -> u8 {
    match kind {
        MemberKind::Mandatory => 0,
        MemberKind::Default => 1,
        MemberKind::Conditional { .. } => 2,
        MemberKind::Optional => 3,
    }
}

#[cfg(test)]
mod tests {
    use sre_rpm::metadata::GroupMember;

    use super::*;

    fn groups(members: &[(&str, MemberKind)], environment: &str) -> Groups {
        let member = |(package, kind): &(&str, MemberKind)| GroupMember {
            package: (*package).to_owned(),
            kind: kind.clone(),
        };
        let members = members.iter().map(member).collect();
        let group = Group { id: "g".to_owned(), members, ..Group::default() };
        let environment = Environment {
            id: "e".to_owned(),
            groups: vec![environment.to_owned()],
            ..Environment::default()
        };
        Groups { groups: vec![group], environments: vec![environment] }
    }

    fn names(words: &[&str]) -> HashSet<String> {
        words.iter().map(|one| (*one).to_owned()).collect()
    }

    #[test]
    fn what_two_repositories_say_of_a_group_is_kept_as_one() {
        let one = groups(&[("a", MemberKind::Optional), ("b", MemberKind::Default)], "g");
        let two = groups(&[("a", MemberKind::Mandatory), ("c", MemberKind::Mandatory)], "h");
        let existing = names(&["a", "b", "c"]);
        let all = || vec![one.clone(), two.clone()];
        let found = carried_groups(all(), &existing, &existing);
        let [group] = &found.groups[..] else { panic!("{found:?}") };
        let kinds: Vec<_> = group.members.iter().map(|one| one.kind.clone()).collect();
        assert_eq!(kinds, [MemberKind::Mandatory, MemberKind::Default, MemberKind::Mandatory]);
        // The environment wants a group that nobody carries, and `a` is mandatory somewhere.
        assert!(found.environments.is_empty());
        assert!(carried_groups(all(), &existing, &names(&["b", "c"])).groups.is_empty());
    }
}
