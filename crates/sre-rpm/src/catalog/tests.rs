use super::*;
use crate::solve::tests::package;

fn filled(limits: Limits) -> Result<usize, CatalogError> {
    let mut catalog = Catalog::new(Architecture::X86_64, Multilib::Excluded);
    catalog.limits = limits;
    let id = catalog.add_repository(RepositorySettings::named("one"))?;
    for number in 0..100 {
        let (need, file) = (format!("Requires: needed-{number}"), format!("/usr/bin/{number}"));
        let package = package(&format!("p{number}-1-1.noarch"), &[&need, &file]);
        catalog.add_package(id, &package)?;
    }
    Ok(catalog.len())
}

#[test]
fn small_packages_without_end_do_not_take_all_memory() {
    assert_eq!(filled(Limits { entries: 200, text: 1 << 20 }), Ok(100));
    assert_eq!(filled(Limits { entries: 100, text: 1 << 20 }), Err(CatalogError::TooLarge));
    assert_eq!(filled(Limits { entries: 200, text: 1_000 }), Err(CatalogError::TooLarge));
}
