//! From a provider's callback to what it means: receipts for messages, messages from contacts, and what
//! those say about consent.

mod inbound;
mod meaning;
mod taking;

pub use taking::Taken;

use crate::{
    Absences, AccountEvent, AccountStanding, Accounts, Catalog, ConsentLedger, Contacts, FactStore,
    Inbox, OptOutWatch, PreferenceChange, PreferenceEvent, PreferenceReach, ProviderAccount,
    ProviderEvent, Pulse, PutBack, RawCallback, Receipt, ReceiptEvent, ReceiptTarget,
    ReceiptUpdate, RecordError, Vault,
    deliver::{opt_out, shown},
    pulse::{Heard, NEWS},
    salvage::{self, Readable},
    send::Sending,
    sync::Syncing,
};
use std::sync::Arc;
use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes, Ruling};
use tidings_kernel::{CallbackId, Clock, ConsentEventId, Ids, Purpose, StoreError, TenantId};
use tidings_routing::Class;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Receiving {
    /// Where callbacks wait.
    pub inbox: Arc<dyn Inbox>,
    /// Contacts, looked up and made by address.
    pub contacts: Arc<dyn Contacts>,
    /// What the ledger says of a contact that writes.
    pub facts: Arc<dyn FactStore>,
    /// Where wishes to be tried again are noted.
    pub absences: Arc<dyn Absences>,
    /// Where what providers report about consent is recorded.
    pub ledger: Arc<dyn ConsentLedger>,
    /// Accounts.
    pub accounts: Arc<dyn Accounts>,
    /// The providers.
    pub providers: Catalog,
    /// Opens credentials.
    pub vault: Arc<dyn Vault>,
    /// Sends the one confirmation of an opt-out, through the gate like everything else.
    pub sending: Sending,
    /// Where what providers say about templates and numbers is noted.
    pub syncing: Syncing,
    /// Watches the opt-outs that providers report.
    pub watch: Arc<OptOutWatch>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identities.
    pub ids: Arc<dyn Ids>,
    /// Our address as the public sees it, without a slash at the end.
    pub public_url: String,
    /// For how long a claimed callback is held.
    pub lease: Duration,
    /// What is seen and known of accounts.
    pub pulse: Arc<Pulse>,
    /// How long after a receipt the provider is asked, if none that ends it follows.
    pub ask_receipt_after: Duration,
}

/// After how many failures a callback that speaks of something unknown is given up, and kept for people.
const MOST_FAILURES: u32 = 8;
/// For how long a callback is tried that only trouble of ours keeps from being applied: a store that
/// fails, a key that is missing. It may hold a STOP.
const PATIENCE: Duration = Duration::days(3);

/// What one callback came to.
#[derive(Debug)]
enum Applied {
    /// It is done with.
    Done,
    /// Something that it speaks about is not there yet.
    Again(String),
    /// Trouble of ours, which somebody will repair.
    Later(String),
    /// It makes no sense and never will.
    Hopeless(String),
}

impl Receiving {
    /// Applies up to `limit` callbacks and says how many there were.
    ///
    /// # Errors
    /// [`StoreError`]: what was claimed comes back when its lease ends.
    pub async fn apply(&self, limit: u16) -> Result<usize, StoreError> {
        let taken = self.take(limit).await?;
        self.apply_taken(taken).await
    }

    /// Applies callbacks that were taken, and says how many there were. Receipts may be applied in any
    /// order and at the same time; what [contacts say](Taken::has_words) is heard one after the other.
    ///
    /// # Errors
    /// [`StoreError`]: what was taken comes back when its lease ends.
    pub async fn apply_taken(&self, taken: Taken) -> Result<usize, StoreError> {
        let count = taken.readings.len();
        let mut places: Vec<usize> = Vec::with_capacity(count);
        let mut updates: Vec<ReceiptUpdate> = Vec::with_capacity(count);
        let mut callbacks: Vec<RawCallback> = Vec::with_capacity(count);
        let mut applied: Vec<Applied> = Vec::with_capacity(count);
        for (place, reading) in taken.readings.into_iter().enumerate() {
            applied.push(match reading.said {
                Ok((account, events)) => match taken.accounts.get(account) {
                    Some(account) => {
                        let before = updates.len();
                        let result = self
                            .collect(&reading.callback, account, events, &mut updates)
                            .await;
                        places.extend(std::iter::repeat_n(place, updates.len() - before));
                        result
                    }
                    None => Applied::Later("its account was not read".into()),
                },
                Err(other) => other,
            });
            callbacks.push(reading.callback);
        }
        self.apply_receipts(&places, &updates, &mut applied).await?;
        self.close(&callbacks, applied, taken.at).await?;
        Ok(count)
    }

    /// Applies what is not a receipt, and puts receipts to the batch.
    async fn collect(
        &self,
        callback: &RawCallback,
        account: &ProviderAccount,
        events: Vec<ProviderEvent>,
        receipts: &mut Vec<ReceiptUpdate>,
    ) -> Applied {
        for (number, event) in events.into_iter().enumerate() {
            let result = match event {
                ProviderEvent::Receipt(event) => {
                    receipts.push(self.update(callback, event));
                    Ok(())
                }
                ProviderEvent::Inbound(event) => self.inbound(callback, account, event).await,
                ProviderEvent::Preference(event) => self.preference(callback, &event, number).await,
                ProviderEvent::FreeWindow(event) => {
                    self.inbox
                        .open_free_window(callback.tenant, callback.account, &event)
                        .await
                }
                ProviderEvent::Template(event) => {
                    tracing::info!(callback = %callback.id, account = %account.id, name = event.name,
                        locale = event.locale, event = ?event.event.kind, reason = event.reason,
                        "a template's standing has changed at its provider");
                    let received = callback.request.received_at;
                    self.syncing.hear(account, &event, received).await
                }
                ProviderEvent::Account(event) => {
                    self.account_event(callback, account, &event).await
                }
                ProviderEvent::Ignored(name) => {
                    tracing::debug!(callback = %callback.id, name, "a callback that changes nothing");
                    Ok(())
                }
            };
            if let Err(error) = result {
                tracing::warn!(callback = %callback.id, error = &error as &dyn std::error::Error,
                    "a callback could not be applied");
                return Applied::Later(error.to_string());
            }
        }
        Applied::Done
    }

    /// Applies receipts, each of the callback at its place.
    async fn apply_receipts(
        &self,
        places: &[usize],
        updates: &[ReceiptUpdate],
        applied: &mut [Applied],
    ) -> Result<(), StoreError> {
        let effects = salvage::apply(&*self.inbox, updates).await?;
        let heard = updates.iter().zip(&effects).filter_map(|(update, effect)| {
            let Readable::Yes(Some(effect)) = effect else {
                return None;
            };
            let was_missed = effect.asked > 0;
            Some(Heard {
                update,
                effect,
                was_missed,
            })
        });
        self.pulse.hear(heard, self.clock.now()).await;
        for (effect, place) in effects.iter().zip(places) {
            let trouble = match effect {
                Readable::Yes(Some(_)) => continue,
                Readable::Yes(None) => {
                    Applied::Again("it speaks of an attempt that is not known".into())
                }
                Readable::No => {
                    Applied::Later("what is stored of its attempt makes no sense".into())
                }
            };
            // What else has failed of the same callback is tried for longer.
            if let Some(applied @ Applied::Done) = applied.get_mut(*place) {
                *applied = trouble;
            }
        }
        if tracing::enabled!(tracing::Level::DEBUG) {
            self.tell(updates).await?;
        }
        for update in updates {
            if update
                .error
                .as_ref()
                .is_some_and(|error| error.class == Class::OptedOut)
            {
                self.note_opt_out(update).await?;
            }
        }
        Ok(())
    }

    /// Puts receipts into the log, each with the trace of its message.
    async fn tell(&self, updates: &[ReceiptUpdate]) -> Result<(), StoreError> {
        for update in updates {
            if let Some(message) = self.inbox.subject(&update.target).await? {
                tracing::debug!(message = %message.id, trace_id = %shown(message.trace),
                    receipt = update.receipt.map(Receipt::as_str), status = %message.status,
                    "a receipt was applied");
            }
        }
        Ok(())
    }

    /// Records the opt-out behind a delivery that failed because the contact had told the provider to
    /// stop.
    async fn note_opt_out(&self, update: &ReceiptUpdate) -> Result<(), StoreError> {
        let Some(message) = self.inbox.subject(&update.target).await? else {
            return Ok(());
        };
        let (Some(attempt), Some(error)) = (update.target.attempt, &update.error) else {
            return Ok(());
        };
        let now = self.clock.now();
        match self
            .watch
            .ask(update.target.tenant, &error.provider_code, now)
        {
            Ruling::Apply => {}
            Ruling::Hold { .. } => return Ok(()),
        }
        let by = (update.source.as_str(), message.channel);
        let event = opt_out(message.contact, attempt, by, error, update.at);
        self.record(update.target.tenant, &event).await
    }

    async fn close(
        &self,
        callbacks: &[RawCallback],
        applied: Vec<Applied>,
        now: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut done: Vec<CallbackId> = Vec::with_capacity(callbacks.len());
        let mut back: Vec<PutBack> = Vec::new();
        for (callback, result) in callbacks.iter().zip(applied) {
            let (problem, retry_at) = match result {
                Applied::Done => {
                    done.push(callback.id);
                    continue;
                }
                Applied::Again(problem) => {
                    let wait = Duration::seconds(1 << callback.failures.min(10));
                    let retry_at = (callback.failures < MOST_FAILURES).then_some(now + wait);
                    (problem, retry_at)
                }
                Applied::Later(problem) => {
                    let wait = Duration::seconds(1 << callback.failures.min(9));
                    let until = callback.request.received_at + PATIENCE;
                    (problem, (now < until).then_some(now + wait))
                }
                Applied::Hopeless(problem) => (problem, None),
            };
            if retry_at.is_none() {
                tracing::error!(callback = %callback.id, problem, "a callback is given up");
            }
            back.push(PutBack {
                callback: callback.id,
                problem,
                retry_at,
            });
        }
        if !back.is_empty() {
            self.inbox.put_back(&back).await?;
        }
        if done.is_empty() {
            return Ok(());
        }
        self.inbox.finish(&done, now).await
    }

    /// Something has happened to the account at its provider: one that was stopped is out at once, and one that was
    /// restored comes back, if that is news. Its numbers stand as is said.
    async fn account_event(
        &self,
        callback: &RawCallback,
        account: &ProviderAccount,
        event: &AccountEvent,
    ) -> Result<(), StoreError> {
        note_account(callback, account, event);
        let now = self.clock.now();
        let received = callback.request.received_at;
        self.syncing
            .hear_of_numbers(account, event, received)
            .await?;
        let at = event.at.map_or(received, |at| at.min(received));
        if now - at > NEWS {
            return Ok(());
        }
        match event.standing {
            AccountStanding::Stopped => {
                let stopped = (account.tenant, account.id);
                self.pulse.refused(stopped, &event.name, at, now).await;
            }
            AccountStanding::Restored => self.pulse.restored(account, now).await,
            AccountStanding::Unchanged | AccountStanding::Limited => {}
        }
        Ok(())
    }

    /// A contact has told the provider to stop or resume.
    async fn preference(
        &self,
        callback: &RawCallback,
        event: &PreferenceEvent,
        number: usize,
    ) -> Result<(), StoreError> {
        let action = match event.change {
            PreferenceChange::Stop => Action::OptOut,
            PreferenceChange::Resume => Action::OptIn,
        };
        let purposes = match event.reach {
            PreferenceReach::Marketing => {
                Purposes::only([Purpose::Marketing]).unwrap_or(Purposes::All)
            }
            PreferenceReach::Everything => Purposes::All,
        };
        let contacts = self.holders(callback.tenant, &event.from).await?;
        for (place, contact) in contacts.iter().enumerate() {
            let now = self.clock.now();
            let consent = ConsentEvent {
                // The same callback always makes the same event.
                id: derived(callback.id, number * 1_000 + place),
                contact: contact.id,
                action,
                channels: Channels::one(event.channel),
                purposes: purposes.clone(),
                method: Method::Provider,
                occurred_at: counts_from(
                    action,
                    event.at.unwrap_or(callback.request.received_at),
                    now,
                ),
                recorded_at: now,
                evidence: Evidence {
                    source_message_id: callback.id.to_string().try_into().ok(),
                    ..Evidence::default()
                },
            };
            self.record(callback.tenant, &consent).await?;
        }
        Ok(())
    }

    fn update(&self, callback: &RawCallback, event: ReceiptEvent) -> ReceiptUpdate {
        let received = callback.request.received_at;
        let now = self.clock.now();
        let provider = self.providers.get(&callback.provider);
        let after = self.ask_receipt_after;
        let ask_at = provider.and_then(|provider| provider.descriptor().ask_at(now, after));
        ReceiptUpdate {
            target: ReceiptTarget {
                tenant: callback.tenant,
                account: callback.account,
                attempt: event.attempt,
                provider_message_id: event.provider_message_id,
            },
            receipt: Some(event.receipt),
            error: event.error.filter(|_| event.receipt == Receipt::Failed),
            cost: event.cost,
            // A provider's clock may be ahead of ours.
            at: event.at.map_or(received, |at| at.min(received)),
            source: callback.provider.clone(),
            ask_at,
        }
    }

    async fn record(&self, tenant: TenantId, event: &ConsentEvent) -> Result<(), StoreError> {
        match self.ledger.record(tenant, event, None).await {
            // Erased meanwhile: there is nobody left to record it for.
            Ok(()) | Err(RecordError::NoContact) => Ok(()),
            Err(RecordError::Store(error)) => Err(error),
            Err(RecordError::KeyLost(error)) => Err(StoreError::unavailable(error)),
        }
    }
}

/// Puts what happened to an account into the log, where people look for what they have to see to.
fn note_account(callback: &RawCallback, account: &ProviderAccount, event: &AccountEvent) {
    let (name, detail) = (event.name.as_str(), event.detail.as_str());
    match event.standing {
        AccountStanding::Limited | AccountStanding::Stopped => {
            tracing::warn!(callback = %callback.id, account = %account.id, name, detail,
                standing = ?event.standing, "the provider limits an account");
        }
        AccountStanding::Unchanged | AccountStanding::Restored => {
            tracing::info!(callback = %callback.id, account = %account.id, name, detail,
                standing = ?event.standing, "something has changed about an account");
        }
    }
}

/// From when a wish counts that a contact expressed at this instant: from now at the latest, as a provider's clock may
/// be ahead of ours. What takes something back counts from the end of a second that a provider has cut off; it would
/// come before what was agreed to in the same second, and lose to it.
fn counts_from(action: Action, at: OffsetDateTime, now: OffsetDateTime) -> OffsetDateTime {
    let is_cut_off = at.microsecond() == 0;
    let rest = if action.withdraws() && is_cut_off {
        Duration::microseconds(999_999)
    } else {
        Duration::ZERO
    };
    (at + rest).min(now)
}

/// An event's identity, made from the callback's, so that applying it twice records it once.
fn derived(callback: CallbackId, number: usize) -> ConsentEventId {
    let number = u128::try_from(number).unwrap_or_default();
    ConsentEventId::from_uuid(Uuid::from_u128(
        callback.uuid().as_u128().wrapping_add(number),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn a_stop_in_whole_seconds_does_not_lose_to_what_was_agreed_to_in_its_second() {
        let agreed = datetime!(2026-11-30 08:45:55.403062 UTC);
        let told = datetime!(2026-11-30 08:45:55 UTC);
        let now = datetime!(2026-11-30 08:45:57 UTC);
        assert!(counts_from(Action::OptOut, told, now) > agreed);
        assert!(counts_from(Action::OptOut, told, now) < told + Duration::SECOND);
        assert_eq!(counts_from(Action::OptIn, told, now), told);
        assert_eq!(counts_from(Action::OptOut, agreed, now), agreed);
        assert_eq!(counts_from(Action::OptOut, now + Duration::HOUR, now), now);
    }
}
