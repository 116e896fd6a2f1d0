//! Taking in single messages, beside an endpoint that does nothing but insert and commit.

use crate::{
    Outcome,
    bench::Bench,
    business::Business,
    figures::{Figure, Target, median, percentile},
    limits::Meter,
    load::{self, Requests, write_post},
    raw::bare::{self, Bare, Place},
    tables,
};
use serde_json::json;
use std::{net::SocketAddr, sync::Arc};

const NAME: &str = "accept";
/// Connections to the database that the bare endpoint is tried with; the best of them counts.
const POOLS: [u32; 2] = [16, 32];
/// So that none of them reaches the API's limit for one key.
const KEYS: u32 = 16;

pub(super) async fn measure(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let (messages, connections) = (bench.sizes.accept, bench.sizes.connections);
    let business = Arc::new(Business::create(bench, 0, KEYS, bench.sizes.contacts).await?);
    bare::create(&mut bench.connection).await?;
    // A test cannot start itself.
    let place = if bench.options.quick {
        Place::Task
    } else {
        Place::Process
    };
    let api = bench.api()?;
    let mut costs = None;
    let (mut fast, mut floor, mut times) = (Vec::new(), Vec::new(), Vec::new());
    for number in 1..=bench.options.rounds() {
        bench.say_round(number);
        let mut best = 0.0_f64;
        for pool in POOLS {
            let bare = Bare::start(&bench.database, &bench.logs, place, pool).await?;
            let requests = requests(&business, bare.address, format!("bare-{number}"));
            let loaded = load::post(bare.address, connections, messages, 202, requests).await?;
            best = best.max(loaded.per_second);
            bare.stop();
        }
        floor.push(best);
        tables::settle(&mut bench.connection).await?;
        let meter = Meter::start(bench).await?;
        let requests = requests(&business, api, format!("ours-{number}"));
        let loaded = load::post(api, connections, messages, 202, requests).await?;
        fast.push(loaded.per_second);
        times.extend(loaded.times);
        costs = Some(meter.stop(bench, messages).await?);
        let waiting = tables::queue_length(&mut bench.connection).await?;
        if waiting != messages {
            return Err(format!("{messages} were taken in and {waiting} wait").into());
        }
        tables::clear(&mut bench.connection).await?;
    }
    let what = format!("messages taken in /s, {connections} connections");
    let mut figure = Figure::new(NAME, "per_second", &what, median(&fast))
        .beside(median(&floor))
        .wants(Target::RatioAtLeast(1.2));
    if let Some(costs) = costs {
        figure = figure.limited_by(&costs);
    }
    Ok(vec![
        figure,
        Figure::new(
            NAME,
            "p50_ms",
            "ms to an answer, p50",
            percentile(&times, 50),
        ),
        Figure::new(
            NAME,
            "p99_ms",
            "ms to an answer, p99",
            percentile(&times, 99),
        ),
    ])
}

fn requests(business: &Arc<Business>, host: SocketAddr, run: String) -> Requests {
    let business = business.clone();
    Arc::new(move |number, buffer| {
        let order = format!("{run}-{number}");
        let body = json!({
            "to": {"contact_id": business.contact(number)},
            "channel": "sms",
            "purpose": "transactional",
            "text": format!(
                "Your order {order} is ready for collection until 6 pm. Reply STOP to end."
            ),
        });
        let key = format!("Bearer {}", business.key(number));
        let headers = [
            ("authorization", key.as_str()),
            ("content-type", "application/json"),
            ("idempotency-key", &order),
        ];
        let body = body.to_string();
        write_post(buffer, "/v1/messages", host, &headers, body.as_bytes());
    })
}
