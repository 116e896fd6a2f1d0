use crate::{
    Given, Grade, Status,
    agreement::{Agreed, Agreement},
    reach::Openers,
    state::{Ended, Standing, Stop},
};
use std::num::NonZeroU32;
use tidings_kernel::ConsentEventId;
use time::OffsetDateTime;

/// What closed a channel and purpose; the gravest counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Closure {
    /// An opt-out of everything, such as STOP or an unsubscribe link.
    Everything,
    /// The purpose was named.
    Named,
    /// A complaint. Only a written agreement opens it again.
    Complaint,
    /// The contact asked to be forgotten. Only a written agreement opens it again.
    Erased,
}

/// The number of an event in the order of the fold, from 1; later is greater, and `None` is least.
pub(crate) type Mark = Option<NonZeroU32>;

/// An instant in microseconds, for comparing: finer is not stored, so that nothing finer may decide.
pub(crate) type Micros = i64;

/// What an event says about a grant, worked out once for all cells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Grant {
    pub(crate) grade: Grade,
    /// Whether it may lift a stop: lists and staff need proof of the contact's act (L10).
    pub(crate) reopens: Reopens,
}

/// Which stops a grant lifts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reopens {
    /// None.
    Nothing,
    /// Those of the contact's own words; complaints and erasure need a written agreement.
    Stops,
    /// All but a platform's own setting.
    Everything,
}

/// What it takes to open a closed cell again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key {
    /// The last of the openers.
    Openers,
    /// A new agreement.
    Agreement,
}

#[derive(Debug, Clone, Copy)]
struct Closed {
    first: Mark,
    gravest: Mark,
    latest: Mark,
    closure: Closure,
    key: Key,
    /// Who has to lift it, too.
    openers: Openers,
}

/// What stood before a stop, to be brought back by the last of its openers. It outlives the stop when
/// a new agreement opens the cell: to agree again must not cost what START would bring back.
#[derive(Debug, Clone, Copy)]
struct Held {
    agreement: Agreement,
    openers: Openers,
    stopped: Mark,
}

#[derive(Debug, Clone, Copy)]
struct Request {
    at: Micros,
    deadline: Micros,
    mark: Mark,
    answer: Answer,
}

/// Whether a confirmation still counts. A request that a withdrawal voided keeps what is agreed later
/// unconfirmed all the same: saying stop must not make it easier to be messaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Counts,
    Void,
}

/// One channel and purpose while the events are folded in their own order. Whatever a cell does when
/// an event comes, it first lets expire what was due; so it need not look at events that pass it by.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    agreement: Option<Agreement>,
    request: Option<Request>,
    closed: Option<Closed>,
    held: Option<Held>,
    ended: Mark,
}

impl Cell {
    pub(crate) const EMPTY: Self = Self {
        agreement: None,
        request: None,
        closed: None,
        held: None,
        ended: None,
    };

    /// A request that nobody answered in time ends, and with it the agreement it was to confirm.
    pub(crate) fn expire(&mut self, now: Micros) {
        if self.request.is_none_or(|request| now <= request.deadline) {
            return;
        }
        self.request = None;
        self.agreement
            .take_if(|agreement| agreement.agreed != Agreed::Confirmed);
        self.held
            .take_if(|held| held.agreement.agreed != Agreed::Confirmed);
    }

    pub(crate) fn request(&mut self, at: Micros, deadline: Micros, mark: Mark) {
        self.request = Some(Request {
            at,
            deadline,
            mark,
            answer: Answer::Counts,
        });
    }

    pub(crate) fn lift(&mut self, openers: Openers, mark: Mark) {
        if let Some(held) = &mut self.held {
            held.openers = held.openers.without(openers);
        }
        if let Some(closed) = &mut self.closed {
            if !closed.openers.meets(openers) {
                return;
            }
            closed.openers = closed.openers.without(openers);
            if !closed.openers.is_empty() || closed.key != Key::Openers {
                return;
            }
            self.closed = None;
        }
        let Some(held) = self.held.take_if(|held| held.openers.is_empty()) else {
            return;
        };
        let restored = Agreement {
            stopped: held.stopped,
            lifted: mark,
            ..held.agreement
        };
        self.agreement = Some(match self.agreement {
            Some(agreement) => Agreement {
                since: agreement.since,
                ..agreement.join(restored)
            },
            None => Agreement {
                since: mark,
                ..restored
            },
        });
    }

    /// What is named stays closed, now by name.
    pub(crate) fn keep_closed(&mut self, mark: Mark) {
        if let Some(closed) = &mut self.closed
            && closed.closure < Closure::Named
        {
            closed.closure = Closure::Named;
            closed.gravest = mark;
        }
    }

    /// Opens the cell for a grant, if it is closed; `None` if the grant cannot.
    fn reopen(&mut self, grant: Grant) -> Option<()> {
        let Some(closed) = &self.closed else {
            return Some(());
        };
        // A platform's setting is lifted on the platform only; it would refuse the message anyway.
        if closed.openers.meets(Openers::PLATFORM) {
            return None;
        }
        let is_enough = match (grant.reopens, closed.closure) {
            (Reopens::Nothing, _) | (Reopens::Stops, Closure::Complaint | Closure::Erased) => false,
            (Reopens::Stops, Closure::Everything | Closure::Named) | (Reopens::Everything, _) => {
                true
            }
        };
        is_enough.then(|| self.closed = None)
    }

    pub(crate) fn grant(&mut self, grant: Grant, mark: Mark) {
        if self.reopen(grant).is_none() {
            return;
        }
        self.agreement
            .get_or_insert(Agreement::new(mark))
            .note(grant.grade, mark);
    }

    pub(crate) fn confirm(&mut self, grant: Grant, at: Micros, mark: Mark) {
        // Expiry is checked already; the request must be strictly earlier and not void.
        let Some(request) = self
            .request
            .filter(|request| request.answer == Answer::Counts && request.at < at)
        else {
            return;
        };
        if self.reopen(grant).is_none() {
            return;
        }
        self.request = None;
        let mut agreement = self.agreement.unwrap_or(Agreement::new(mark));
        agreement.agreed = Agreed::Confirmed;
        agreement.since = mark;
        agreement.request = request.mark;
        agreement.note(grant.grade, mark);
        self.agreement = Some(agreement);
    }

    /// Ends what was agreed, what was asked and what START could bring back. Stops stay.
    pub(crate) fn end(&mut self, mark: Mark) {
        self.agreement = None;
        self.held = None;
        self.void_request();
        self.ended = mark;
    }

    pub(crate) fn withdraw(&mut self, closure: Closure, openers: Openers, mark: Mark) {
        let is_unconfirmed = self.request.is_some();
        self.void_request();
        let agreement = self.agreement.take();
        let key = if openers.is_empty() {
            self.held = None;
            Key::Agreement
        } else {
            let kept = agreement
                .filter(|agreement| agreement.agreed == Agreed::Confirmed || !is_unconfirmed);
            self.hold(kept, openers, mark);
            Key::Openers
        };
        let Some(closed) = &mut self.closed else {
            self.closed = Some(Closed {
                first: mark,
                gravest: mark,
                latest: mark,
                closure,
                key,
                openers,
            });
            return;
        };
        closed.latest = mark;
        closed.openers = closed.openers.union(openers);
        if closure > closed.closure {
            closed.closure = closure;
            closed.gravest = mark;
        }
        if key == Key::Agreement {
            closed.key = Key::Agreement;
        }
    }

    fn hold(&mut self, kept: Option<Agreement>, openers: Openers, mark: Mark) {
        self.held = match (self.held, kept) {
            (Some(held), kept) => Some(Held {
                agreement: kept.map_or(held.agreement, |kept| held.agreement.join(kept)),
                openers: held.openers.union(openers),
                ..held
            }),
            (None, Some(agreement)) => Some(Held {
                agreement,
                openers,
                stopped: mark,
            }),
            (None, None) => None,
        };
    }

    fn void_request(&mut self) {
        if let Some(request) = &mut self.request {
            request.answer = Answer::Void;
        }
    }

    /// The result, once all events up to `now` are applied.
    pub(crate) fn finish(mut self, now: Micros, events: &impl Events) -> Standing {
        self.expire(now);
        Standing {
            number_gone: events.at(self.ended),
            ..self.standing(events)
        }
    }

    fn standing(&self, events: &impl Events) -> Standing {
        if let Some(closed) = self.closed {
            return Standing {
                status: Status::Denied,
                since: events.at(closed.first),
                because: events.ids(&[closed.first, closed.gravest, closed.latest]),
                stop: events.at(closed.latest).map(|latest| Stop {
                    closure: closed.closure,
                    latest,
                }),
                ..Standing::NOTHING
            };
        }
        let is_confirmed = self
            .agreement
            .is_some_and(|agreement| agreement.agreed == Agreed::Confirmed);
        let marks = self
            .agreement
            .map_or([None; 7], |agreement| agreement.marks());
        match (self.request.filter(|_| !is_confirmed), self.agreement) {
            (Some(request), agreement)
                if agreement.is_some() || request.answer == Answer::Counts =>
            {
                let mut cited = [request.mark; 8];
                for (place, mark) in cited.iter_mut().zip(marks) {
                    *place = mark;
                }
                Standing {
                    status: Status::Pending,
                    since: events.at(request.mark),
                    because: events.ids(&cited),
                    ..Standing::NOTHING
                }
            }
            (Some(_) | None, Some(agreement)) => Standing {
                status: match agreement.agreed {
                    Agreed::Granted => Status::Granted,
                    Agreed::Confirmed => Status::Confirmed,
                },
                since: events.at(agreement.since),
                because: events.ids(&marks),
                given: Given {
                    express: events.at(agreement.express),
                    written: events.at(agreement.written),
                    confirmed: events.at(agreement.confirmed),
                },
                ..Standing::NOTHING
            },
            (Some(void), None) => ended(Ended::RequestVoided, void.mark, events),
            (None, None) => match self.ended {
                Some(_) => ended(Ended::NumberReassigned, self.ended, events),
                None => Standing::NOTHING,
            },
        }
    }
}

fn ended(why: Ended, mark: Mark, events: &impl Events) -> Standing {
    Standing {
        since: events.at(mark),
        because: events.ids(&[mark]),
        ended: Some(why),
        ..Standing::NOTHING
    }
}

/// The events that marks stand for.
pub(crate) trait Events {
    /// When it happened.
    fn at(&self, mark: Mark) -> Option<OffsetDateTime>;

    /// Which they are, in their own order and once each.
    fn ids(&self, marks: &[Mark]) -> Vec<ConsentEventId>;
}
