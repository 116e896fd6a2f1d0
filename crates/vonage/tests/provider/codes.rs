//! The table of codes, compared with what Vonage publishes.

#[test]
fn every_code_has_its_class() {
    tidings_conformance::error_table(&tidings_vonage::ERRORS, include_str!("../codes.txt"));
}
