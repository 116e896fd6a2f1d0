//! The table of codes, compared with what ClickSend publishes.

#[test]
fn every_code_has_its_class() {
    tidings_conformance::error_table(&tidings_clicksend::ERRORS, include_str!("../codes.txt"));
}
