//! One text with five fields, ours beside minijinja's, both parsed before and with the values in hand
//! as the engine's own. Both refuse a missing value: minijinja is told to.
//!
//! `render` stands beside the like of it: a map of values in, a new string out. The headline is a row
//! of values into a buffer that is used again ([`BoundTemplate`](tidings_templates::BoundTemplate)): it
//! is what to take where speed matters, for many messages in a row, and minijinja has nothing that
//! fixes the places of the values before. All are compared with the fastest that minijinja offers,
//! which is its `render`; `render_captured_to` reuses a buffer but keeps the state of the run as well.

use criterion::Criterion;
use std::hint::black_box;
use tidings_benchmarks::templates::{FIELDS, TEXT, data, row};
use tidings_templates::{Formats, Template};

pub(crate) fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("templates");
    let said = ours(&mut group);
    assert_eq!(theirs(&mut group), said, "both say the same");
    group.bench_function("parse", |bencher| {
        bencher.iter(|| Template::parse(black_box(TEXT)));
    });
    group.finish();
}

type Group<'a> = criterion::BenchmarkGroup<'a, criterion::measurement::WallTime>;

/// Measures ours; the text that it writes.
fn ours(group: &mut Group<'_>) -> String {
    let template = Template::parse(TEXT).expect("a template of ours");
    let (data, formats) = (data(), Formats::default());
    let said = template.render(&data).expect("every field has a value");
    group.bench_function("render", |bencher| {
        bencher.iter(|| template.render(black_box(&data)));
    });
    let mut out = String::new();
    group.bench_function("into a buffer", |bencher| {
        bencher.iter(|| {
            out.clear();
            template.write_into(black_box(&data), &formats, &mut out)
        });
    });
    let bound = template
        .bound_to(&FIELDS.map(|(name, _)| name))
        .expect("every field has a column");
    let row = row();
    group.bench_function("row into a buffer", |bencher| {
        bencher.iter(|| {
            out.clear();
            bound.write_into(black_box(&row), &formats, &mut out)
        });
    });
    out.clear();
    bound
        .write_into(&row, &formats, &mut out)
        .expect("every field has a value");
    assert_eq!(out, said, "a row says the same");
    said
}

/// Measures minijinja; the text that it writes.
fn theirs(group: &mut Group<'_>) -> String {
    let mut environment = minijinja::Environment::new();
    environment.set_undefined_behavior(minijinja::UndefinedBehavior::Strict);
    environment
        .add_template("text", TEXT)
        .expect("a template of theirs");
    let template = environment.get_template("text").expect("just added");
    let values = minijinja::Value::from_pairs(FIELDS);
    group.bench_function("minijinja", |bencher| {
        bencher.iter(|| template.render(black_box(&values)));
    });
    let mut out = Vec::new();
    group.bench_function("minijinja into a buffer", |bencher| {
        bencher.iter(|| {
            out.clear();
            template
                .render_captured_to(black_box(&values), &mut out)
                .is_ok()
        });
    });
    assert!(
        template.render(minijinja::Value::UNDEFINED).is_err(),
        "a missing value is refused"
    );
    template.render(&values).expect("every field has a value")
}
