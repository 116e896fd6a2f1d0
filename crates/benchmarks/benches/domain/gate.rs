//! The gate with the facts in hand.

use criterion::Criterion;
use std::hint::black_box;
use tidings_benchmarks::{
    gate::{DAY, NIGHT, case},
    ledger,
};
use tidings_kernel::{BoxError, Purpose};
use tidings_messaging::gate::decide;

pub(crate) fn bench(criterion: &mut Criterion) -> Result<(), BoxError> {
    let mut eventful = case(Purpose::Marketing, DAY)?;
    eventful.1.consent = ledger::history(20);
    let cases = [
        ("transactional", case(Purpose::Transactional, DAY)?, DAY),
        ("marketing by day", case(Purpose::Marketing, DAY)?, DAY),
        (
            "marketing at night",
            case(Purpose::Marketing, NIGHT)?,
            NIGHT,
        ),
        ("marketing with 20 events", eventful, DAY),
    ];
    let mut group = criterion.benchmark_group("gate");
    for (name, (request, facts), now) in &cases {
        group.bench_function(*name, |bencher| {
            bencher.iter(|| decide(black_box(request), black_box(facts), black_box(*now)));
        });
    }
    group.finish();
    Ok(())
}
