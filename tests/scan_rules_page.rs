//! docs/RULES.md says what the tables say. `UPDATE_DOCS=1 cargo test --test scan_rules_page` writes it.
#![allow(clippy::disallowed_methods)]

use std::path::Path;

#[test]
fn the_page_of_rules_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/RULES.md");
    let page = git_seal::core::scan::rules::document();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).expect("docs/ is there");
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == page,
        "docs/RULES.md is not current: run with UPDATE_DOCS=1"
    );
}
