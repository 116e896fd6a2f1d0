//! The table of codes, compared with what Twilio publishes.

#[test]
fn every_code_has_its_class() {
    tidings_conformance::error_table(&tidings_twilio::ERRORS, include_str!("../codes.txt"));
}
