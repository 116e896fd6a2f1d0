//! From the queue to a provider: claim, judge again, choose the way, write the attempt, call, write what
//! came of it.

mod calls;
mod reconcile;
mod settle;

pub use calls::{Call, callback_url, open};
pub(crate) use settle::opt_out;

use crate::{
    Accounts, Attempt, CapGuard, Catalog, Claim, Clearance, ConsentLedger, Context, Counts,
    DecisionRecord, Dispatch, FactStore, Facts, FactsQuery, GateOutcome, GateRequest, Held, Inbox,
    Known, Message, OptOutWatch, ProviderAccount, SendableMessage, Settlement, Stage, Start,
    Status, Vault, gate,
    salvage::{self, Readable},
    send::destination,
};
use std::{collections::HashMap, sync::Arc};
use tidings_jurisdictions::Packs;
use tidings_kernel::{
    AccountId, AttemptId, Clock, ContactId, DecisionId, Ids, Purpose, StoreError, TenantId,
};
use tidings_routing::{Backoff, Choice, Class, ErrorTable, Need, Objection, ProviderError, choose};
use time::{Duration, OffsetDateTime};

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
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            lease: Duration::seconds(60),
            ask_unknown_after: Duration::seconds(15),
            ask_receipt_after: Duration::minutes(5),
            no_route_wait: Duration::minutes(1),
            give_up_after: Duration::days(1),
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
}

/// An attempt with its sendable message, before it is written.
struct Ready {
    start: Start,
    message: SendableMessage,
    account: AccountId,
    contact: ContactId,
    failures: u32,
    gives_up_at: OffsetDateTime,
}

/// What to do with a claim.
enum Next {
    Go(Box<Ready>),
    Settle(Settlement),
}

impl Delivering {
    /// Claims up to `limit` messages, judges and routes them, settles those that do not go on, and
    /// writes the attempts of those that do.
    ///
    /// # Errors
    /// [`StoreError`]: what was claimed comes back when its lease ends.
    pub async fn claim(&self, limit: u16) -> Result<Round, StoreError> {
        let now = self.clock.now();
        let claims = self.dispatch.claim(limit, now, self.timing.lease).await?;
        let claimed = claims.len();
        if claims.is_empty() {
            return Ok(Round::default());
        }
        let tenants = unique(claims.iter().map(|claim| claim.held.tenant));
        // A tenant whose accounts cannot be read has no way at the moment; the others go on.
        let (accounts, _unreadable) = salvage::accounts(&*self.accounts, &tenants).await?;
        let (open, fresh): (Vec<_>, Vec<_>) = claims
            .into_iter()
            .partition(|claim| claim.open_attempt.is_some());
        let queries: Vec<FactsQuery> = fresh.iter().map(query).collect();
        let known = salvage::facts(&*self.facts, &queries, now).await?;
        let mut ready = Vec::with_capacity(fresh.len());
        let mut settled = Vec::new();
        // What goes out in this round counts for what comes later in it.
        let mut marketed: HashMap<(TenantId, ContactId), Vec<OffsetDateTime>> = HashMap::new();
        for (claim, known) in fresh.into_iter().zip(known) {
            let held = claim.held;
            let next = match known {
                Readable::Yes(Some(mut known)) if is_there(&known, &claim.message) => {
                    let person = (held.tenant, claim.message.contact);
                    let begun = marketed.entry(person).or_default();
                    known.marketing_sent.extend(begun.iter());
                    let next = self.next(claim, &known, &accounts, now);
                    if matches!(&next, Next::Go(go) if go.start.cap.is_some()) {
                        begun.push(now);
                    }
                    next
                }
                Readable::Yes(Some(_)) => Next::Settle(failed(
                    "address_changed",
                    Class::Recipient,
                    "the contact has left the address that the message was taken in for",
                )),
                Readable::Yes(None) => Next::Settle(failed(
                    "contact_erased",
                    Class::Recipient,
                    "the contact was erased",
                )),
                Readable::No => Next::Settle(self.wait(self.gives_up_at(&claim.message), now)),
            };
            match next {
                Next::Go(go) => ready.push(*go),
                Next::Settle(settlement) => settled.push((held, settlement)),
            }
        }
        self.dispatch.settle(&settled, now).await?;
        let calls = self.begin(ready, &accounts).await?;
        Ok(Round {
            claimed,
            calls,
            open,
        })
    }

    /// Makes one call and says how its message goes on. Nothing is stored but an opt-out that the
    /// provider reports.
    pub async fn call(&self, call: Call) -> (Held, Settlement) {
        let outcome = call.provider.send(&call.access, &call.message).await;
        let settlement = self.settlement(&call, outcome).await;
        (call.held, settlement)
    }

    /// Judges and routes one message.
    fn next(
        &self,
        claim: Claim,
        known: &Known,
        accounts: &[ProviderAccount],
        now: OffsetDateTime,
    ) -> Next {
        let Claim {
            held,
            message,
            failures,
            exhausted,
            open_attempt: _,
        } = claim;
        let (request, facts, decision, clearance) = gate::clear(&message, known, &self.packs, now);
        let cap = cap_guard(&request, &facts, message.contact, now);
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
        let Some(clearance) = clearance else {
            return Next::Settle(refused(record));
        };
        let route = self.route(&message, &exhausted, accounts);
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
            cap,
        };
        Next::Go(Box::new(Ready {
            start,
            message: sendable,
            account,
            contact: message.contact,
            failures,
            gives_up_at: self.gives_up_at(&message),
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
                    Class::Account,
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
                Class::Account,
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

fn failed(code: &str, class: Class, detail: &str) -> Settlement {
    Settlement::Failed {
        attempt: None,
        error: ours(code, class, detail),
        decision: None,
    }
}

/// The cap that must still hold when the attempt is written: of those in force the one with the least
/// room, since what others hand over meanwhile takes up as much of each.
fn cap_guard(
    request: &GateRequest,
    facts: &Facts,
    contact: ContactId,
    now: OffsetDateTime,
) -> Option<CapGuard> {
    if request.judged_as(facts.template.as_ref()) != Purpose::Marketing {
        return None;
    }
    let cap = facts.law.caps.iter().min_by_key(|cap| {
        let since = now.saturating_sub(cap.window());
        let sent = facts.marketing_sent.iter().filter(|at| **at > since);
        (cap.most as usize).saturating_sub(sent.count())
    })?;
    Some(CapGuard {
        contact,
        most: u16::try_from(cap.most).unwrap_or(u16::MAX),
        since: now.saturating_sub(cap.window()),
    })
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
pub(crate) fn ours(code: &str, class: Class, detail: &str) -> ProviderError {
    ProviderError {
        provider_code: code.to_owned(),
        ..ErrorTable::new(&[]).explain(0, detail, class)
    }
}

/// Whether a refusal counts towards the limit of attempts.
pub(crate) fn counts(error: &ProviderError) -> Counts {
    match error.class {
        Class::RateLimited => Counts::AsWaiting,
        Class::Transient
        | Class::Recipient
        | Class::OptedOut
        | Class::Content
        | Class::WindowClosed
        | Class::Account
        | Class::Sender
        | Class::Expired => Counts::AsFailure,
    }
}
