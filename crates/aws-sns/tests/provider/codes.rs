//! The table of codes, compared with what AWS publishes.

#[test]
fn every_code_has_its_class() {
    tidings_conformance::error_table(&tidings_aws_sns::ERRORS, include_str!("../codes.txt"));
}
