//! From the queue to a provider: claim, judge again, choose the way, write the attempt, call, write what
//! came of it.

mod brakes;
mod calls;
mod claiming;
mod fair;
mod judging;
mod observing;
mod pacing;
mod reconcile;
mod settle;

pub(crate) use brakes::BELIEVED;
pub use brakes::Brakes;
pub use calls::{Call, callback_url, open};
pub use fair::FairShares;
use observing::Line;
pub(crate) use observing::shown;
pub(crate) use settle::opt_out;

use crate::{
    Accounts, Catalog, Claim, Class, ConsentLedger, Context, Counts, Dispatch, FactStore,
    FactsQuery, Healths, Held, Inbox, Lane, Message, OptOutWatch, Paces, Pulse, SendableMessage,
    Settlement, Start, TraceId, Vault,
    media::MediaLinks,
    observe::{Observer, Phase},
    salvage,
};
use std::{
    sync::{Arc, Mutex},
    time::Instant,
};
use tidings_jurisdictions::Packs;
use tidings_kernel::{AccountId, AttemptId, Clock, ContactId, Ids, Region, StoreError, TenantId};
use tidings_routing::{Backoff, Class as ErrorClass, ProviderError};
use time::{Duration, OffsetDateTime};
use tracing::Instrument;

/// The use case: everything that it needs of the outside.
#[derive(Clone)]
pub struct Delivering {
    /// The queue.
    pub dispatch: Arc<dyn Dispatch>,
    /// Where receipts that were asked for are applied.
    pub inbox: Arc<dyn Inbox>,
    /// Facts for the gate.
    pub facts: Arc<dyn FactStore>,
    /// Accounts and senders.
    pub accounts: Arc<dyn Accounts>,
    /// Where an opt-out that a provider reports is recorded.
    pub ledger: Arc<dyn ConsentLedger>,
    /// How fast messages leave.
    pub paces: Arc<dyn Paces>,
    /// How well ways work.
    pub healths: Arc<dyn Healths>,
    /// What is seen and known of accounts.
    pub pulse: Arc<Pulse>,
    /// What is learned about leaving at the right time.
    pub brakes: Arc<Brakes>,
    /// The providers.
    pub providers: Catalog,
    /// The law of places.
    pub packs: Arc<Packs>,
    /// Watches the opt-outs that providers report.
    pub watch: Arc<OptOutWatch>,
    /// Opens credentials.
    pub vault: Arc<dyn Vault>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Identities.
    pub ids: Arc<dyn Ids>,
    /// A random number from 0 to 1, to spread retries.
    pub jitter: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Our address as the public sees it, without a slash at the end.
    pub public_url: String,
    /// Where providers fetch files of ours.
    pub links: MediaLinks,
    /// How retries are spaced.
    pub backoff: Backoff,
    /// How waiting and asking are timed.
    pub timing: Timing,
    /// Who measures; [`Unobserved`](crate::observe::Unobserved) when nobody does.
    pub observer: Arc<dyn Observer>,
}

/// How waiting and asking are timed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// For how long a claim is held.
    pub lease: Duration,
    /// How long after a call of unknown outcome the provider is first asked, and asked again.
    pub ask_unknown_after: Duration,
    /// How long after acceptance the provider is asked, if no receipt has come.
    pub ask_receipt_after: Duration,
    /// How long to wait before looking for a way again when there is none at the moment.
    pub no_route_wait: Duration,
    /// For how long after it was to be sent a message is kept trying altogether.
    pub give_up_after: Duration,
    /// For how long an unknown outcome is resolved at most, where its purpose would wait longer.
    pub unknown_patience: Duration,
    /// How long before its slot under a limit a message is prepared at most.
    pub pace_ahead: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::seconds(60),
            ask_unknown_after: Duration::seconds(15),
            ask_receipt_after: Duration::minutes(5),
            no_route_wait: Duration::minutes(1),
            give_up_after: Duration::days(1),
            unknown_patience: Duration::minutes(10),
            pace_ahead: Duration::SECOND,
        }
    }
}

/// What a round of claiming gave.
#[derive(Default)]
pub struct Round {
    /// How many messages were claimed.
    pub claimed: usize,
    /// The calls to make.
    pub calls: Vec<Call>,
    /// Messages with an attempt of unknown outcome, to [reconcile](Delivering::reconcile).
    pub open: Vec<Claim>,
    /// When the next message that sleeps is due, if one sleeps.
    pub next_due: Option<OffsetDateTime>,
}

/// After how many holds that ran out a message is given up: it was worked on alone and took its holders
/// with it again and again.
const POISONED_AFTER: u32 = 5;

/// An attempt with its sendable message, before it is written.
struct Ready {
    start: Start,
    message: SendableMessage,
    account: AccountId,
    contact: ContactId,
    /// The class of the lane that it waits in.
    class: Class,
    /// How many percent of a sender's pace the tenant leaves to marketing where the sender is of medium quality.
    medium_percent: u8,
    failures: u32,
    gives_up_at: OffsetDateTime,
    trace: Option<TraceId>,
    /// Where it goes, as far as the number tells.
    region: Option<Region>,
    /// When the contact last wrote by its channel.
    last_inbound: Option<OffsetDateTime>,
    /// When it may leave, if that is limited.
    slot: Option<pacing::Reserved>,
}

impl Delivering {
    /// Claims up to `limit` messages of these classes, shared fairly, and no more of a lane than there is
    /// `room` for at its sender; judges and routes them, settles those that do not go on, and writes the
    /// attempts of those that do.
    ///
    /// # Errors
    /// [`StoreError`]: what was claimed comes back when its lease ends.
    pub async fn claim(
        &self,
        fair: &Mutex<FairShares>,
        classes: &[Class],
        limit: u16,
        room: &(dyn Fn(&Lane) -> u16 + Send + Sync),
    ) -> Result<Round, StoreError> {
        let now = self.clock.now();
        let started = Instant::now();
        let room = &|lane: &Lane| room(lane).min(self.brakes.room(lane, now));
        let recent = claiming::lock(fair).recent(classes);
        let ready = match recent {
            Some(ready) => ready,
            None => self.dispatch.ready(classes, now).await?,
        };
        let lanes = ready.lanes.clone();
        let claims = self.claim_shares(fair, lanes, limit, room, now).await?;
        claiming::lock(fair).note(classes, &ready, claims.len() >= limit.into());
        self.observe_claims(&claims, started, now);
        let round = self.work_or_hand_back(claims, now).await?;
        Ok(Round {
            next_due: ready
                .next_due
                .into_iter()
                .chain(self.brakes.next(now))
                .min(),
            ..round
        })
    }

    /// Claims a message that may be what its earlier holders died of, to be worked on alone.
    ///
    /// # Errors
    /// As [`claim`](Self::claim).
    pub async fn claim_suspect(&self) -> Result<Round, StoreError> {
        let now = self.clock.now();
        let lease = self.timing.lease;
        let started = Instant::now();
        let suspect = self.dispatch.claim_suspect(now, lease).await?;
        self.observe_claims(suspect.as_slice(), started, now);
        self.work_or_hand_back(suspect.into_iter().collect(), now)
            .await
    }

    /// Works on claims. When the store fails in it they are handed back, if it can be reached: a hold that
    /// runs out would count as if its holder had died.
    async fn work_or_hand_back(
        &self,
        claims: Vec<Claim>,
        now: OffsetDateTime,
    ) -> Result<Round, StoreError> {
        let held: Vec<Held> = claims.iter().map(|claim| claim.held).collect();
        match self.work(claims, now).await {
            Ok(round) => Ok(round),
            Err(error) => {
                self.hand_back(&held, now).await;
                Err(error)
            }
        }
    }

    /// Gives up holds on which nothing was called. What was begun on them is asked about by the next holder.
    async fn hand_back(&self, held: &[Held], now: OffsetDateTime) {
        let released: Vec<_> = held
            .iter()
            .map(|held| (*held, Settlement::Released { due_at: now }))
            .collect();
        if let Err(error) = salvage::settle(&*self.dispatch, &released, now).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                messages = held.len(),
                "messages were not handed back; they come back when their holds run out"
            );
        }
    }

    /// Judges and routes what was claimed, and writes the attempts.
    async fn work(&self, claims: Vec<Claim>, now: OffsetDateTime) -> Result<Round, StoreError> {
        let claimed = claims.len();
        if claims.is_empty() {
            return Ok(Round::default());
        }
        let (poisoned, claims): (Vec<_>, Vec<_>) = claims
            .into_iter()
            .partition(|claim| claim.crashes >= POISONED_AFTER);
        let given_up: Vec<_> = poisoned.iter().map(give_up_poisoned).collect();
        salvage::settle(&*self.dispatch, &given_up, now).await?;
        let tenants = unique(claims.iter().map(|claim| claim.held.tenant));
        // A tenant whose accounts cannot be read has no way at the moment; the others go on.
        let started = Instant::now();
        let (accounts, _unreadable) = salvage::accounts(&*self.accounts, &tenants).await?;
        let (open, fresh): (Vec<_>, Vec<_>) = claims
            .into_iter()
            .partition(|claim| claim.open_attempt.is_some());
        let queries: Vec<FactsQuery> = fresh.iter().map(query).collect();
        let known = salvage::facts(&*self.facts, &queries, now).await?;
        self.observer
            .phase(Phase::Load, started.elapsed(), fresh.len());
        let pulses = self.pulse.known(&tenants, now).await?;
        let (ready, settled) = self.judge(fresh, known, &accounts, &pulses, now);
        salvage::settle(&*self.dispatch, &settled, now).await?;
        // What came before took its time, of which slots must know nothing.
        let asked_at = self.clock.now();
        let (ready, waiting) = self.pace(ready, &accounts, &pulses, asked_at).await?;
        if let Err(error) = salvage::settle(&*self.dispatch, &waiting, now).await {
            self.give_back(ready.into_iter().filter_map(|one| one.slot))
                .await;
            return Err(error);
        }
        let (started, count) = (Instant::now(), ready.len());
        let has_slots = ready.iter().any(|one| one.slot.is_some());
        let calls = self.begin(ready, &accounts, now).await?;
        if has_slots {
            let took = self.clock.now() - asked_at;
            self.brakes.prepared(took, self.longest_lead());
        }
        if count > 0 {
            self.observer.phase(Phase::Begin, started.elapsed(), count);
        }
        Ok(Round {
            claimed,
            calls,
            open,
            next_due: None,
        })
    }

    /// Makes one call and says how its message goes on. Nothing is stored but an opt-out that the
    /// provider reports.
    ///
    /// A call that comes late is not made: a process that was stopped for a while would send what another
    /// one has sent meanwhile, after it had asked the provider and learned that nothing was there.
    pub async fn call(&self, call: Call) -> (Held, Settlement) {
        let now = self.clock.now();
        if now > call.not_after {
            let detail = "the call was not made, as half of its lease or its slot was over";
            return self.not_made(call, now, detail).await;
        }
        let span = call.span();
        self.calling(call).instrument(span).await
    }

    /// How a message goes on whose call nobody waits for any more: it may have been taken, or be about to be, and
    /// whoever claims it asks, once the provider has had the time that it always gets.
    pub fn abandon(&self, (held, attempt): (Held, AttemptId)) -> (Held, Settlement) {
        let unknown = Settlement::Unknown {
            attempt,
            detail: "the worker was stopped before the provider answered".to_owned(),
            check_at: self.clock.now() + self.timing.ask_unknown_after,
        };
        (held, unknown)
    }

    /// Gives up a call before it was made: its slot is free for others, and anybody may take its message.
    pub async fn call_off(&self, call: Call) -> (Held, Settlement) {
        let detail = "the call was not made, as the worker was stopped before its slot";
        self.not_made(call, self.clock.now(), detail).await
    }

    /// What becomes of a message whose call was not made: it gets another slot, and one that it can keep.
    async fn not_made(&self, call: Call, now: OffsetDateTime, detail: &str) -> (Held, Settlement) {
        let mut due_at = now;
        if let Some(slot) = call.slot {
            if now > slot.at {
                self.brakes.missed(self.longest_lead());
                // Not at once: whoever is too slow now is too slow in this moment.
                due_at = now + self.brakes.lead();
            }
            self.give_back([slot]).await;
        }
        let settlement = Settlement::SendAgain {
            attempt: call.message.attempt(),
            error: ours("not_sent", ErrorClass::Transient, detail),
            due_at,
        };
        (call.held, settlement)
    }

    async fn calling(&self, call: Call) -> (Held, Settlement) {
        let line = Line::open(&*self.observer, call.provider_name());
        let outcome = call.provider.send(&call.access, &call.message).await;
        tracing::debug!(outcome = outcome.kind().as_str(), "the provider was called");
        line.ended(Class::of(call.message.purpose()), &outcome);
        let settlement = self.settlement(&call, outcome).await;
        tracing::debug!(next = settlement.as_str(), "settling");
        (call.held, settlement)
    }

    /// Until when a message is kept trying: a while after it was to be sent, however long before that
    /// it was taken in.
    fn gives_up_at(&self, message: &Message) -> OffsetDateTime {
        let due_at = message.send_at.unwrap_or(message.created_at);
        due_at
            .max(message.created_at)
            .saturating_add(self.timing.give_up_after)
    }

    /// Waits for an operator to repair something, but not for ever.
    fn wait(&self, gives_up_at: OffsetDateTime, now: OffsetDateTime) -> Settlement {
        if now > gives_up_at {
            return failed(
                "not_possible",
                ErrorClass::Account,
                "what it needs here could not be read for too long: see the worker's log",
            );
        }
        Settlement::Stranded {
            until: now + self.timing.no_route_wait,
        }
    }
}

/// A message that took its holders with it too often. What may have left stays unknown.
fn give_up_poisoned(claim: &Claim) -> (Held, Settlement) {
    let error = ours(
        "poisoned",
        ErrorClass::Content,
        "whoever worked on it died, again and again: see the log of the workers, repair it, and send it again",
    );
    let settlement = Settlement::Failed {
        attempt: claim.open_attempt.as_ref().map(|attempt| attempt.id),
        error,
        decision: None,
    };
    (claim.held, settlement)
}

fn failed(code: &str, class: ErrorClass, detail: &str) -> Settlement {
    Settlement::Failed {
        attempt: None,
        error: ours(code, class, detail),
        decision: None,
    }
}

fn query(claim: &Claim) -> FactsQuery {
    FactsQuery {
        template: claim.message.template,
        source: claim.message.context.as_ref().and_then(Context::source),
        ..FactsQuery::of(claim.held.tenant, claim.message.contact)
    }
}

fn unique(tenants: impl Iterator<Item = TenantId>) -> Vec<TenantId> {
    let mut all: Vec<TenantId> = tenants.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// A refusal of our own making, in the providers' words.
pub(crate) fn ours(code: &str, class: ErrorClass, detail: &str) -> ProviderError {
    ProviderError::new(class, code, detail)
}

/// Whether a refusal counts towards the limit of attempts.
pub(crate) fn counts(error: &ProviderError) -> Counts {
    match error.class {
        ErrorClass::RateLimited | ErrorClass::Account => Counts::AsWaiting,
        ErrorClass::Transient
        | ErrorClass::Recipient
        | ErrorClass::OptedOut
        | ErrorClass::Content
        | ErrorClass::WindowClosed
        | ErrorClass::Sender
        | ErrorClass::Expired => Counts::AsFailure,
    }
}
