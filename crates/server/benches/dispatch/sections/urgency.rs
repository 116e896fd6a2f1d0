//! What is urgent, and what a small tenant sends, while many tenants' marketing keeps the worker busy; and
//! the tenants' shares of it.

use super::TEXT;
use crate::{
    GLANCE, Outcome,
    bench::Bench,
    business::{Business, message_id},
    figures::{Figure, Target, largest_deviation, percentile, rate},
    inside::{Handed, Inside},
    limits::Meter,
    load::{Wire, write_post},
    plant, tables,
};
use serde_json::Value;
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tidings_kernel::MessageId;
use tokio::{task::JoinSet, time::MissedTickBehavior};
use uuid::Uuid;

const NAME: &str = "urgency";
/// How long the provider takes for a call.
const DELAY: Duration = Duration::from_millis(20);
/// How often a message of each kind is posted.
const EVERY: Duration = Duration::from_millis(100);
/// How long one may take to be taken in and handed over.
const PATIENCE: Duration = Duration::from_mins(1);
/// Messages after which the worker is in full swing.
const WARM: u32 = 5_000;
/// Shares are also looked at in parts of this length.
const SLICE: Duration = Duration::from_secs(5);
const SHARES: &str = "share_deviation";
const OFF: &str = "% that a tenant's share is off at most";
const OFFER: &str = "Bench: ten percent off everything until Sunday. Reply STOP to end.";

/// A message that was posted meanwhile.
struct Posted {
    kind: Kind,
    message: MessageId,
    asked: Instant,
    answered: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Emergency,
    Transactional,
}

pub(super) async fn measure(bench: &mut Bench) -> Outcome<Vec<Figure>> {
    let (tenants, backlog) = (bench.sizes.tenants, bench.sizes.backlog);
    let mut weights: HashMap<Uuid, u32> = HashMap::new();
    let mut emergency = None;
    for number in 1..=tenants {
        let business = Business::create(bench, number, 1, bench.sizes.audience()).await?;
        let model = business.accept("marketing", OFFER).await?;
        plant::queued(&mut bench.connection, model, backlog / tenants - 1).await?;
        // Every fifth has twice the weight, where tenants have one.
        let is_heavy =
            number % 5 == 0 && plant::weigh(&mut bench.connection, business.tenant, 2).await?;
        weights.insert(business.tenant, if is_heavy { 2 } else { 1 });
        emergency = Some(business);
    }
    let small = Business::create(bench, 0, 1, 1).await?;
    let emergency = emergency.ok_or("there are no tenants")?;
    tables::settle(&mut bench.connection).await?;
    eprintln!("  {backlog} marketing messages of {tenants} tenants wait");

    let meter = Meter::start(bench).await?;
    let inside = Inside::start(bench, Some(DELAY)).await?;
    let provider = inside.provider.clone();
    // From here on it is in full swing.
    let warm = (backlog / 100).min(WARM);
    bench.await_handed(&provider, warm).await?;
    let begun = Instant::now();
    let posted = post(
        bench,
        [(Kind::Emergency, &emergency), (Kind::Transactional, &small)],
    )
    .await?;
    let ended = Instant::now();
    let has_waited = tables::queue_length(&mut bench.connection).await? > bench.sizes.urgent;
    let wanted: Vec<MessageId> = posted.iter().map(|one| one.message).collect();
    let mut handed = provider.handed();
    while !are_handed(&wanted, &handed) {
        if ended.elapsed() > PATIENCE {
            return Err("urgent messages were not handed over in time".into());
        }
        tokio::time::sleep(10 * GLANCE).await;
        handed = provider.handed();
    }
    let all = inside.stop().await?;
    let costs = meter.stop(bench, u32::try_from(all.len())?).await?;

    let mut figures = Vec::new();
    for (kind, key, who, most) in [
        (Kind::Emergency, "emergency", "an emergency", 150.0),
        (
            Kind::Transactional,
            "small_tenant",
            "a small tenant's message",
            1_000.0,
        ),
    ] {
        let from_request = waits(&posted, &handed, kind, |one| one.asked);
        let from_answer = waits(&posted, &handed, kind, |one| one.answered);
        let figure = |key: String, what: String, waits: &[Duration], hundredths| {
            Figure::new(NAME, &key, &what, percentile(waits, hundredths))
        };
        figures.extend([
            figure(
                format!("{key}_p50_ms"),
                format!("ms from request to provider, {who}, p50"),
                &from_request,
                50,
            ),
            figure(
                format!("{key}_p99_ms"),
                format!("ms from request to provider, {who}, p99"),
                &from_request,
                99,
            )
            .wants(Target::AtMost(most))
            .limited_by(&costs),
            figure(
                format!("{key}_queued_p99_ms"),
                format!("ms from answer to provider, {who}, p99"),
                &from_answer,
                99,
            ),
        ]);
    }
    if has_waited {
        let off = |since, until| {
            largest_deviation(&shares(&weights, &all, emergency.tenant, since, until))
        };
        let slices = (ended - begun).as_secs() / SLICE.as_secs();
        let worst = (0..u32::try_from(slices)?)
            .map(|slice| off(begun + SLICE * slice, begun + SLICE * (slice + 1)))
            .max_by(f64::total_cmp);
        figures.push(
            Figure::new(NAME, SHARES, OFF, off(begun, ended))
                .wants(Target::AtMost(10.0))
                .limited_by(&costs),
        );
        if let Some(worst) = worst {
            let what = format!("{OFF}, in the worst {} s", SLICE.as_secs());
            figures.push(Figure::new(NAME, "share_deviation_worst", &what, worst));
        }
    } else {
        let why = "the backlog was used up before the end: a larger --backlog is needed";
        figures.push(Figure::missing(NAME, SHARES, OFF, why));
    }
    let sent = all
        .iter()
        .filter(|one| begun <= one.at && one.at < ended && weights.contains_key(&one.tenant.uuid()))
        .count();
    let sent = rate(u32::try_from(sent)?, ended - begun);
    figures.push(Figure::new(
        NAME,
        "per_second",
        "marketing messages sent /s meanwhile",
        sent,
    ));
    Ok(figures)
}

/// Posts one message of each kind, again and again at fixed instants, however long the answers take.
async fn post(bench: &Bench, from: [(Kind, &Business); 2]) -> Outcome<Vec<Posted>> {
    let api = bench.api()?;
    let mut requests = Vec::new();
    for (kind, business) in from {
        let purpose = match kind {
            Kind::Emergency => "emergency",
            Kind::Transactional => "transactional",
        };
        let body = business.message(0, purpose, TEXT).to_string();
        let key = format!("Bearer {}", business.key(0));
        let headers = [
            ("authorization", key.as_str()),
            ("content-type", "application/json"),
        ];
        let mut request = Vec::new();
        write_post(&mut request, "/v1/messages", api, &headers, body.as_bytes());
        requests.push((kind, Arc::new(request)));
    }
    let mut tasks = JoinSet::new();
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for _ in 0..bench.sizes.urgent {
        ticks.tick().await;
        for (kind, request) in &requests {
            tasks.spawn(post_one(api, *kind, request.clone()));
        }
    }
    let mut posted = Vec::new();
    while let Some(one) = tasks.join_next().await {
        posted.push(one??);
    }
    Ok(posted)
}

async fn post_one(api: SocketAddr, kind: Kind, request: Arc<Vec<u8>>) -> Outcome<Posted> {
    let asked = Instant::now();
    let mut wire = Wire::connect(api).await?;
    let answer = wire.ask(&request, PATIENCE).await?;
    let answered = Instant::now();
    answer.expect(202)?;
    let answer: Value = serde_json::from_slice(answer.body)?;
    Ok(Posted {
        kind,
        message: message_id(&answer)?,
        asked,
        answered,
    })
}

fn are_handed(wanted: &[MessageId], handed: &[Handed]) -> bool {
    let handed: HashMap<MessageId, Instant> = by_message(handed);
    wanted.iter().all(|message| handed.contains_key(message))
}

fn by_message(handed: &[Handed]) -> HashMap<MessageId, Instant> {
    handed.iter().map(|one| (one.message, one.at)).collect()
}

/// How long those of a kind waited for the provider. One that is handed over before its answer is read
/// waited not at all after it.
fn waits(
    posted: &[Posted],
    handed: &[Handed],
    kind: Kind,
    since: impl Fn(&Posted) -> Instant,
) -> Vec<Duration> {
    let handed = by_message(handed);
    posted
        .iter()
        .filter(|one| one.kind == kind)
        .filter_map(|one| {
            Some(
                handed
                    .get(&one.message)?
                    .saturating_duration_since(since(one)),
            )
        })
        .collect()
}

/// What each tenant of marketing got in this time, with its weight; but for the one that sent emergencies,
/// which came out of turn.
fn shares(
    weights: &HashMap<Uuid, u32>,
    handed: &[Handed],
    but: Uuid,
    begun: Instant,
    ended: Instant,
) -> Vec<(u32, u64)> {
    let mut got: HashMap<Uuid, (u32, u64)> = weights
        .iter()
        .filter(|(tenant, _)| **tenant != but)
        .map(|(tenant, weight)| (*tenant, (*weight, 0)))
        .collect();
    for one in handed
        .iter()
        .filter(|one| begun <= one.at && one.at < ended)
    {
        if let Some((_, count)) = got.get_mut(&one.tenant.uuid()) {
            *count += 1;
        }
    }
    got.into_values().collect()
}
