//! The tables of codes, compared with what MessageBird publishes.

use tidings_conformance::error_table;
use tidings_messagebird::{PLATFORM_ERRORS, REST_ERRORS, SMS_DELIVERY_ERRORS};

#[test]
fn every_code_has_its_class() {
    error_table(&PLATFORM_ERRORS, include_str!("../codes/platform.txt"));
    error_table(&REST_ERRORS, include_str!("../codes/rest.txt"));
    error_table(
        &SMS_DELIVERY_ERRORS,
        include_str!("../codes/sms_delivery.txt"),
    );
}
