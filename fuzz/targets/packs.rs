//! Whatever somebody writes as a pack of laws is read or refused, and what was read can be asked.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_jurisdictions::{Clues, Packs, applicable, places};
use tidings_kernel::{Channel, PhoneNumber, Purpose};
use time::OffsetDateTime;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let Ok(packs) = Packs::parse(&[("fuzz.json", &text)]) else {
        return;
    };
    let number = PhoneNumber::from_e164("+12155550123").expect("a number");
    let places = places(&Clues {
        number: Some(number),
        ..Clues::default()
    });
    let at = OffsetDateTime::UNIX_EPOCH;
    for purpose in Purpose::ALL {
        for channel in Channel::ALL {
            let law = applicable(&packs, &places, purpose, channel, at);
            assert_eq!(law, applicable(&packs, &places, purpose, channel, at));
        }
    }
});
