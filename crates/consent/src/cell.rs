use crate::effect::{Effect, may_reopen};
use crate::{Action, ConsentEvent, Method, Status, state::Standing, state::Stop};
use std::collections::BTreeSet;
use tidings_kernel::{Channel, ConsentEventId, Purpose};
use time::{Duration, OffsetDateTime};

/// What closed a channel and purpose; the gravest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closure {
    /// An opt-out of everything, such as STOP or an unsubscribe link.
    Everything,
    /// The purpose was named.
    Named,
    /// A complaint.
    Complaint,
}

/// Who can lift a stop again without a new agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Opener {
    /// START on this channel.
    Keyword(Channel),
    /// The platform's own setting, such as WhatsApp's "resume".
    Platform,
}

/// What it takes to open a closed cell again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// The last of the openers.
    Openers,
    /// A new agreement.
    Agreement,
}

#[derive(Debug, Clone)]
struct Agreement {
    status: Status,
    since: OffsetDateTime,
    because: Vec<ConsentEventId>,
}

#[derive(Debug, Clone)]
struct Closed {
    since: OffsetDateTime,
    latest: OffsetDateTime,
    because: Vec<ConsentEventId>,
    closure: Closure,
    /// What it takes to open it.
    key: Key,
    /// Who has to lift it, too.
    openers: BTreeSet<Opener>,
    /// What stood before, to be restored by the last opener.
    before: Option<Agreement>,
}

#[derive(Debug, Clone, Copy)]
struct Request {
    at: OffsetDateTime,
    id: ConsentEventId,
    answer: Answer,
}

/// Whether a confirmation still counts. A request that a withdrawal voided keeps what is agreed later
/// unconfirmed all the same: saying stop must not make it easier to be messaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Counts,
    Void,
}

/// One channel and purpose while the events are folded in their own order.
#[derive(Debug)]
pub(crate) struct Cell {
    channel: Channel,
    purpose: Purpose,
    expiry: Duration,
    agreement: Option<Agreement>,
    request: Option<Request>,
    closed: Option<Closed>,
}

impl Cell {
    pub(crate) fn new(channel: Channel, purpose: Purpose, expiry: Duration) -> Self {
        Self {
            channel,
            purpose,
            expiry,
            agreement: None,
            request: None,
            closed: None,
        }
    }

    /// Applies the next event; events come in the order of the fold.
    pub(crate) fn apply(&mut self, event: &ConsentEvent, effect: Effect) {
        self.expire(event.occurred_at);
        let covered = event.covers(self.channel, self.purpose);
        match effect {
            Effect::Lift => self.lift(event),
            Effect::Grant if covered => self.grant(event),
            Effect::Confirm if covered => self.confirm(event),
            Effect::Request if covered => {
                self.request = Some(Request {
                    at: event.occurred_at,
                    id: event.id,
                    answer: Answer::Counts,
                });
            }
            Effect::Withdraw => self.withdraw(event),
            Effect::Nothing | Effect::Grant | Effect::Confirm | Effect::Request => {}
        }
    }

    /// The result, once all events up to `now` are applied.
    pub(crate) fn finish(mut self, now: OffsetDateTime) -> Standing {
        self.expire(now);
        if let Some(closed) = self.closed {
            return Standing {
                status: Status::Denied,
                since: Some(closed.since),
                because: closed.because,
                stop: Some(Stop {
                    closure: closed.closure,
                    latest: closed.latest,
                }),
            };
        }
        let unconfirmed = self
            .agreement
            .as_ref()
            .is_none_or(|agreement| agreement.status != Status::Confirmed);
        match (self.request.filter(|_| unconfirmed), self.agreement) {
            (
                None
                | Some(Request {
                    answer: Answer::Void,
                    ..
                }),
                None,
            ) => Standing::NOTHING,
            (Some(request), agreement) => {
                let mut because = agreement
                    .map(|agreement| agreement.because)
                    .unwrap_or_default();
                because.push(request.id);
                Standing {
                    status: Status::Pending,
                    since: Some(request.at),
                    because,
                    stop: None,
                }
            }
            (None, Some(agreement)) => Standing {
                status: agreement.status,
                since: Some(agreement.since),
                because: agreement.because,
                stop: None,
            },
        }
    }

    /// A request that nobody answered in time ends, and with it the agreement it was to confirm.
    fn expire(&mut self, now: OffsetDateTime) {
        if self
            .request
            .is_some_and(|request| now - request.at > self.expiry)
        {
            self.request = None;
            if self
                .agreement
                .as_ref()
                .is_some_and(|agreement| agreement.status != Status::Confirmed)
            {
                self.agreement = None;
            }
            if let Some(closed) = &mut self.closed {
                closed
                    .before
                    .take_if(|before| before.status != Status::Confirmed);
            }
        }
    }

    fn lift(&mut self, event: &ConsentEvent) {
        let openers = self.openers(event);
        let Some(closed) = &mut self.closed else {
            return;
        };
        if closed.openers.is_disjoint(&openers) {
            return;
        }
        closed.openers.retain(|opener| !openers.contains(opener));
        closed.because.push(event.id);
        if closed.openers.is_empty() && closed.key == Key::Openers {
            let because = std::mem::take(&mut closed.because);
            self.agreement = closed.before.take().map(|before| Agreement {
                status: before.status,
                since: event.occurred_at,
                because: before.because.into_iter().chain(because).collect(),
            });
            self.closed = None;
        }
    }

    fn grant(&mut self, event: &ConsentEvent) {
        if let Some(closed) = &self.closed {
            // A platform's setting is lifted on the platform only; it would refuse the message anyway.
            if closed.openers.contains(&Opener::Platform) || !may_reopen(event) {
                return;
            }
            self.closed = None;
            self.agreement = None;
        }
        match &mut self.agreement {
            Some(agreement) => agreement.because.push(event.id),
            None => {
                self.agreement = Some(Agreement {
                    status: Status::Granted,
                    since: event.occurred_at,
                    because: vec![event.id],
                });
            }
        }
    }

    fn confirm(&mut self, event: &ConsentEvent) {
        // Expiry is checked already; the request must be strictly earlier and not void.
        let Some(request) = self
            .request
            .filter(|request| request.answer == Answer::Counts && request.at < event.occurred_at)
        else {
            return;
        };
        if let Some(closed) = &self.closed {
            if closed.openers.contains(&Opener::Platform) || !may_reopen(event) {
                return;
            }
            self.closed = None;
        }
        self.request = None;
        let mut because = self
            .agreement
            .take()
            .map(|agreement| agreement.because)
            .unwrap_or_default();
        because.extend([request.id, event.id]);
        self.agreement = Some(Agreement {
            status: Status::Confirmed,
            since: event.occurred_at,
            because,
        });
    }

    fn withdraw(&mut self, event: &ConsentEvent) {
        let Some(closure) = self.closure(event) else {
            return;
        };
        let openers = self.openers(event);
        let unconfirmed = self.request.is_some();
        if let Some(request) = &mut self.request {
            request.answer = Answer::Void;
        }
        let key = if openers.is_empty() {
            Key::Agreement
        } else {
            Key::Openers
        };
        let Some(closed) = &mut self.closed else {
            let before = self.agreement.take().filter(|agreement| {
                key == Key::Openers && (agreement.status == Status::Confirmed || !unconfirmed)
            });
            self.closed = Some(Closed {
                since: event.occurred_at,
                latest: event.occurred_at,
                because: vec![event.id],
                closure,
                key,
                openers,
                before,
            });
            return;
        };
        closed.latest = event.occurred_at;
        closed.because.push(event.id);
        closed.closure = closed.closure.max(closure);
        closed.openers.extend(openers);
        if key == Key::Agreement {
            closed.key = Key::Agreement;
            closed.before = None;
        }
    }

    /// What the event closes here, if it withdraws anything here.
    fn closure(&self, event: &ConsentEvent) -> Option<Closure> {
        let covered = event.covers(self.channel, self.purpose);
        match event.action {
            // Reference 10.9: marketing on all channels. Email providers also end everything else
            // for an address that reports spam (10.2).
            Action::Complaint => {
                let reaches = self.purpose == Purpose::Marketing
                    || (self.channel == Channel::Email
                        && event.channels.covers(Channel::Email)
                        && self.purpose != Purpose::Emergency);
                reaches.then_some(Closure::Complaint)
            }
            Action::OptOut | Action::ConsentWithdrawn => {
                if event.purposes.named().is_some() {
                    return covered.then_some(Closure::Named);
                }
                let reaches = (covered && self.purpose != Purpose::Emergency)
                    || (event.action == Action::OptOut && self.is_reached_from_whatsapp(event));
                reaches.then_some(Closure::Everything)
            }
            Action::OptIn
            | Action::ConsentGiven
            | Action::DoubleOptInRequested
            | Action::DoubleOptInConfirmed
            | Action::DataRequest => None,
        }
    }

    /// Who lifts what the event closes here, and who the event speaks for when it lifts.
    fn openers(&self, event: &ConsentEvent) -> BTreeSet<Opener> {
        let mut openers = BTreeSet::new();
        if !matches!(event.action, Action::OptIn | Action::OptOut)
            || !matches!(event.method, Method::ReplyMessage | Method::Provider)
        {
            return openers;
        }
        if event.covers(self.channel, self.purpose) {
            let platform = self.channel == Channel::Whatsapp && event.method == Method::Provider;
            if platform && (event.purposes.named().is_some() || event.action == Action::OptIn) {
                openers.insert(Opener::Platform);
            }
            if !platform || event.purposes.named().is_none() || event.action == Action::OptIn {
                openers.insert(Opener::Keyword(self.channel));
            }
        }
        if self.is_reached_from_whatsapp(event) {
            openers.insert(Opener::Keyword(Channel::Whatsapp));
        }
        openers
    }

    /// STOP on WhatsApp closes marketing on SMS too (reference 10.9 and L93).
    fn is_reached_from_whatsapp(&self, event: &ConsentEvent) -> bool {
        self.channel == Channel::Sms
            && self.purpose == Purpose::Marketing
            && event.channels.covers(Channel::Whatsapp)
            && event.purposes.named().is_none()
            && matches!(event.method, Method::ReplyMessage | Method::Provider)
    }
}
