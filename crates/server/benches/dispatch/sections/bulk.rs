//! Taking in many messages with one request.

use crate::{
    Outcome,
    bench::Bench,
    bulk_request,
    business::Business,
    figures::{Figure, Target, median, number, rate},
    limits::Meter,
    tables,
};

const NAME: &str = "bulk";
const KEY: &str = "per_second";

pub(super) async fn measure(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let recipients = bench.sizes.bulk;
    let what = format!("recipients taken in /s, {recipients} in a request");
    let business = Business::create(bench, 0, 1, bench.sizes.contacts).await?;
    let mut costs = None;
    let mut fast = Vec::new();
    for round in 1..=bench.options.rounds() {
        bench.say_round(round);
        tables::settle(&mut bench.connection).await?;
        let meter = Meter::start(bench).await?;
        let time =
            bulk_request::post(bench, &business, recipients, &format!("bulk-{round}")).await?;
        fast.push(rate(recipients, time));
        costs = Some(meter.stop(bench, recipients).await?);
        tables::clear(&mut bench.connection).await?;
    }
    let mut figure = Figure::new(NAME, KEY, &what, median(&fast)).wants(Target::AtLeast(30_000.0));
    if let Some(costs) = costs {
        figure = figure.limited_by(&costs);
    }
    let mut figures = vec![figure];
    if let Some(peak) = bench.system.peaks().get("api") {
        let peak = number(*peak) / 1_024.0;
        figures.push(Figure::new(NAME, "api_mib", "MiB of the API at most", peak));
    }
    Ok(figures)
}
