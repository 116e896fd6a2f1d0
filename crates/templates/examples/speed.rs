//! Prints how long the calls of a hot path take: `cargo run --release --example speed`.

use std::hint::black_box;
use std::time::Instant;
use tidings_kernel::{Channel, Purpose};
use tidings_templates::content::{Brand, ContentContext, inspect};
use tidings_templates::{Data, Formats, Template, Value};

const RUNS: u32 = 500;
const ROUNDS: u32 = 200;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let source = "Hi {{first_name|there}}, your order {{order_no}} of {{count}} items ships on {{day}} to {{city}}. Reply STOP to opt out";
    let template = Template::parse(source)?;
    let row = ["Ana", "A-42", "3", "Monday", "Lisbon"].map(Value::from);
    let columns = ["first_name", "order_no", "count", "day", "city"];
    let data: Data = columns
        .map(String::from)
        .into_iter()
        .zip(row.clone())
        .collect();
    let formats = Formats::default();
    let mut out = String::new();

    time("parse, five fields", || {
        Template::parse(black_box(source)).is_ok()
    });
    time("render, five fields", || {
        template.render(black_box(&data)).is_ok()
    });
    time("write into a buffer", || {
        out.clear();
        template
            .write_into(black_box(&data), &formats, &mut out)
            .is_ok()
    });
    let bound = template.bound_to(&columns)?;
    time("write a row", || {
        out.clear();
        bound
            .write_into(black_box(&row), &formats, &mut out)
            .is_ok()
    });
    let context = ContentContext {
        brand: Brand::Named(&["Acme"]),
        domains: Some(&["acme.example"]),
        ..ContentContext::new(Channel::Sms, Purpose::Transactional, "en")
    };
    let clean =
        "Acme: hi Ana, your order A-42 ships on Monday. Track it: https://acme.example/t/42";
    time("inspect 83 characters", || {
        inspect(black_box(clean), &context).is_empty()
    });
    let long = "Acme: hi Ana, your order A-42 of 3 items ships on Monday to Lisbon and will be with you by Wednesday evening. Please answer this message if you will not be home.";
    time("inspect 160 characters", || {
        inspect(black_box(long), &context).is_empty()
    });
    let german = ContentContext {
        language: "de",
        ..context
    };
    time("the same, with German words", || {
        inspect(black_box(long), &german).is_empty()
    });
    Ok(())
}

/// Prints the best of many short runs, which other work on the machine disturbs least.
fn time(name: &str, mut call: impl FnMut() -> bool) {
    let mut best = u128::MAX;
    for _ in 0..RUNS {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            black_box(call());
        }
        best = best.min(start.elapsed().as_nanos());
    }
    println!("{name}: {} ns", best / u128::from(ROUNDS));
}
