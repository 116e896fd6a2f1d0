//! Tells tenants' own systems of events, again and again until they have taken them.

use crate::{
    DeliveryOutcome, DeliveryShare, DeliveryStatus, EventForm, Fault, HeldDelivery, Vault,
    WebhookCall, WebhookClient, WebhookEndpoint, WebhookEndpoints, WebhookError,
};
use secrecy::{ExposeSecret, SecretString};
use std::{error::Error, sync::Arc};
use tidings_kernel::{BoxError, Clock, StoreError};
use time::{Duration, OffsetDateTime};

/// How long to wait before each repetition: three days in all, as the scheme of Standard Webhooks proposes it.
pub const EVENT_RETRIES: [Duration; 9] = [
    Duration::seconds(5),
    Duration::minutes(5),
    Duration::minutes(30),
    Duration::hours(2),
    Duration::hours(5),
    Duration::hours(10),
    Duration::hours(14),
    Duration::hours(20),
    Duration::hours(24),
];
/// An endpoint that takes nothing for so long is called no more; shorter than all repetitions together, so that one
/// event that nobody takes is enough.
pub const DISABLED_AFTER: Duration = Duration::hours(72);

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Notifying {
    /// Endpoints and what they are told.
    pub endpoints: Arc<dyn WebhookEndpoints>,
    /// Opens their secrets.
    pub vault: Arc<dyn Vault>,
    /// How an event is written.
    pub form: Arc<dyn EventForm>,
    /// Makes the calls.
    pub client: Arc<dyn WebhookClient>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How long what was taken belongs to whoever took it; longer than a call.
    pub lease: Duration,
}

impl Notifying {
    /// Takes what is to be told now.
    ///
    /// # Errors
    /// [`StoreError`]: nothing was taken.
    pub async fn take(&self, share: DeliveryShare<'_>) -> Result<Vec<HeldDelivery>, StoreError> {
        let now = self.clock.now();
        self.endpoints
            .claim_deliveries(share, now, self.lease)
            .await
    }

    /// Tells an endpoint of an event that was taken, and says what came of it. An endpoint that is told twice was told
    /// once and was not heard to say so.
    ///
    /// # Errors
    /// [`StoreError`]: it is told again when the lease is over.
    pub async fn tell(&self, held: &HeldDelivery) -> Result<DeliveryStatus, StoreError> {
        let began = self.clock.now();
        let answer = self.post(held, began).await;
        let now = self.clock.now();
        let outcome = judge(held, answer, began, now);
        if let Some(reason) = &outcome.disable {
            tracing::warn!(tenant = %held.endpoint.tenant, endpoint = %held.endpoint.id, reason,
                "an endpoint for webhooks is disabled");
        }
        self.endpoints.settle_delivery(held, &outcome).await?;
        Ok(outcome.status)
    }

    async fn post(&self, held: &HeldDelivery, now: OffsetDateTime) -> Result<u16, Unanswered> {
        let endpoint = &held.endpoint;
        let secrets = self.secrets(endpoint, now).map_err(Unanswered::Ours)?;
        let request = self
            .form
            .request(&endpoint.url, &held.event, &secrets, now)
            .map_err(Unanswered::Ours)?;
        self.client.post(&request).await.map_err(Unanswered::Theirs)
    }

    /// What requests are signed with: the secret, and the one before for as long as it counts.
    fn secrets(
        &self,
        endpoint: &WebhookEndpoint,
        now: OffsetDateTime,
    ) -> Result<Vec<SecretString>, BoxError> {
        let old = endpoint.old_secret.as_ref();
        let old = old.filter(|(_, until)| now < *until);
        let sealed = [&endpoint.secret]
            .into_iter()
            .chain(old.map(|(old, _)| old));
        sealed
            .map(|sealed| {
                let seat = WebhookEndpoint::seat(endpoint.id);
                let plain = self.vault.open(endpoint.tenant, seat, sealed)?;
                let text = String::from_utf8(plain.expose_secret().to_vec())?;
                Ok(SecretString::from(text))
            })
            .collect()
    }
}

/// Why there is no answer.
enum Unanswered {
    /// A fault of ours, which is none of the endpoint's.
    Ours(BoxError),
    Theirs(WebhookError),
}

/// What an answer means.
fn judge(
    held: &HeldDelivery,
    answer: Result<u16, Unanswered>,
    began: OffsetDateTime,
    now: OffsetDateTime,
) -> DeliveryOutcome {
    let took = (now - began).whole_milliseconds();
    let call = |status, problem| WebhookCall {
        at: began,
        took_ms: u64::try_from(took).unwrap_or(0),
        status,
        problem,
    };
    let delay = usize::try_from(held.failures)
        .ok()
        .and_then(|failures| EVENT_RETRIES.get(failures).copied());
    let failed = |call| DeliveryOutcome {
        call,
        status: delay.map_or(DeliveryStatus::Failed, |_| DeliveryStatus::Pending),
        retry_at: delay.map(|delay| now + delay),
        fault: Some(Fault::Theirs),
        disable: outlasted(held, now),
    };
    match answer {
        Ok(status @ 200..=299) => DeliveryOutcome {
            call: call(Some(status), None),
            status: DeliveryStatus::Delivered,
            retry_at: None,
            fault: None,
            disable: None,
        },
        // The scheme says so: the endpoint is gone and wants no more.
        Ok(410) => DeliveryOutcome {
            call: call(
                Some(410),
                Some("the endpoint says that it is gone".to_owned()),
            ),
            status: DeliveryStatus::Failed,
            retry_at: None,
            fault: Some(Fault::Theirs),
            disable: Some("it answered 410: gone".to_owned()),
        },
        Ok(status) => {
            let problem = match status {
                300..=399 => "redirects are not followed: give the final address",
                _ => "answer with 200 to 299 to take an event",
            };
            failed(call(Some(status), Some(problem.to_owned())))
        }
        Err(Unanswered::Theirs(error)) => {
            let problem = chain(&error);
            failed(call(None, Some(problem)))
        }
        Err(Unanswered::Ours(error)) => {
            tracing::error!(tenant = %held.endpoint.tenant, endpoint = %held.endpoint.id,
                error = &*error as &dyn Error, "a webhook waits: it cannot be written");
            DeliveryOutcome {
                call: call(
                    None,
                    Some("it could not be written, through no fault of yours".to_owned()),
                ),
                status: delay.map_or(DeliveryStatus::Failed, |_| DeliveryStatus::Pending),
                retry_at: delay.map(|delay| now + delay),
                fault: Some(Fault::Ours),
                disable: None,
            }
        }
    }
}

/// Why an endpoint is called no more, when it has failed for too long.
fn outlasted(held: &HeldDelivery, now: OffsetDateTime) -> Option<String> {
    let since = held.endpoint.failing_since?;
    let hours = DISABLED_AFTER.whole_hours();
    (now - since >= DISABLED_AFTER).then(|| format!("it has taken nothing for {hours} hours"))
}

/// An error with its causes, in one line. Addresses are not in them.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ContactNamed, Event, Happening, Sealed, WebhookUrlError};
    use tidings_kernel::{ContactId, TenantId, WebhookEndpointId};
    use time::macros::datetime;
    use uuid::Uuid;

    const NOW: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

    fn held(failures: u32, failing_since: Option<OffsetDateTime>) -> HeldDelivery {
        let tenant = TenantId::from_uuid(Uuid::from_u128(1));
        HeldDelivery {
            endpoint: WebhookEndpoint {
                id: WebhookEndpointId::from_uuid(Uuid::from_u128(2)),
                tenant,
                url: "https://example.com/".into(),
                description: String::new(),
                kinds: Vec::new(),
                is_enabled: true,
                disabled_because: None,
                secret: Sealed(Vec::new()),
                old_secret: None,
                failing_since,
                created_at: NOW,
                updated_at: NOW,
            },
            event: Event {
                tenant,
                position: 1,
                logged_at: NOW,
                at: NOW,
                happening: Happening::ContactCreated(ContactNamed {
                    contact_id: ContactId::from_uuid(Uuid::from_u128(3)),
                }),
            },
            failures,
        }
    }

    fn after(held: &HeldDelivery, answer: Result<u16, Unanswered>) -> DeliveryOutcome {
        judge(held, answer, NOW, NOW + Duration::milliseconds(40))
    }

    #[test]
    fn what_is_taken_is_done() {
        for status in [200, 204, 299] {
            let outcome = after(&held(4, Some(NOW - Duration::days(9))), Ok(status));
            assert_eq!(outcome.status, DeliveryStatus::Delivered);
            assert_eq!((outcome.retry_at, outcome.disable), (None, None));
            assert_eq!(
                (outcome.call.status, outcome.call.took_ms),
                (Some(status), 40)
            );
        }
    }

    #[test]
    fn what_is_not_taken_is_told_again_for_three_days() {
        let lost = || Unanswered::Theirs(WebhookError::Unanswered("cut".into()));
        let mut waited = Duration::ZERO;
        for failures in 0..9 {
            for answer in [Ok(500), Ok(404), Ok(301), Ok(199), Err(lost())] {
                let outcome = after(&held(failures, None), answer);
                assert_eq!(outcome.status, DeliveryStatus::Pending);
                assert!(outcome.call.problem.is_some());
            }
            let retry_at = after(&held(failures, None), Ok(500)).retry_at.unwrap();
            waited += retry_at - NOW;
        }
        assert!(
            waited > DISABLED_AFTER && waited < Duration::days(4),
            "{waited}"
        );
        let ninth = after(&held(9, None), Ok(500));
        assert_eq!(
            (ninth.status, ninth.retry_at),
            (DeliveryStatus::Failed, None)
        );
    }

    #[test]
    fn one_who_takes_nothing_for_days_is_disabled() {
        let of = |since| after(&held(0, since), Ok(500)).disable;
        assert_eq!(of(None), None);
        assert_eq!(of(Some(NOW - Duration::hours(71))), None);
        assert!(
            of(Some(NOW - Duration::hours(72)))
                .unwrap()
                .contains("72 hours")
        );
        assert!(after(&held(0, None), Ok(410)).disable.is_some());
    }

    #[test]
    fn faults_of_ours_disable_nobody() {
        let ours = after(
            &held(0, Some(NOW - Duration::days(9))),
            Err(Unanswered::Ours("no key".into())),
        );
        assert_eq!((ours.disable, ours.status), (None, DeliveryStatus::Pending));
        assert_eq!(ours.fault, Some(Fault::Ours));
        assert!(!ours.call.problem.unwrap().contains("no key"));
    }

    #[test]
    fn people_are_told_the_causes() {
        let refused = WebhookError::NotAllowed(WebhookUrlError::NotPublic);
        let outcome = after(&held(0, None), Err(Unanswered::Theirs(refused)));
        let problem = outcome.call.problem.unwrap();
        assert!(problem.contains("the public reaches"), "{problem}");
    }
}
