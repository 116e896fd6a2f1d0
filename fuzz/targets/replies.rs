//! Whatever a contact writes is read, in every context, and a STOP in a line of its own is heard.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_consent::{Language, Languages, Reply, ReplyContext, classify_in};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let all = Language::ALL
        .iter()
        .fold(Languages::NONE, |hints, language| hints.with(*language));
    for context in ReplyContext::ALL {
        for hints in [Languages::NONE, all] {
            let once = classify_in(&text, context, hints);
            let again = classify_in(&text, context, hints);
            assert_eq!(once, again, "reading is repeatable");
        }
        let stopped = classify_in(&format!("STOP.\n{text}"), context, Languages::NONE);
        assert_eq!(stopped.reply, Reply::OptOut, "a STOP is heard");
    }
});
