//! The gate with the facts in hand.

use criterion::Criterion;
use std::hint::black_box;
use tidings_benchmarks::gate::{DAY, NIGHT, facts, request};
use tidings_benchmarks::ledger;
use tidings_kernel::Purpose;
use tidings_messaging::{Facts, gate::decide};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gate");
    let agreed = facts();
    let eventful = Facts {
        consent: ledger::history(20),
        ..facts()
    };
    let cases = [
        ("transactional", Purpose::Transactional, &agreed, DAY),
        ("marketing by day", Purpose::Marketing, &agreed, DAY),
        ("marketing at night", Purpose::Marketing, &agreed, NIGHT),
        (
            "marketing with 20 events",
            Purpose::Marketing,
            &eventful,
            DAY,
        ),
    ];
    for (name, purpose, facts, now) in cases {
        let request = request(purpose);
        group.bench_function(name, |bencher| {
            bencher.iter(|| decide(black_box(&request), black_box(facts), black_box(now)));
        });
    }
    group.finish();
}
