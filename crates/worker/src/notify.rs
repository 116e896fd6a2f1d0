//! Tells the endpoints of tenants' own systems what happens.

use crate::{Settings, calls::Calls, dispatch::pause};
use tidings_kernel::{StoreError, WebhookEndpointId};
use tidings_messaging::{DeliveryShare, notify::Notifying};
use tokio_util::sync::CancellationToken;

/// Runs until `stop`, and then waits for what is under way as long as a stop may take.
pub(crate) async fn run(notifying: Notifying, settings: Settings, stop: CancellationToken) {
    let mut calls = Calls::new(settings.webhooks);
    while !stop.is_cancelled() {
        let begun = match begin(&mut calls, &notifying).await {
            Ok(begun) => begun,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "endpoints wait");
                pause(settings.pause, &stop).await;
                0
            }
        };
        calls
            .wait((begun == 0).then_some(settings.poll), &stop)
            .await;
    }
    calls.drain(settings.drain).await;
}

/// Begins as many calls as there is room for, and says how many.
async fn begin(
    calls: &mut Calls<WebhookEndpointId>,
    notifying: &Notifying,
) -> Result<usize, StoreError> {
    let Some(room) = calls.room() else {
        return Ok(0);
    };
    let share = DeliveryShare {
        most: room.most,
        per_endpoint: room.per_owner,
        except: &room.full,
    };
    let taken = notifying.take(share).await?;
    let count = taken.len();
    for held in taken {
        let notifying = notifying.clone();
        calls.begin(held.endpoint.id, async move {
            match notifying.tell(&held).await {
                Ok(status) => {
                    metrics::counter!("tidings_event_webhooks_total", "status" => status.as_str())
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
