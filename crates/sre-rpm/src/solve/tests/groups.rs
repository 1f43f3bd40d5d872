//! Groups and environments.

use super::*;
use crate::metadata::{Environment, Group, GroupMember, Groups, MemberKind};

#[test]
fn groups_bring_their_members() {
    let mut catalog = catalog(&[
        ("always-1-1.noarch", &[]),
        ("usually-1-1.noarch", &[]),
        ("seldom-1-1.noarch", &[]),
        ("with-1-1.noarch", &[]),
        ("other-1-1.noarch", &[]),
    ]);
    let member = |package: &str, kind| GroupMember { package: package.to_owned(), kind };
    let group = Group {
        id: "g".to_owned(),
        members: vec![
            member("always", MemberKind::Mandatory),
            member("usually", MemberKind::Default),
            member("seldom", MemberKind::Optional),
            member("with", MemberKind::Conditional { requires: "other".to_owned() }),
            member("gone", MemberKind::Mandatory),
        ],
        ..Group::default()
    };
    let groups = Groups { groups: vec![group], environments: Vec::new() };
    catalog.set_groups(crate::RepositoryId(0), groups);
    let mut request = asking(&[]);
    let ask = |members| vec![GroupRequest { name: "g".to_owned(), members }];
    request.groups = ask(GroupMembers::Mandatory);
    assert_eq!(solved(&catalog, &request), ["always-1-1.noarch"]);
    request.groups = ask(GroupMembers::Default);
    assert_eq!(solved(&catalog, &request).len(), 2);
    request.packages = vec!["other".parse().unwrap()];
    assert_eq!(solved(&catalog, &request).len(), 4);
    let notes = solve(&catalog, &request).unwrap().notes;
    assert!(
        matches!(notes.as_slice(), [Note::GroupMemberMissing { package, .. }] if package == "gone")
    );
    request.groups[0].name = "h".to_owned();
    assert!(refused(&catalog, &request).contains("`h`"));
}

#[test]
fn a_group_that_two_repositories_have_is_one_group() {
    let mut catalog = catalog(&[("a-1-1.noarch", &[])]);
    let second = catalog.add_repository(RepositorySettings::named("two")).unwrap();
    catalog.add_package(second, &package("b-1-1.noarch", &[])).unwrap();
    let group = |member: &str| Group {
        id: "g".to_owned(),
        name: format!("The group of {member}"),
        members: vec![GroupMember { package: member.to_owned(), kind: MemberKind::Mandatory }],
        ..Group::default()
    };
    let environment = |option: &str| Environment {
        id: "e".to_owned(),
        groups: vec![option.to_owned()],
        ..Environment::default()
    };
    let groups = Groups { groups: vec![group("a")], environments: vec![environment("g")] };
    catalog.set_groups(crate::RepositoryId(0), groups);
    let other = Group { id: "h".to_owned(), ..group("b") };
    let groups = Groups { groups: vec![group("b"), other], environments: vec![environment("h")] };
    catalog.set_groups(second, groups);
    for name in ["g", "The group of a", "e"] {
        let wish = GroupRequest { name: name.to_owned(), members: GroupMembers::Default };
        let request = Request { groups: vec![wish], ..asking(&[]) };
        assert_eq!(solved(&catalog, &request), ["a-1-1.noarch", "b-1-1.noarch"], "{name}");
    }
    let wish = GroupRequest { name: "h".to_owned(), members: GroupMembers::Default };
    let request = Request { groups: vec![wish], ..asking(&[]) };
    assert_eq!(solved(&catalog, &request), ["b-1-1.noarch"]);
}
