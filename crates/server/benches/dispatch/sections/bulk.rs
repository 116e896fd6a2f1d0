//! Taking in many messages with one request.

use crate::{
    Outcome,
    bench::Bench,
    bulk_body,
    business::Business,
    figures::{Figure, Target, median, number, rate},
    limits::Meter,
    load::{Wire, write_post},
    tables,
};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

const NAME: &str = "bulk";
const KEY: &str = "per_second";
/// How long one request may take.
const LIMIT: Duration = Duration::from_mins(2);

pub(super) async fn measure(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let recipients = bench.sizes.bulk;
    let what = format!("recipients taken in /s, {recipients} in a request");
    let business = Business::create(bench, 0, 1, bench.sizes.contacts).await?;
    let api = bench.api()?;
    // With one recipient first: where there is no such route, a long body would find the connection closed.
    let request = self::request(&business, api, 1, "first");
    let mut wire = Wire::connect(api).await?;
    let answer = wire.ask(&request, LIMIT).await?;
    if matches!(answer.status, 404 | 405) {
        let why = format!("the API has no {}", bulk_body::PATH);
        return Ok(vec![Figure::missing(NAME, KEY, &what, &why)]);
    }
    answer.expect(202)?;
    tables::clear(&mut bench.connection).await?;
    let mut costs = None;
    let mut fast = Vec::new();
    for round in 1..=bench.options.rounds() {
        bench.say_round(round);
        tables::settle(&mut bench.connection).await?;
        let request = self::request(&business, api, recipients, &format!("bulk-{round}"));
        let mut wire = Wire::connect(api).await?;
        let meter = Meter::start(bench).await?;
        let start = Instant::now();
        let answer = wire.ask(&request, LIMIT).await?;
        let time = start.elapsed();
        answer.expect(202)?;
        let accepted = bulk_body::accepted(answer.body);
        if accepted != Some(u64::from(recipients)) {
            return Err(format!("{accepted:?} of {recipients} were taken in").into());
        }
        fast.push(rate(recipients, time));
        costs = Some(meter.stop(bench, recipients).await?);
        let waiting = tables::queue_length(&mut bench.connection).await?;
        if waiting != recipients {
            return Err(format!("{recipients} were taken in and {waiting} wait").into());
        }
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

fn request(business: &Business, api: SocketAddr, recipients: u32, order: &str) -> Vec<u8> {
    let body = bulk_body::body(business, recipients);
    let key = format!("Bearer {}", business.key(0));
    let headers = [
        ("authorization", key.as_str()),
        ("content-type", bulk_body::CONTENT_TYPE),
        ("idempotency-key", order),
    ];
    let mut request = Vec::new();
    write_post(&mut request, bulk_body::PATH, api, &headers, &body);
    request
}
