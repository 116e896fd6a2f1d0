//! The next instant at which somebody may be disturbed.

use criterion::Criterion;
use std::hint::black_box;
use tidings_benchmarks::gate::{DAY, NIGHT};
use tidings_quiet_hours::{HORIZON, Rule, Zone, next_allowed};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("next_allowed");
    let zones = |names: &[&str]| -> Vec<Zone> {
        names
            .iter()
            .map(|name| Zone::parse(name).expect("a zone of the database"))
            .collect()
    };
    let one = zones(&["America/New_York"]);
    let four = zones(&[
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Los_Angeles",
    ]);
    let rules = [Rule::daytime()];
    for (name, zones, at) in [
        ("open now", &one, DAY),
        ("closed until morning", &one, NIGHT),
        ("closed, four zones", &four, NIGHT),
    ] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| next_allowed(black_box(at), zones, &rules, HORIZON));
        });
    }
    group.finish();
}
