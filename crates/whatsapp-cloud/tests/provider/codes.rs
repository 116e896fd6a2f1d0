//! The table of codes, compared with what Meta publishes.

#[test]
fn every_code_has_its_class() {
    tidings_conformance::error_table(
        &tidings_whatsapp_cloud::ERRORS,
        include_str!("../codes.txt"),
    );
}
