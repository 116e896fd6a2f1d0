//! Tells tenants' own systems what became of their messages.

use crate::{Settings, calls::Calls, dispatch::pause};
use std::time::{Duration, Instant};
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{WebhookShare, tell::Telling};
use tokio_util::sync::CancellationToken;

/// How often what is no news any more is forgotten.
const FORGET_EVERY: Duration = Duration::from_mins(1);

/// Runs until `stop`, and then waits for what is under way as long as a stop may take.
pub(crate) async fn run(telling: Telling, settings: Settings, stop: CancellationToken) {
    let mut calls = Calls::new(settings.webhooks);
    let mut forgotten = Instant::now();
    while !stop.is_cancelled() {
        let begun = match begin(&mut calls, &telling).await {
            Ok(begun) => begun,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "webhooks wait");
                pause(settings.pause, &stop).await;
                0
            }
        };
        if forgotten.elapsed() >= FORGET_EVERY {
            forget(&telling).await;
            forgotten = Instant::now();
        }
        // What comes after one that ends, in its message, may go.
        calls
            .wait((begun == 0).then_some(settings.poll), &stop)
            .await;
    }
    calls.drain(settings.drain).await;
}

/// Begins as many calls as there is room for, and says how many.
async fn begin(calls: &mut Calls<TenantId>, telling: &Telling) -> Result<usize, StoreError> {
    let Some(room) = calls.room() else {
        return Ok(0);
    };
    let share = WebhookShare {
        most: room.most,
        per_tenant: room.per_owner,
        except: &room.full,
    };
    let webhooks = telling.take(share).await?;
    let count = webhooks.len();
    for webhook in webhooks {
        let telling = telling.clone();
        calls.begin(webhook.tenant, async move {
            match telling.tell(&webhook).await {
                Ok(told) => {
                    metrics::counter!("tidings_webhooks_total", "outcome" => told.as_str())
                        .increment(1);
                }
                Err(error) => tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "what became of a webhook was not stored; it is told again"
                ),
            }
        });
    }
    Ok(count)
}

async fn forget(telling: &Telling) {
    match telling.forget().await {
        Ok(0) => {}
        Ok(count) => {
            tracing::warn!(count, "webhooks were given up: nobody took them for hours");
            metrics::counter!("tidings_webhooks_total", "outcome" => "forgotten").increment(count);
        }
        Err(error) => tracing::error!(
            error = &error as &dyn std::error::Error,
            "old webhooks were not forgotten; trying again later"
        ),
    }
}
