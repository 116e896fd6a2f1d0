//! The tables of codes, compared with what AWS, the RFCs and IANA publish.

use tidings_conformance::error_table;
use tidings_email::{ses, smtp};

#[test]
fn every_code_has_its_class() {
    error_table(&ses::ERRORS, include_str!("../codes/ses.txt"));
    error_table(&smtp::ERRORS, include_str!("../codes/smtp.txt"));
}
