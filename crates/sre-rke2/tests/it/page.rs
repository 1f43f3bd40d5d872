//! The page that people read has the tables that the programs use.

#[test]
fn the_page_has_every_table_as_it_is() {
    let page = include_str!("../../../../docs/rke2.md");
    assert!(page.contains(&sre_rke2::tables()), "run `cargo xtask generate`");
}
