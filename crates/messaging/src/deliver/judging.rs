//! Asks the gate again and chooses the way, for each message of a round.

use super::{Delivering, Ready, brakes::Track, failed, observing::Spent, ours};
use crate::{
    Attempt, CapGuard, Claim, Class, Clearance, DecisionRecord, Facts, GateOutcome, GateRequest,
    Held, Known, Message, ProviderAccount, Settlement, Stage, Start, Status, gate,
    pulse::Known as Pulses,
    salvage::Readable,
    send::destination,
    ways::{self, Surroundings, Whose},
};
use std::{collections::HashMap, time::Instant};
use tidings_kernel::{
    AttemptId, Channel, ContactId, DecisionId, Purpose, Region, SenderId, TenantId,
};
use tidings_routing::{Candidate, Choice, Class as ErrorClass, Objection};
use time::OffsetDateTime;

/// What the messages of one round share.
struct Sitting<'round> {
    accounts: &'round [ProviderAccount],
    /// The ways that a tenant has by a channel, once they were asked for.
    ways: HashMap<Whose, Vec<Candidate>>,
    /// How well the accounts of each tenant work.
    pulses: &'round HashMap<TenantId, Pulses>,
    /// The tracks of senders whose limits are used up for long.
    used_up: HashMap<Track, OffsetDateTime>,
    spent: Spent,
    now: OffsetDateTime,
}

/// What to do with a claim.
enum Next {
    Go(Box<Ready>),
    Settle(Settlement),
}

impl Delivering {
    /// Asks the gate again and chooses a way, for each message.
    pub(super) fn judge(
        &self,
        fresh: Vec<Claim>,
        known: Vec<Readable<Option<Known>>>,
        accounts: &[ProviderAccount],
        pulses: &HashMap<TenantId, Pulses>,
        now: OffsetDateTime,
    ) -> (Vec<Ready>, Vec<(Held, Settlement)>) {
        let mut ready = Vec::with_capacity(fresh.len());
        let mut settled = Vec::new();
        // What goes out in this round counts for what comes later in it.
        let mut marketed: HashMap<(TenantId, ContactId), Vec<OffsetDateTime>> = HashMap::new();
        let count = fresh.len();
        let mut sitting = Sitting {
            accounts,
            ways: HashMap::new(),
            pulses,
            used_up: self.used_up(now),
            spent: Spent::default(),
            now,
        };
        for (claim, known) in fresh.into_iter().zip(known) {
            let held = claim.held;
            let next = match known {
                Readable::Yes(Some(mut known)) if is_there(&known, &claim.message) => {
                    let person = (held.tenant, claim.message.contact);
                    let begun = marketed.entry(person).or_default();
                    known.marketing_sent.extend(begun.iter());
                    let next = self.next(claim, &known, &mut sitting);
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
        self.observe_spent(sitting.spent, count);
        (ready, settled)
    }

    /// Judges and routes one message.
    fn next(&self, claim: Claim, known: &Known, sitting: &mut Sitting<'_>) -> Next {
        let now = sitting.now;
        let Claim {
            held,
            lane: _,
            class,
            message,
            failures,
            crashes: _,
            exhausted,
            open_attempt: _,
        } = claim;
        let started = Instant::now();
        let (request, facts, decision, clearance) = gate::clear(&message, known, &self.packs, now);
        sitting.spent.gate += started.elapsed();
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
        let region = destination(Some(&message.contact_address));
        let purpose = record.request.judged_as(record.facts.template.as_ref());
        let asked = (&message, class, purpose);
        let (route, again) = self.route(asked, region, known, exhausted, sitting);
        sitting.spent.route += started.elapsed();
        record.route = Some(route.clone());
        if route.chosen.is_none() && objects(&route, &[Objection::LowQuality]) {
            // What the gate could not know: the decision says why it waits.
            record.facts.is_quality_low = true;
            record.decision = gate::decide(&record.request, &record.facts, now);
            self.observe_decision(&record, message.trace);
            return Next::Settle(refused(record));
        }
        let Some(chosen) = route.chosen.clone() else {
            return Next::Settle(self.no_route(&message, (&route, again), record, now));
        };
        let mut senders = sitting.accounts.iter().flat_map(|account| &account.senders);
        let from = senders
            .find(|sender| sender.id == chosen.sender)
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
        let mut sendable = Clearance::address(clearance, attempt.id, chosen.sender, from);
        let (tenant, channel) = (sendable.tenant, sendable.channel);
        self.links
            .resolve(&mut sendable.content, tenant, channel, now);
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
            class,
            medium_percent: known.tenant.settings.whatsapp.medium_quality_percent,
            failures,
            gives_up_at: self.gives_up_at(&message),
            trace: message.trace,
            region,
            last_inbound: known
                .last_inbound
                .iter()
                .find(|(channel, _)| *channel == message.channel)
                .map(|(_, at)| *at),
            slot: None,
        }))
    }

    /// The way to take, or when it is worth asking for one again.
    fn route(
        &self,
        (message, class, purpose): (&Message, Class, Purpose),
        region: Option<Region>,
        known: &Known,
        exhausted: Vec<SenderId>,
        sitting: &mut Sitting<'_>,
    ) -> (Choice, OffsetDateTime) {
        let now = sitting.now;
        let whose = (message.tenant, message.channel);
        let ways = sitting.ways.entry(whose).or_insert_with(|| {
            let accounts = sitting.accounts.iter();
            let own = accounts.filter(|account| account.tenant == message.tenant);
            self.providers.candidates(own, message.channel)
        });
        let to = Some(&message.contact_address);
        let unfit = self
            .providers
            .unfit(ways, message.channel, to, &message.content);
        let is_used_up = |sender| sitting.used_up.get(&Track::of(sender, class)).copied();
        let used_up = ways.iter().map(|way| way.sender);
        let used_up = used_up.filter(|sender| is_used_up(*sender).is_some());
        let mut need = ways::need_of(message, purpose, region, unfit, exhausted);
        need.used_up = used_up.collect();
        if message.channel == Channel::Whatsapp {
            need.low_quality = low_quality(sitting.accounts, purpose);
        }
        let unknown = Pulses::default();
        let pulses = sitting.pulses.get(&message.tenant).unwrap_or(&unknown);
        let around = Surroundings {
            policy: &known.tenant.settings.routing,
            accounts: sitting.accounts,
            conditions: &pulses.conditions,
        };
        let choice = ways::choose_way(&need, ways, &around);
        if choice.chosen.is_some() {
            return (choice, now);
        }
        let usual = now + self.timing.no_route_wait;
        let freed = choice.considered.iter().filter_map(|considered| {
            let objection = considered.objection?;
            is_used_up(considered.sender).filter(|_| objection == Objection::UsedUp)
        });
        let again = match freed.min() {
            Some(freed) => freed,
            None => ways::again_at(&choice, &ways::fitted(&need, ways, &around), now, usual),
        };
        (choice, again)
    }

    /// With no way at the moment it waits for one; when every way has refused it, it has failed.
    fn no_route(
        &self,
        message: &Message,
        (route, again): (&Choice, OffsetDateTime),
        record: DecisionRecord,
        now: OffsetDateTime,
    ) -> Settlement {
        let may_come_back = objects(route, &[Objection::Unhealthy, Objection::UsedUp]);
        let is_refused = objects(route, &[Objection::AlreadyRefused]) && !may_come_back;
        if is_refused || now > self.gives_up_at(message) {
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
        Settlement::Stranded { until: again }
    }
}

/// Whether one of these stands against some way.
fn objects(route: &Choice, wanted: &[Objection]) -> bool {
    let mut objections = route.considered.iter().filter_map(|it| it.objection);
    objections.any(|objection| wanted.contains(&objection))
}

/// The senders by which nothing of this purpose leaves on WhatsApp.
fn low_quality(accounts: &[ProviderAccount], purpose: Purpose) -> Vec<SenderId> {
    let senders = accounts.iter().flat_map(|account| &account.senders);
    let held = senders.filter(|sender| sender.standing.holds(purpose));
    held.map(|sender| sender.id).collect()
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
