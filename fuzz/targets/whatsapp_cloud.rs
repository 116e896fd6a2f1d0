//! Whatever arrives at the callback address of a WhatsApp account is checked and read without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use tidings_fuzz::{access, client, read_callback, request};
use tidings_messaging::Access;
use tidings_whatsapp_cloud::{BASE_URL, DEFAULT_VERSION, WhatsappCloud};

static ACCESS: LazyLock<Access> = LazyLock::new(|| {
    access(&[
        ("access_token", "a token"),
        ("app_secret", "test_app_secret_0123456789abcdef"),
        ("verify_token", "a phrase"),
        ("phone_number_id", "111222333444555"),
        ("waba_id", "100200300400500"),
    ])
});

static PROVIDER: LazyLock<WhatsappCloud> = LazyLock::new(|| {
    let base = BASE_URL.parse().expect("an address");
    WhatsappCloud::new(client(), base, DEFAULT_VERSION.to_owned())
});

fuzz_target!(|data: &[u8]| {
    read_callback(&*PROVIDER, &ACCESS, &request(data, "x-hub-signature-256"));
});
