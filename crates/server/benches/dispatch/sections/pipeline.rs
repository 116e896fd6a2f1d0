//! The whole pipeline with the provider in the process: from a full queue to every outcome stored.

use crate::{
    Outcome,
    bench::Bench,
    bulk_request,
    business::Business,
    figures::{Figure, Target, median, rate},
    inside::Inside,
    limits::Meter,
    raw::pipeline as raw,
    tables,
};
use tidings_worker::Settings;

const NAME: &str = "pipeline";

pub(super) async fn measure(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let batch = bench.options.batch.unwrap_or(Settings::default().batch);
    let messages = bench.sizes.pipeline;
    let business = Business::create(bench, 0, 1, bench.sizes.contacts).await?;
    raw::create(&mut bench.connection).await?;
    let (mut fast, mut floor, mut costs) = (Vec::new(), Vec::new(), None);
    for number in 1..=bench.options.rounds() {
        bench.say_round(number);
        floor.push(raw::dispatch(&bench.database, messages, batch).await?);
        bulk_request::post(bench, &business, messages, &format!("round-{number}")).await?;
        tables::settle(&mut bench.connection).await?;
        let meter = Meter::start(bench).await?;
        let inside = Inside::start(bench, None).await?;
        let end = bench.await_empty_queue().await?;
        costs = Some(meter.stop(bench, messages).await?);
        let handed = inside.stop().await?;
        // From the first call on, so that the start is not counted; its claim is, in all the others.
        let first = handed.iter().map(|one| one.at).min();
        let first = first.ok_or("nothing was handed over")?;
        fast.push(rate(messages, end.saturating_duration_since(first)));
        tables::expect_sent_once(&mut bench.connection, "sent", messages).await?;
        tables::expect_decided_once(&mut bench.connection).await?;
        tables::clear(&mut bench.connection).await?;
    }
    let what = format!("messages sent /s, provider in process, batch {batch}");
    let mut figure = Figure::new(NAME, "per_second", &what, median(&fast))
        .beside(median(&floor))
        .wants(Target::RatioAtLeast(0.5));
    if let Some(costs) = costs {
        figure = figure.limited_by(&costs);
    }
    Ok(vec![figure])
}
