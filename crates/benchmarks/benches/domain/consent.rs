//! The fold of a ledger, and the reading of replies.

use criterion::{Criterion, Throughput};
use std::hint::black_box;
use tidings_benchmarks::{ledger, texts};
use tidings_consent::{ReplyContext, classify, state};
use time::Duration;

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("consent state");
    for count in [8_u32, 1_000] {
        let events = ledger::history(count as usize);
        let now = ledger::START + Duration::HOUR * (count + 1);
        group.throughput(Throughput::Elements(u64::from(count)));
        group.bench_function(format!("{count} events"), |bencher| {
            bencher.iter(|| state(black_box(&events), black_box(now)));
        });
    }
    group.finish();

    let mut group = criterion.benchmark_group("replies");
    let replies = texts::replies();
    group.throughput(Throughput::Elements(replies.len() as u64));
    group.bench_function("classify", |bencher| {
        bencher.iter(|| {
            for text in replies {
                black_box(classify(black_box(text), ReplyContext::Plain));
            }
        });
    });
    group.finish();
}
