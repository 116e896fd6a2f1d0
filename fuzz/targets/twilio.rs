//! Whatever arrives at the callback address of a Twilio account is checked and read without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;
use tidings_fuzz::{access, client, read_callback, request};
use tidings_messaging::Access;
use tidings_twilio::Twilio;

static ACCESS: LazyLock<Access> = LazyLock::new(|| {
    access(&[
        ("account_sid", "AC00000000000000000000000000000001"),
        ("auth_token", "0123456789abcdef0123456789abcdef"),
    ])
});

static PROVIDER: LazyLock<Twilio> = LazyLock::new(|| {
    Twilio::new(
        client(),
        "https://api.twilio.com".parse().expect("an address"),
    )
});

fuzz_target!(|data: &[u8]| {
    read_callback(&*PROVIDER, &ACCESS, &request(data, "x-twilio-signature"));
});
