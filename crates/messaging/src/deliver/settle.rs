use super::{Call, Delivering, counts};
use crate::{Counts, Outcome, Settlement, Sign, observe::Uncertainty};
use tidings_consent::{ConsentEvent, Evidence, Method, ProviderSignal, Ruling, provider_event};
use tidings_kernel::{AttemptId, Channel, ConsentEventId, ContactId, TenantId};
use tidings_routing::{Class, NextStep, ProviderError};
use time::{Duration, OffsetDateTime};

/// What waits for longer may have another way meanwhile; its sender does not.
const LONGEST_REST: Duration = Duration::MINUTE;

impl Delivering {
    /// What follows from a provider's answer.
    pub(super) async fn settlement(&self, call: &Call, outcome: Outcome) -> Settlement {
        let now = self.clock.now();
        let attempt = call.message.attempt();
        self.note(call, &outcome);
        match outcome {
            Outcome::Accepted {
                provider_message_id,
            } => {
                self.watch.note_send(call.held.tenant, now);
                self.pulse.went(call.message.sender());
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
                self.note_account(call, &error, now).await;
                self.after_rejection(call, error, now)
            }
        }
    }

    /// What the answer says about the account's health.
    fn note(&self, call: &Call, outcome: &Outcome) {
        let sign = match outcome {
            Outcome::Accepted { .. } => Sign::Answered,
            Outcome::Unknown { .. } => Sign::Fault,
            Outcome::Rejected(error) => match error.class {
                Class::Transient => Sign::Fault,
                // That it refuses the account is no sign of working, and is noted by itself.
                Class::Account => return,
                // What is asked to be slower is well.
                Class::RateLimited
                | Class::Recipient
                | Class::OptedOut
                | Class::Content
                | Class::WindowClosed
                | Class::Sender
                | Class::Expired => Sign::Answered,
            },
        };
        let account = call.access.account;
        self.pulse
            .note(call.held.tenant, account, call.region, sign);
    }

    /// An account that is refused is out at once, and a sender that is too fast waits, for all workers. A store that
    /// fails here costs a few more refusals.
    async fn note_account(&self, call: &Call, error: &ProviderError, now: OffsetDateTime) {
        let (tenant, account) = (call.held.tenant, call.access.account);
        match error.class {
            Class::Account => {
                let code = &error.provider_code;
                let refused = (tenant, account);
                self.pulse.refused(refused, code, call.began_at, now).await;
            }
            Class::RateLimited if !call.provider.limits_recipient(error) => {
                let sender = (account, call.message.sender());
                let held = self.pulse.hold(tenant, sender, error.retry_after(), now);
                if let Err(error) = held.await {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "that a provider asks a sender to wait was not noted"
                    );
                }
            }
            Class::RateLimited
            | Class::Transient
            | Class::Recipient
            | Class::OptedOut
            | Class::Content
            | Class::WindowClosed
            | Class::Sender
            | Class::Expired => {}
        }
    }

    fn after_rejection(
        &self,
        call: &Call,
        error: ProviderError,
        now: OffsetDateTime,
    ) -> Settlement {
        let attempt = call.message.attempt();
        let wait = self
            .backoff
            .wait(&error, call.failures + 1, (self.jitter)());
        // What uses up no attempt ends by its time.
        let is_over = counts(&error) == Counts::AsWaiting && now > call.gives_up_at;
        match wait.filter(|_| !is_over) {
            Some(wait) => Settlement::Retry {
                attempt,
                due_at: now + rest(call, &error, wait),
                counts: counts(&error),
                exhausted: (error.class.next_step() == NextStep::RetryElsewhere)
                    .then_some(call.message.sender()),
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

/// For how long the message itself rests: where its sender waits, it looks for another way before long.
fn rest(call: &Call, error: &ProviderError, wait: Duration) -> Duration {
    let is_its_sender_s =
        error.class == Class::RateLimited && !call.provider.limits_recipient(error);
    if is_its_sender_s {
        wait.min(LONGEST_REST)
    } else {
        wait
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
