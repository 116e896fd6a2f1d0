//! One text with five fields, ours beside minijinja's, both parsed before and with the values in hand.

use criterion::Criterion;
use std::hint::black_box;
use tidings_benchmarks::templates::{FIELDS, TEXT, data};
use tidings_templates::Template;

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("templates");

    let ours = Template::parse(TEXT).expect("a template of ours");
    let data = data();
    group.bench_function("render", |bencher| {
        bencher.iter(|| ours.render(black_box(&data)));
    });

    let mut environment = minijinja::Environment::new();
    environment
        .add_template("text", TEXT)
        .expect("a template of theirs");
    let theirs = environment.get_template("text").expect("just added");
    let values = minijinja::Value::from_pairs(FIELDS);
    assert_eq!(
        theirs.render(&values).expect("every field has a value"),
        ours.render(&data).expect("every field has a value"),
        "both say the same"
    );
    group.bench_function("minijinja", |bencher| {
        bencher.iter(|| theirs.render(black_box(&values)));
    });

    group.bench_function("parse", |bencher| {
        bencher.iter(|| Template::parse(black_box(TEXT)));
    });
    group.finish();
}
