//! From the queue to a provider: claim, judge again, choose the way, write the attempt, call, write what
//! came of it.

mod calls;
mod fair;
mod observing;
mod reconcile;
mod settle;

pub use calls::{Call, callback_url, open};
pub use fair::FairShares;
pub(crate) use observing::shown;
use observing::{Line, Spent};
pub(crate) use settle::opt_out;

use crate::{
    Accounts, Attempt, CapGuard, Catalog, Claim, Class, Clearance, ConsentLedger, Context, Counts,
    DecisionRecord, Dispatch, FactStore, Facts, FactsQuery, GateOutcome, GateRequest, Held, Inbox,
    Known, Lane, LaneId, Message, OptOutWatch, ProviderAccount, SendableMessage, Settlement, Share,
    Stage, Start, Status, TraceId, Vault, gate,
    observe::{Observer, Phase},
    salvage::{self, Readable},
    send::destination,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use tidings_jurisdictions::Packs;
use tidings_kernel::{
    AccountId, AttemptId, Clock, ContactId, DecisionId, Ids, Purpose, StoreError, TenantId,
};
use tidings_routing::{
    Backoff, Choice, Class as ErrorClass, ErrorTable, Need, Objection, ProviderError, choose,
};
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

/// How often what a lane did not use of its share is offered to the others.
const OFFERS: usize = 3;

/// An attempt with its sendable message, before it is written.
struct Ready {
    start: Start,
    message: SendableMessage,
    account: AccountId,
    contact: ContactId,
    failures: u32,
    gives_up_at: OffsetDateTime,
    trace: Option<TraceId>,
}

/// What to do with a claim.
enum Next {
    Go(Box<Ready>),
    Settle(Settlement),
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
        let ready = self.dispatch.ready(classes, now).await?;
        let claims = self
            .claim_shares(fair, ready.lanes, limit, room, now)
            .await?;
        self.observe_claims(&claims, started, now);
        Ok(Round {
            next_due: ready.next_due,
            ..self.work(claims, now).await?
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
        self.work(suspect.into_iter().collect(), now).await
    }

    /// Claims by shares; what some lanes do not use is offered to those that used all of theirs.
    async fn claim_shares(
        &self,
        fair: &Mutex<FairShares>,
        mut lanes: Vec<Lane>,
        limit: u16,
        room: &(dyn Fn(&Lane) -> u16 + Send + Sync),
        now: OffsetDateTime,
    ) -> Result<Vec<Claim>, StoreError> {
        let mut claims: Vec<Claim> = Vec::new();
        for _ in 0..OFFERS {
            let left = usize::from(limit).saturating_sub(claims.len());
            let left = u16::try_from(left).unwrap_or(u16::MAX);
            if left == 0 || lanes.is_empty() {
                break;
            }
            let left_of = |lane: &Lane| {
                let taken = claims.iter().filter(|claim| claim.lane == lane.id).count();
                room(lane).saturating_sub(u16::try_from(taken).unwrap_or(u16::MAX))
            };
            let shares = lock(fair).plan(&lanes, left, left_of);
            if shares.is_empty() {
                break;
            }
            let claimed = self.dispatch.claim(&shares, now, self.timing.lease).await;
            let mut taken: HashMap<LaneId, u16> = HashMap::new();
            for claim in claimed.iter().flatten() {
                *taken.entry(claim.lane).or_default() += 1;
            }
            let unused = |share: &Share| {
                let taken = taken.get(&share.lane).copied().unwrap_or(0);
                share.most.saturating_sub(taken)
            };
            let mut fair = lock(fair);
            for share in &shares {
                if let Some(lane) = lanes.iter().find(|lane| lane.id == share.lane) {
                    fair.give_back(lane, unused(share));
                }
            }
            drop(fair);
            claims.extend(claimed?);
            // Only a lane that gave all it was asked for may have more.
            let used_up: Vec<LaneId> = shares
                .iter()
                .filter(|share| unused(share) == 0)
                .map(|share| share.lane)
                .collect();
            let unasked = |lane: &Lane| shares.iter().all(|share| share.lane != lane.id);
            lanes.retain(|lane| used_up.contains(&lane.id) || unasked(lane));
        }
        Ok(claims)
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
        self.dispatch.settle(&given_up, now).await?;
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
        let (ready, settled) = self.judge(fresh, known, &accounts, now);
        self.dispatch.settle(&settled, now).await?;
        let (started, count) = (Instant::now(), ready.len());
        let calls = self.begin(ready, &accounts, now).await?;
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

    /// Asks the gate again and chooses a way, for each message.
    fn judge(
        &self,
        fresh: Vec<Claim>,
        known: Vec<Readable<Option<Known>>>,
        accounts: &[ProviderAccount],
        now: OffsetDateTime,
    ) -> (Vec<Ready>, Vec<(Held, Settlement)>) {
        let mut ready = Vec::with_capacity(fresh.len());
        let mut settled = Vec::new();
        // What goes out in this round counts for what comes later in it.
        let mut marketed: HashMap<(TenantId, ContactId), Vec<OffsetDateTime>> = HashMap::new();
        let (mut spent, count) = (Spent::default(), fresh.len());
        for (claim, known) in fresh.into_iter().zip(known) {
            let held = claim.held;
            let next = match known {
                Readable::Yes(Some(mut known)) if is_there(&known, &claim.message) => {
                    let person = (held.tenant, claim.message.contact);
                    let begun = marketed.entry(person).or_default();
                    known.marketing_sent.extend(begun.iter());
                    let next = self.next(claim, &known, accounts, &mut spent, now);
                    if matches!(&next, Next::Go(go) if go.start.is_marketing()) {
                        begun.push(now);
                    }
                    next
                }
                Readable::Yes(Some(_)) => Next::Settle(failed(
                    "address_changed",
                    ErrorClass::Recipient,
                    "the contact has left the address that the message was taken in for",
                )),
                Readable::Yes(None) => Next::Settle(failed(
                    "contact_erased",
                    ErrorClass::Recipient,
                    "the contact was erased",
                )),
                Readable::No => Next::Settle(self.wait(self.gives_up_at(&claim.message), now)),
            };
            match next {
                Next::Go(go) => ready.push(*go),
                Next::Settle(settlement) => settled.push((held, settlement)),
            }
        }
        self.observe_spent(spent, count);
        (ready, settled)
    }

    /// Makes one call and says how its message goes on. Nothing is stored but an opt-out that the
    /// provider reports.
    ///
    /// A call that comes late is not made: a process that was stopped for a while would send what another
    /// one has sent meanwhile, after it had asked the provider and learned that nothing was there.
    pub async fn call(&self, call: Call) -> (Held, Settlement) {
        let now = self.clock.now();
        if now > call.not_after {
            let detail = "the call was not made, as half of its lease was over";
            let settlement = Settlement::SendAgain {
                attempt: call.message.attempt(),
                error: ours("not_sent", ErrorClass::Transient, detail),
                due_at: now,
            };
            return (call.held, settlement);
        }
        let span = call.span();
        self.calling(call).instrument(span).await
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

    /// Judges and routes one message.
    fn next(
        &self,
        claim: Claim,
        known: &Known,
        accounts: &[ProviderAccount],
        spent: &mut Spent,
        now: OffsetDateTime,
    ) -> Next {
        let Claim {
            held,
            lane: _,
            message,
            failures,
            crashes: _,
            exhausted,
            open_attempt: _,
        } = claim;
        let started = Instant::now();
        let (request, facts, decision, clearance) = gate::clear(&message, known, &self.packs, now);
        spent.gate += started.elapsed();
        let caps = cap_guards(&request, &facts, message.contact, now);
        let mut record = DecisionRecord {
            id: DecisionId::new(&*self.ids),
            message: message.id,
            stage: Stage::Dispatch,
            request,
            facts,
            decision,
            route: None,
            others: Vec::new(),
        };
        self.observe_decision(&record, message.trace);
        let Some(clearance) = clearance else {
            return Next::Settle(refused(record));
        };
        let started = Instant::now();
        let route = self.route(&message, &exhausted, accounts);
        spent.route += started.elapsed();
        record.route = Some(route.clone());
        let Some(chosen) = route.chosen.clone() else {
            return Next::Settle(self.no_route(&message, &route, record, now));
        };
        let sender = accounts
            .iter()
            .find(|account| account.id == chosen.account)
            .and_then(|account| {
                account
                    .senders
                    .iter()
                    .find(|sender| sender.id == chosen.sender)
            });
        let from = sender
            .map(|sender| sender.address.clone())
            .unwrap_or_default();
        let attempt = Attempt {
            id: AttemptId::new(&*self.ids),
            message: message.id,
            account: chosen.account,
            provider: chosen.provider,
            sender: chosen.sender,
            sender_address: from.clone(),
            started_at: now,
            outcome: None,
            provider_message_id: None,
            error: None,
            receipt: None,
            cost: None,
        };
        let sendable = Clearance::address(clearance, attempt.id, chosen.sender, from);
        let account = chosen.account;
        let start = Start {
            held,
            attempt,
            decision: record,
            caps,
        };
        Next::Go(Box::new(Ready {
            start,
            message: sendable,
            account,
            contact: message.contact,
            failures,
            gives_up_at: self.gives_up_at(&message),
            trace: message.trace,
        }))
    }

    fn route(
        &self,
        message: &Message,
        exhausted: &[AccountId],
        accounts: &[ProviderAccount],
    ) -> Choice {
        let own: Vec<ProviderAccount> = accounts
            .iter()
            .filter(|account| account.tenant == message.tenant)
            .cloned()
            .collect();
        let need = Need {
            channel: Some(message.channel),
            destination: destination(Some(&message.contact_address)),
            has_media: !message.content.media.is_empty(),
            account: message.account,
            sender: message.sender,
            exhausted: exhausted.to_vec(),
        };
        choose(&need, &self.providers.candidates(&own, message.channel))
    }

    /// With no way at the moment it waits for one; when every way has refused it, it has failed.
    fn no_route(
        &self,
        message: &Message,
        route: &Choice,
        record: DecisionRecord,
        now: OffsetDateTime,
    ) -> Settlement {
        let refused_by_all = !route.considered.is_empty()
            && route
                .considered
                .iter()
                .any(|considered| considered.objection == Some(Objection::AlreadyRefused));
        if refused_by_all || now > self.gives_up_at(message) {
            return Settlement::Failed {
                attempt: None,
                error: ours(
                    "no_route",
                    ErrorClass::Account,
                    "no account and sender can carry it",
                ),
                decision: Some(Box::new(record)),
            };
        }
        Settlement::Released {
            due_at: now + self.timing.no_route_wait,
        }
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
        Settlement::Released {
            due_at: now + self.timing.no_route_wait,
        }
    }
}

fn refused(record: DecisionRecord) -> Settlement {
    let decision = &record.decision;
    if let (GateOutcome::Defer, Some(until)) = (decision.outcome, decision.until) {
        return Settlement::Deferred {
            until,
            decision: Box::new(record),
        };
    }
    // The rule about freshness is asked after all others and heads the list only when it stands alone.
    let first = decision.reasons.first().map(|reason| reason.rule.as_ref());
    let status = if first == Some(gate::EXPIRED) {
        Status::Expired
    } else {
        Status::Blocked
    };
    Settlement::Refused {
        decision: Box::new(record),
        status,
    }
}

/// Whether the contact still has the address of a message. If not, somebody else may have it by now, and
/// what they said about consent would not be asked for.
fn is_there(known: &Known, message: &Message) -> bool {
    known.contact.addresses().contains(&message.contact_address)
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

fn lock(fair: &Mutex<FairShares>) -> std::sync::MutexGuard<'_, FairShares> {
    // Shares that a panic left half-counted are still shares.
    fair.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(code: &str, class: ErrorClass, detail: &str) -> Settlement {
    Settlement::Failed {
        attempt: None,
        error: ours(code, class, detail),
        decision: None,
    }
}

/// The caps that must still hold when the attempt is written.
fn cap_guards(
    request: &GateRequest,
    facts: &Facts,
    contact: ContactId,
    now: OffsetDateTime,
) -> Vec<CapGuard> {
    if request.judged_as(facts.template.as_ref()) != Purpose::Marketing {
        return Vec::new();
    }
    let guard = |cap: &gate::Cap| CapGuard {
        contact,
        most: u16::try_from(cap.most).unwrap_or(u16::MAX),
        since: now.saturating_sub(cap.window()),
    };
    facts.law.caps.iter().map(guard).collect()
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
    ProviderError {
        provider_code: code.to_owned(),
        ..ErrorTable::new(&[]).explain(0, detail, class)
    }
}

/// Whether a refusal counts towards the limit of attempts.
pub(crate) fn counts(error: &ProviderError) -> Counts {
    match error.class {
        ErrorClass::RateLimited => Counts::AsWaiting,
        ErrorClass::Transient
        | ErrorClass::Recipient
        | ErrorClass::OptedOut
        | ErrorClass::Content
        | ErrorClass::WindowClosed
        | ErrorClass::Account
        | ErrorClass::Sender
        | ErrorClass::Expired => Counts::AsFailure,
    }
}
