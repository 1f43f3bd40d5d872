//! Which paths are looked up in file lists.

use super::*;

#[test]
fn paths_outside_primary_metadata_are_looked_up_only_when_within_reach() {
    let catalog = catalog(&[
        ("a-1-1.noarch", &["Requires: b", "Requires: /usr/bin/x"]),
        ("b-1-1.noarch", &["Requires: (/usr/share/b if c)"]),
        ("far-1-1.noarch", &["Requires: /usr/share/far"]),
    ]);
    let wanted = paths_to_look_up(&catalog, &asking(&["a"])).unwrap();
    assert_eq!(wanted.into_iter().collect::<Vec<_>>(), ["/usr/share/b"]);
    let wanted = paths_to_look_up(&catalog, &asking(&["/opt/tool"])).unwrap();
    assert_eq!(wanted.into_iter().collect::<Vec<_>>(), ["/opt/tool"]);
}

#[test]
fn a_wish_for_a_path_leads_on_once_its_owner_is_known() {
    let catalog = catalog(&[("a-1-1.noarch", &["/usr/share/a", "Requires: /usr/share/b"])]);
    let wanted = paths_to_look_up(&catalog, &asking(&["/usr/share/a"])).unwrap();
    assert_eq!(wanted.into_iter().collect::<Vec<_>>(), ["/usr/share/a", "/usr/share/b"]);
}

#[test]
fn paths_are_looked_up_only_for_weak_dependencies_that_are_followed() {
    let catalog = catalog(&[
        ("a-1-1.noarch", &[]),
        ("b-1-1.noarch", &["Supplements: x", "Requires: /usr/share/b"]),
        ("c-1-1.noarch", &["Enhances: a", "Requires: /usr/share/c"]),
    ]);
    let wanted = |weak| {
        let request = Request { weak, ..asking(&["a"]) };
        paths_to_look_up(&catalog, &request).unwrap().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(wanted(WeakDependencies::None), Vec::<String>::new());
    assert_eq!(wanted(WeakDependencies::Recommends), ["/usr/share/b"]);
    assert_eq!(wanted(WeakDependencies::Suggests), ["/usr/share/b", "/usr/share/c"]);
}
