//! Whatever a tenant writes is counted alike by every function, cut between characters, and lost nowhere.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tidings_segmentation::{Encoding, Reference, measure_with, segment_with, smart_encode};

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
});
