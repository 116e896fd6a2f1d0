//! Watches over the queue: gauges, log lines about what does not go on, and the one repair that is safe.

use crate::dispatch::pause;
use std::time::Duration;
use tidings_kernel::StoreError;
use tidings_messaging::{
    QueueStats, Step, Stuck, Subject, Symptom, Tally,
    watch::{Look, Repair, Watching},
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

/// How many tenants have gauges of their own.
const TENANTS: u16 = 20;
/// How many things that do not go on are looked for, and how many have a log line of their own.
const STUCK: u16 = 1_000;
const LINES: usize = 20;
/// How many messages a round walks past, in statements of so many.
const PARTS: u8 = 10;
const PART: u16 = 2_000;

pub(crate) async fn run(watching: Watching, every: Duration, stop: CancellationToken) {
    let mut reached = None;
    // A program that starts has better things to do than to walk.
    let mut parts = 0;
    while !stop.is_cancelled() {
        let looked = tokio::select! {
            () = stop.cancelled() => return,
            looked = round(&watching, parts, &mut reached) => looked,
        };
        if let Err(error) = looked {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the queue was not looked at"
            );
        }
        parts = PARTS;
        pause(every, &stop).await;
    }
}

/// Looks at the queue once, and walks on by so many parts.
pub(crate) async fn round(
    watching: &Watching,
    parts: u8,
    step: &mut Option<Step>,
) -> Result<(), StoreError> {
    let Look { stats, mut stuck } = watching.look(TENANTS, STUCK).await?;
    show(&stats, watching.clock.now());
    for _ in 0..parts {
        let walked = watching.walk(*step, PART, Repair::Yes).await?;
        for restored in &walked.restored {
            tracing::warn!(tenant = %restored.tenant, message = %restored.message,
                "a message that waits had no place in the queue, and has one again");
        }
        metrics::counter!("tidings_restored_total").increment(walked.restored.len() as u64);
        stuck.extend(walked.left);
        *step = walked.next;
        if step.is_none() {
            break;
        }
    }
    tell(&stuck);
    Ok(())
}

fn show(stats: &QueueStats, now: OffsetDateTime) {
    for (class, depth) in &stats.classes {
        let tallies = [
            ("ready", depth.ready),
            ("paused", depth.paused),
            ("asleep", depth.asleep),
            ("held", depth.held),
        ];
        for (state, tally) in tallies {
            metrics::gauge!("tidings_queue_messages", "class" => class.as_str(), "state" => state)
                .set(number(tally));
        }
        metrics::gauge!("tidings_queue_oldest_seconds", "class" => class.as_str())
            .set(age(depth.oldest, now));
    }
    for tenant in &stats.tenants {
        let name = tenant.tenant.to_string();
        metrics::gauge!("tidings_queue_tenant_messages", "tenant" => name.clone())
            .set(number(tenant.waiting));
        metrics::gauge!("tidings_queue_tenant_oldest_seconds", "tenant" => name)
            .set(age(tenant.oldest, now));
    }
    metrics::gauge!("tidings_unknown_open").set(number(stats.unknown));
    metrics::gauge!("tidings_suspects").set(number(stats.suspects));
    metrics::gauge!("tidings_dead_letters").set(number(stats.dead_letters));
    metrics::gauge!("tidings_inbox_callbacks").set(number(stats.inbox.waiting));
    metrics::gauge!("tidings_inbox_oldest_seconds").set(age(stats.inbox.oldest, now));
}

fn tell(stuck: &[Stuck]) {
    for symptom in Symptom::ALL {
        let count = stuck
            .iter()
            .filter(|stuck| stuck.symptom == symptom)
            .count();
        metrics::gauge!("tidings_stuck", "symptom" => symptom.as_str())
            .set(number(Tally::exact(count as u64)));
    }
    for Stuck {
        tenant,
        subject,
        symptom,
        since,
    } in stuck.iter().take(LINES)
    {
        let what = match subject {
            Subject::Message(message) => message.to_string(),
            Subject::Callback(callback) => callback.to_string(),
        };
        tracing::warn!(%tenant, what, symptom = symptom.as_str(), %since,
            "does not go on; see docs/guides/operate.md");
    }
    if stuck.len() > LINES {
        tracing::warn!(more = stuck.len() - LINES, "and others do not go on");
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a float; what waits stays far below 2^52"
)]
const fn number(tally: Tally) -> f64 {
    tally.count as f64
}

fn age(since: Option<OffsetDateTime>, now: OffsetDateTime) -> f64 {
    since.map_or(0.0, |since| (now - since).as_seconds_f64().max(0.0))
}
