//! What became of an attempt whose outcome is not known.

use super::{Delivering, ours};
use crate::{
    Attempt, Claim, Class, Found, OutcomeKind, ProviderAccount, ReceiptTarget, ReceiptUpdate,
    Settlement, StatusQuery, WhenStillUnknown, observe::Uncertainty, pulse::Heard, salvage,
    unknown_policy,
};
use tidings_kernel::{Purpose, StoreError};
use tidings_routing::Class as ErrorClass;
use time::OffsetDateTime;

impl Delivering {
    /// Looks for an unknown outcome at the provider, and settles the message by what it finds: it is
    /// never sent again while the provider may have it, unless its purpose says so after a while.
    ///
    /// # Errors
    /// [`StoreError`]: it is looked at again when its lease ends.
    pub async fn reconcile(&self, claim: Claim) -> Result<(), StoreError> {
        let now = self.clock.now();
        let Some(attempt) = claim.open_attempt.clone() else {
            return Ok(());
        };
        let (accounts, _unreadable) =
            salvage::accounts(&*self.accounts, &[claim.held.tenant]).await?;
        let settlement = match attempt.outcome {
            // Learned meanwhile, from a receipt or from the call's own answer.
            Some(OutcomeKind::Accepted) => {
                self.observe_uncertain(Uncertainty::Accepted);
                Settlement::Accepted {
                    attempt: attempt.id,
                    provider_message_id: attempt.provider_message_id.clone().unwrap_or_default(),
                    ask_at: self.ask_at(&attempt, now),
                }
            }
            // Its answer was a refusal; only writing that down was interrupted.
            Some(OutcomeKind::Rejected) => {
                self.observe_uncertain(Uncertainty::Rejected);
                send_again(&attempt, "not_sent", now)
            }
            Some(OutcomeKind::Unknown) | None => {
                match self.look(&claim, &attempt, &accounts).await? {
                    Some(Found::There {
                        provider_message_id,
                        receipt,
                        error,
                        cost,
                    }) => {
                        let update = ReceiptUpdate {
                            target: ReceiptTarget {
                                tenant: claim.held.tenant,
                                account: attempt.account,
                                attempt: Some(attempt.id),
                                provider_message_id,
                            },
                            receipt,
                            error,
                            cost,
                            at: now,
                            source: attempt.provider.clone(),
                            ask_at: self.ask_at(&attempt, now),
                        };
                        let effects = self.inbox.apply(std::slice::from_ref(&update)).await?;
                        let heard = effects.iter().flatten().map(|effect| Heard {
                            update: &update,
                            effect,
                            was_missed: false,
                        });
                        self.pulse.hear(heard, now).await;
                        self.observe_uncertain(Uncertainty::Found);
                        return Ok(());
                    }
                    // A provider may take a moment to list what it has taken in.
                    Some(Found::NotThere)
                        if now >= attempt.started_at + self.timing.ask_unknown_after =>
                    {
                        self.observe_uncertain(Uncertainty::NotThere);
                        if now > self.gives_up_at(&claim.message) {
                            give_up(&attempt)
                        } else {
                            send_again(&attempt, "not_sent", now)
                        }
                    }
                    Some(Found::NotThere | Found::CannotTell) | None => {
                        self.by_policy(&claim, &attempt, now)
                    }
                }
            }
        };
        self.dispatch.settle(&[(claim.held, settlement)], now).await
    }

    /// Asks the provider; `None` if it could not be asked.
    async fn look(
        &self,
        claim: &Claim,
        attempt: &Attempt,
        accounts: &[ProviderAccount],
    ) -> Result<Option<Found>, StoreError> {
        let Some(provider) = self.providers.get(&attempt.provider) else {
            return Ok(None);
        };
        let Some(access) = self.access(accounts, attempt.account) else {
            return Ok(None);
        };
        let query = StatusQuery {
            attempt: attempt.id,
            started_at: attempt.started_at,
            provider_message_id: attempt.provider_message_id.clone(),
            channel: claim.message.channel,
            from: attempt.sender_address.clone(),
            to: claim.message.contact_address.clone(),
            text: claim.message.content.text.clone(),
            taken: self
                .dispatch
                .siblings(claim.held.tenant, attempt.id)
                .await?,
        };
        match provider.find(&access, &query).await {
            Ok(found) => Ok(Some(found)),
            Err(error) => {
                tracing::warn!(attempt = %attempt.id, error = &error as &dyn std::error::Error,
                    "the provider could not be asked about an unknown outcome");
                Ok(None)
            }
        }
    }

    /// When to ask for a receipt, where the provider can be asked.
    fn ask_at(&self, attempt: &Attempt, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let provider = self.providers.get(&attempt.provider)?;
        let after = self.timing.ask_receipt_after;
        provider.descriptor().ask_at(now, after)
    }

    fn by_policy(&self, claim: &Claim, attempt: &Attempt, now: OffsetDateTime) -> Settlement {
        // Whatever it was declared as, nobody gets marketing twice.
        let purpose = match claim.class {
            Class::Marketing => Purpose::Marketing,
            _ => claim.message.purpose,
        };
        let (patience, then) = unknown_policy(purpose);
        if now < attempt.started_at + patience.min(self.timing.unknown_patience) {
            return Settlement::Unknown {
                attempt: attempt.id,
                detail: "waiting for a receipt".into(),
                check_at: now + self.timing.ask_unknown_after,
            };
        }
        match then {
            WhenStillUnknown::Resend => {
                self.observe_uncertain(Uncertainty::SentAgain);
                send_again(attempt, "outcome_unknown", now)
            }
            WhenStillUnknown::GiveUp => {
                self.observe_uncertain(Uncertainty::GivenUp);
                give_up(attempt)
            }
        }
    }
}

fn send_again(attempt: &Attempt, code: &str, now: OffsetDateTime) -> Settlement {
    let detail = match code {
        "not_sent" => "the provider does not have it",
        _ => "nobody knows whether the provider has it; missing it is worse than a double",
    };
    Settlement::SendAgain {
        attempt: attempt.id,
        error: ours(code, ErrorClass::Transient, detail),
        due_at: now,
    }
}

fn give_up(attempt: &Attempt) -> Settlement {
    let detail = "nobody knows whether the provider has it; a double is worse than missing it";
    Settlement::Failed {
        attempt: Some(attempt.id),
        error: ours("outcome_unknown", ErrorClass::Transient, detail),
        decision: None,
    }
}
