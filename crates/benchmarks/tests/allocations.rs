//! Counting asks nothing of the allocator, so that it can be done at every key press and for every
//! contact of a campaign. A counting allocator stands in for the ordinary one in this program.

use std::hint::black_box;
use tidings_benchmarks::texts;
use tidings_segmentation::{Reference, measure, measure_with, segment};

/// How often the allocator is asked while `work` runs.
fn allocations<T>(work: impl FnOnce() -> T) -> u64 {
    let asked = allocation_counter::measure(|| {
        black_box(work());
    });
    asked.count_total
}

#[test]
fn counting_allocates_nothing() {
    for text in texts::mixed().into_iter().chain([texts::ascii(100_000)]) {
        assert_eq!(allocations(|| measure(&text)), 0, "{text}");
        let wide = || measure_with(&text, Reference::SixteenBit);
        assert_eq!(allocations(wide), 0, "{text}");
    }
}

#[test]
fn the_counter_counts() {
    // A list of parts is on the heap, so the counter that says nothing above is able to speak.
    assert!(allocations(|| segment("Hello")) > 0);
}
