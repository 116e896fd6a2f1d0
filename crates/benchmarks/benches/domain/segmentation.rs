//! Counting texts, beside reading their bytes once.

use criterion::{Criterion, Throughput};
use std::hint::black_box;
use tidings_benchmarks::texts;
use tidings_segmentation::{measure, segment};

pub(crate) fn bench(criterion: &mut Criterion) {
    of_texts(
        criterion,
        "segmentation ascii message",
        &[texts::ascii(300)],
    );
    of_texts(
        criterion,
        "segmentation ascii 64 KiB",
        &[texts::ascii(64 * 1024)],
    );
    of_texts(criterion, "segmentation mixed", &texts::mixed());
}

fn of_texts(criterion: &mut Criterion, name: &str, texts: &[String]) {
    let bytes: usize = texts.iter().map(String::len).sum();
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Bytes(bytes as u64));
    group.bench_function("measure", |bencher| {
        bencher.iter(|| {
            for text in texts {
                black_box(measure(black_box(text)));
            }
        });
    });
    group.bench_function("segment", |bencher| {
        bencher.iter(|| {
            for text in texts {
                black_box(segment(black_box(text)));
            }
        });
    });
    // The floors: what it costs to look at each byte at all, and to know that they are UTF-8.
    group.bench_function("byte sum", |bencher| {
        bencher.iter(|| {
            for text in texts {
                let sum: u64 = black_box(text).bytes().map(u64::from).sum();
                black_box(sum);
            }
        });
    });
    group.bench_function("from_utf8", |bencher| {
        bencher.iter(|| {
            for text in texts {
                let _ = black_box(std::str::from_utf8(black_box(text.as_bytes())));
            }
        });
    });
    group.finish();
}
