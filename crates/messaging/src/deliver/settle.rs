use super::{Call, Delivering, counts};
use crate::{Outcome, Settlement, observe::Uncertainty};
use tidings_consent::{ConsentEvent, Evidence, Method, ProviderSignal, Ruling, provider_event};
use tidings_kernel::{AttemptId, Channel, ConsentEventId, ContactId, TenantId};
use tidings_routing::{Class, NextStep, ProviderError};
use time::OffsetDateTime;

impl Delivering {
    /// What follows from a provider's answer.
    pub(super) async fn settlement(&self, call: &Call, outcome: Outcome) -> Settlement {
        let now = self.clock.now();
        let attempt = call.message.attempt();
        match outcome {
            Outcome::Accepted {
                provider_message_id,
            } => {
                self.watch.note_send(call.held.tenant, now);
                let descriptor = call.provider.descriptor();
                let ask_at = descriptor.ask_at(now, self.timing.ask_receipt_after);
                Settlement::Accepted {
                    attempt,
                    provider_message_id,
                    ask_at,
                }
            }
            Outcome::Unknown { detail } => {
                self.observe_uncertain(Uncertainty::Opened);
                Settlement::Unknown {
                    attempt,
                    detail,
                    check_at: now + self.timing.ask_unknown_after,
                }
            }
            Outcome::Rejected(error) => {
                if error.class == Class::OptedOut
                    && self.watch.ask(call.held.tenant, &error.provider_code, now) == Ruling::Apply
                {
                    let event = opt_out(
                        call.contact,
                        attempt,
                        (call.provider_name(), call.message.channel()),
                        &error,
                        now,
                    );
                    self.note_opt_out(call.held.tenant, &event).await;
                }
                self.after_rejection(call, error, now)
            }
        }
    }

    fn after_rejection(
        &self,
        call: &Call,
        error: ProviderError,
        now: OffsetDateTime,
    ) -> Settlement {
        let attempt = call.message.attempt();
        match self
            .backoff
            .wait(&error, call.failures + 1, (self.jitter)())
        {
            Some(wait) => Settlement::Retry {
                attempt,
                due_at: now + wait,
                counts: counts(&error),
                exhausted: (error.class.next_step() == NextStep::RetryElsewhere)
                    .then_some(call.access.account),
                error,
            },
            None => Settlement::Failed {
                attempt: Some(attempt),
                error,
                decision: None,
            },
        }
    }

    /// Records an opt-out that we learn of from a refusal. A store that fails here is met again by the
    /// settlement; the provider keeps refusing meanwhile, so nothing is sent.
    async fn note_opt_out(&self, tenant: TenantId, event: &ConsentEvent) {
        if let Err(error) = self.ledger.record(tenant, event, None).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "an opt-out that a provider reports was not recorded"
            );
        }
    }
}

/// The opt-out behind a refusal (compliance reference, 5.1 and L39): once for each attempt, since the
/// event takes the attempt's identity.
pub(crate) fn opt_out(
    contact: ContactId,
    attempt: AttemptId,
    (provider, channel): (&str, Channel),
    error: &ProviderError,
    now: OffsetDateTime,
) -> ConsentEvent {
    // A code that says more than that, such as WhatsApp's own switch, reaches as far as it says.
    let signal = ProviderSignal::of_error(provider, &error.provider_code, channel)
        .unwrap_or(ProviderSignal::OptedOut(channel));
    let (action, channels, purposes) = provider_event(signal);
    ConsentEvent {
        id: ConsentEventId::from_uuid(attempt.uuid()),
        contact,
        action,
        channels,
        purposes,
        method: Method::Provider,
        occurred_at: now,
        recorded_at: now,
        evidence: Evidence {
            note: format!("the provider refused with code {}", error.provider_code)
                .try_into()
                .ok(),
            ..Evidence::default()
        },
    }
}
