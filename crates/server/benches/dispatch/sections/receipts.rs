//! Signed status callbacks while a worker runs: acknowledged, and applied.

use super::TEXT;
use crate::{
    GLANCE, Outcome,
    bench::Bench,
    business::{ACCOUNT, Business, SENDER},
    figures::{Figure, Target, median, percentile},
    inside::{Handed, Inside, provider_id},
    limits::Meter,
    load::{self, Requests, write_post},
    plant,
    raw::receipts as raw,
    system::TWILIO_TOKEN,
    tables,
};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tidings_simulator::twilio_signature;
use url::form_urlencoded;

const NAME: &str = "receipts";
/// How long the last callback may take to be applied.
const PATIENCE: Duration = Duration::from_mins(5);

pub(super) async fn measure(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let (receipts, connections) = (bench.sizes.receipts, bench.sizes.connections);
    let business = Business::create(bench, 0, 1, bench.sizes.contacts).await?;
    raw::create(&mut bench.connection).await?;
    let api = bench.api()?;
    let mut costs = None;
    let (mut fast, mut floor) = (Vec::new(), Vec::new());
    let (mut times, mut late) = (Vec::new(), Vec::new());
    for number in 1..=bench.options.rounds() {
        bench.say_round(number);
        floor.push(raw::store(&bench.database, receipts, connections).await?);
        let callbacks = Arc::new(sent(bench, &business, api).await?);
        tables::settle(&mut bench.connection).await?;
        bench.system.start_workers()?;
        let meter = Meter::start(bench).await?;
        let posted = callbacks.clone();
        let requests: Requests = Arc::new(move |number, buffer| {
            let index = usize::try_from(number).ok();
            if let Some(request) = index.and_then(|index| posted.get(index)) {
                buffer.extend_from_slice(request);
            }
        });
        let loaded = load::post(api, connections, receipts, 200, requests).await?;
        let applied = await_applied(bench, receipts).await?;
        costs = Some(meter.stop(bench, receipts).await?);
        fast.push(loaded.per_second);
        late.push(
            applied
                .saturating_duration_since(loaded.ended)
                .as_secs_f64(),
        );
        times.extend(loaded.times);
        bench.system.stop_workers().await?;
        tables::expect_sent_once(&mut bench.connection, "delivered", receipts).await?;
        tables::clear(&mut bench.connection).await?;
    }
    let what = format!("callbacks acknowledged /s, {connections} connections");
    let mut figure = Figure::new(NAME, "per_second", &what, median(&fast))
        .beside(median(&floor))
        .wants(Target::AtLeast(8_000.0));
    let mut applied = Figure::new(
        NAME,
        "applied_after_s",
        "s from the last acknowledged to the last applied",
        median(&late),
    )
    .wants(Target::AtMost(2.0));
    if let Some(costs) = costs {
        figure = figure.limited_by(&costs);
        applied = applied.limited_by(&costs);
    }
    Ok(vec![
        figure,
        Figure::new(
            NAME,
            "p99_ms",
            "ms to an answer, p99",
            percentile(&times, 99),
        ),
        applied,
    ])
}

/// Has messages sent, and makes the callback that tells of each one's delivery.
async fn sent(bench: &mut Bench, business: &Business, api: SocketAddr) -> Outcome<Vec<Vec<u8>>> {
    let model = business.accept("transactional", TEXT).await?;
    plant::queued(&mut bench.connection, model, bench.sizes.receipts - 1).await?;
    tables::settle(&mut bench.connection).await?;
    let inside = Inside::start(bench, None).await?;
    bench.await_empty_queue().await?;
    let url = inside.provider.callback_url();
    let handed = inside.stop().await?;
    tables::expect_sent_once(&mut bench.connection, "sent", bench.sizes.receipts).await?;
    Ok(handed.iter().map(|one| callback(one, &url, api)).collect())
}

/// As Twilio tells that a message was delivered.
fn callback(sent: &Handed, url: &str, api: SocketAddr) -> Vec<u8> {
    let url = format!("{url}?att={}", sent.attempt);
    let id = provider_id(sent.attempt);
    let fields = [
        ("AccountSid", ACCOUNT),
        ("ApiVersion", "2010-04-01"),
        ("From", SENDER),
        ("MessageSid", &id),
        ("MessageStatus", "delivered"),
        ("SmsSid", &id),
        ("SmsStatus", "delivered"),
        ("To", "+12025550100"),
    ];
    let signature = twilio_signature(TWILIO_TOKEN, &url, fields);
    let body = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();
    let path = url
        .split_once("://")
        .and_then(|(_, rest)| rest.find('/').and_then(|at| rest.get(at..)));
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-twilio-signature", signature.as_str()),
    ];
    let mut request = Vec::new();
    write_post(
        &mut request,
        path.unwrap_or("/"),
        api,
        &headers,
        body.as_bytes(),
    );
    request
}

async fn await_applied(bench: &mut Bench, receipts: u32) -> Outcome<Instant> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        if tables::is_applied(&mut bench.connection, receipts).await? {
            return Ok(Instant::now());
        }
        bench.system.check()?;
        tokio::time::sleep(2 * GLANCE).await;
    }
    let statuses = tables::statuses(&mut bench.connection).await?;
    Err(format!("receipts are missing: {statuses}").into())
}
