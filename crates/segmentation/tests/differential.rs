//! The fast counting against a slow one that knows nothing of bytes.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use tidings_segmentation::{Encoding, Reference, measure_with, segment, smart_encode};

/// A small generator of numbers, so that a run is the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % below
    }
}

/// Parts filled from the left, a character at a time.
fn slow(text: &str, reference: Reference) -> (Encoding, u32, u32) {
    let encoding = if text.chars().all(|c| Encoding::Gsm7.units_of(c).is_some()) {
        Encoding::Gsm7
    } else {
        Encoding::Ucs2
    };
    let costs: Vec<u32> = text
        .chars()
        .map(|c| encoding.units_of(c).unwrap())
        .collect();
    let units: u32 = costs.iter().sum();
    if units <= encoding.single_capacity() {
        return (encoding, units, 1);
    }
    let capacity = encoding.part_capacity(reference);
    let (mut count, mut used) = (1, 0);
    for cost in costs {
        if used + cost > capacity {
            count += 1;
            used = 0;
        }
        used += cost;
    }
    (encoding, units, count)
}

fn text(numbers: &mut Numbers) -> String {
    const KINDS: [&str; 7] = [
        "abcdefghijklmnopqrstuvwxyz ABC0123456789",
        "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ!\"#¤%&'()*+,-./:;<=>?¡ÄÖÑÜ§¿äöñüà",
        "^{}\\[~]|€\u{c}",
        "`\t\u{7f}\u{80}ç’–…“”\u{a0}",
        "漢字カタ\u{200b}\u{301}अ\u{ffff}\u{e000}",
        "😀🎉\u{1f468}\u{200d}\u{1f469}\u{10ffff}🇩🇪",
        "€€€€{{{{",
    ];
    let length = match numbers.next(4) {
        0 => numbers.next(20),
        1 => 60 + numbers.next(110),
        2 => 120 + numbers.next(60),
        _ => numbers.next(700),
    };
    // Most texts stay in one or two kinds, as a text does; some hold a stranger at any place.
    let kinds: Vec<usize> = (0..=numbers.next(3)).map(|_| numbers.next(7)).collect();
    let mut text = String::new();
    for _ in 0..length {
        let kind = KINDS[kinds[numbers.next(kinds.len())]];
        let at = numbers.next(kind.chars().count());
        text.extend(kind.chars().nth(at));
    }
    if numbers.next(3) == 0 {
        let bytes: Vec<u8> = (0..numbers.next(80))
            .map(|_| u8::try_from(numbers.next(256)).unwrap())
            .collect();
        text.push_str(&String::from_utf8_lossy(&bytes));
    }
    text
}

fn run(cases: usize, seed: u64) {
    let mut numbers = Numbers(seed);
    for _ in 0..cases {
        let text = text(&mut numbers);
        for reference in [Reference::EightBit, Reference::SixteenBit] {
            let fast = measure_with(&text, reference);
            let slow = slow(&text, reference);
            assert_eq!((fast.encoding, fast.units, fast.count), slow, "{text:?}");
        }
        let parts = segment(&text);
        let fast = measure_with(&text, Reference::EightBit);
        assert_eq!(
            (parts.encoding, parts.units, parts.count),
            (fast.encoding, fast.units, fast.count),
            "{text:?}"
        );
        let once = smart_encode(&text).text;
        assert_eq!(smart_encode(&once).text, once, "{text:?}");
    }
}

#[test]
fn the_fast_count_is_the_slow_count() {
    let cases = std::env::var("DIFFERENTIAL_CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(2_000);
    run(cases, 0x9E37_79B9_7F4A_7C15);
}
