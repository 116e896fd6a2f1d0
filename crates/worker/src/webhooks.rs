//! Tells tenants' own systems what became of their messages.

use crate::{Settings, dispatch::pause};
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tidings_kernel::{StoreError, TenantId};
use tidings_messaging::{WebhookShare, tell::Telling};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// How often what is no news any more is forgotten.
const FORGET_EVERY: Duration = Duration::from_mins(1);

/// Calls under way, and how many of each tenant.
#[derive(Default)]
struct UnderWay {
    calls: JoinSet<TenantId>,
    tenants: HashMap<TenantId, u16>,
}

/// Runs until `stop`, and then waits for what is under way as long as a stop may take.
pub(crate) async fn run(telling: Telling, settings: Settings, stop: CancellationToken) {
    let mut under_way = UnderWay::default();
    let mut forgotten = Instant::now();
    while !stop.is_cancelled() {
        let begun = match under_way.begin(&telling, settings).await {
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
        // Whoever ends makes room, and what comes after it in its message may go.
        tokio::select! {
            () = stop.cancelled() => {}
            Some(ended) = under_way.calls.join_next() => {
                under_way.end(ended.ok());
                while let Some(ended) = under_way.calls.try_join_next() {
                    under_way.end(ended.ok());
                }
            }
            () = tokio::time::sleep(settings.poll), if begun == 0 => {}
        }
    }
    // What does not end in time is told again by somebody else.
    let ended = async { while under_way.calls.join_next().await.is_some() {} };
    if tokio::time::timeout(settings.drain, ended).await.is_err() {
        tracing::warn!("leaving webhooks that did not end in time");
    }
}

impl UnderWay {
    /// Begins as many calls as there is room for, and says how many.
    async fn begin(&mut self, telling: &Telling, settings: Settings) -> Result<usize, StoreError> {
        let busy: usize = self.calls.len();
        let room = settings
            .webhooks
            .saturating_sub(u16::try_from(busy).unwrap_or(u16::MAX));
        if room == 0 {
            return Ok(0);
        }
        // One whose system is slow does not take the places of all.
        let most = (settings.webhooks / 4).max(1);
        let full = self.tenants.iter().filter(|(_, count)| **count >= most);
        let full: Vec<TenantId> = full.map(|(tenant, _)| *tenant).collect();
        let share = WebhookShare {
            most: room,
            per_tenant: most,
            except: &full,
        };
        let webhooks = telling.take(share).await?;
        let count = webhooks.len();
        for webhook in webhooks {
            *self.tenants.entry(webhook.tenant).or_default() += 1;
            let telling = telling.clone();
            self.calls.spawn(async move {
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
                webhook.tenant
            });
        }
        Ok(count)
    }

    fn end(&mut self, tenant: Option<TenantId>) {
        let Some(tenant) = tenant else {
            // Whose call it was is not known, so that all are counted anew as they end.
            tracing::error!("telling a tenant's system broke; it is told again");
            self.tenants.clear();
            return;
        };
        if let Some(count) = self.tenants.get_mut(&tenant) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.tenants.remove(&tenant);
            }
        }
    }
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
