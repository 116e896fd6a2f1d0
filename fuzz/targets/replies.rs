//! Whatever a contact writes is read, in every context, and a STOP in a line of its own is heard.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_consent::{Reply, ReplyContext, classify};

const CONTEXTS: [ReplyContext; 3] = [
    ReplyContext::Plain,
    ReplyContext::AwaitingConfirmation,
    ReplyContext::OptedOut,
];

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for context in CONTEXTS {
        let once = classify(&text, context);
        assert_eq!(once, classify(&text, context), "reading is repeatable");
        let stopped = classify(&format!("STOP.\n{text}"), context);
        assert_eq!(stopped.reply, Reply::OptOut, "a STOP is heard");
    }
});
