//! Whatever a tenant writes is counted alike by every function, cut between characters, and lost nowhere.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_segmentation::{
    Encoding, MessageReference, Reference, UserData, measure_with, pack, segment_with, smart_encode,
};

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    for reference in [Reference::EightBit, Reference::SixteenBit] {
        let segmentation = segment_with(&text, reference);
        assert_eq!(segmentation.measure(), measure_with(&text, reference));
        let parts: String = (0..segmentation.parts.len())
            .map(|index| {
                segmentation
                    .part_text(&text, index)
                    .expect("a part is a slice")
            })
            .collect();
        assert_eq!(parts, text, "the parts are the text");
        let units: u32 = segmentation.parts.iter().map(|part| part.units).sum();
        assert_eq!(units, segmentation.units);
    }
    let smart = smart_encode(&text);
    assert_eq!(smart_encode(&smart.text).text, smart.text, "twice is once");
    if Encoding::of(&smart.text) == Encoding::Ucs2 {
        assert_eq!(smart.text, text, "all or nothing");
    }
    let reference = MessageReference::EightBit(7);
    if let Ok(parts) = pack(&text, Encoding::of(&text).into(), reference) {
        let read: String = parts
            .iter()
            .map(|part| part.unpack().expect("what was packed is read").text)
            .collect();
        assert_eq!(read, text, "packed and read back");
    }
    // What a network delivers is anything at all.
    for encoding in [Encoding::Gsm7, Encoding::Ucs2] {
        for has_header in [false, true] {
            let received = UserData {
                encoding,
                has_header,
                length: data.first().copied().unwrap_or_default().into(),
                octets: data.get(1..).unwrap_or_default().to_vec(),
            };
            assert_eq!(received.unpack(), received.unpack());
        }
    }
});
