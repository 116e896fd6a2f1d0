//! Claims messages and makes calls.

use crate::{Settings, settling::Settled};
use std::{sync::Arc, time::Instant};
use tidings_messaging::deliver::{Call, Delivering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(crate) async fn run(
    delivering: Delivering,
    settings: Settings,
    outcomes: mpsc::Sender<Settled>,
    stop: CancellationToken,
) {
    let places = Arc::new(Semaphore::new(usize::from(settings.concurrency)));
    let calls = TaskTracker::new();
    while !stop.is_cancelled() {
        let Some(mut permits) = free_places(&places, settings, &stop).await else {
            break;
        };
        let limit = u16::try_from(permits.len()).unwrap_or(u16::MAX);
        let round = match delivering.claim(limit).await {
            Ok(round) => round,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "claiming failed");
                drop(permits);
                pause(settings.pause, &stop).await;
                continue;
            }
        };
        metrics::counter!("tidings_claimed_total").increment(round.claimed as u64);
        for claim in round.open {
            let Some(permit) = permits.pop() else { break };
            let delivering = delivering.clone();
            calls.spawn(async move {
                let _place = permit;
                let looked =
                    tokio::time::timeout(settings.question_timeout, delivering.reconcile(claim));
                match looked.await {
                    Ok(Ok(())) => {}
                    Ok(Err(error)) => tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "an unknown outcome was not settled; it comes back"
                    ),
                    Err(_elapsed) => {
                        tracing::warn!("a provider took too long to say what became of a message");
                    }
                }
            });
        }
        for call in round.calls {
            let Some(permit) = permits.pop() else { break };
            calls.spawn(make(delivering.clone(), call, permit, outcomes.clone()));
        }
        if round.claimed == 0 {
            drop(permits);
            tokio::select! {
                () = stop.cancelled() => {}
                () = delivering.dispatch.wait(as_time(settings.poll)) => {}
            }
        }
    }
    calls.close();
    calls.wait().await;
}

/// Waits for a free place, and takes up to a batch of them.
async fn free_places(
    places: &Arc<Semaphore>,
    settings: Settings,
    stop: &CancellationToken,
) -> Option<Vec<OwnedSemaphorePermit>> {
    let first = tokio::select! {
        () = stop.cancelled() => return None,
        first = places.clone().acquire_owned() => first.ok()?,
    };
    let mut permits = vec![first];
    while permits.len() < usize::from(settings.batch) {
        match places.clone().try_acquire_owned() {
            Ok(permit) => permits.push(permit),
            Err(_none_free) => break,
        }
    }
    Some(permits)
}

/// Makes one call and hands its outcome on; the place is free when the outcome is taken.
async fn make(
    delivering: Delivering,
    call: Call,
    place: OwnedSemaphorePermit,
    outcomes: mpsc::Sender<Settled>,
) {
    let provider = call.provider_name();
    let started = Instant::now();
    let settled = delivering.call(call).await;
    metrics::histogram!("tidings_provider_call_seconds", "provider" => provider)
        .record(started.elapsed().as_secs_f64());
    // The settling loop ends only after every sender is gone.
    if outcomes.send(settled).await.is_err() {
        tracing::error!("an outcome could not be handed on; its attempt will be asked about");
    }
    drop(place);
}

pub(crate) async fn pause(time: std::time::Duration, stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = tokio::time::sleep(time) => {}
    }
}

pub(crate) fn as_time(duration: std::time::Duration) -> time::Duration {
    duration.try_into().unwrap_or(time::Duration::SECOND)
}
