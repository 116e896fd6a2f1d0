use crate::{
    Closure, ConsentEvent, Given, Grade, Status,
    fold::fold,
    reach::{CELLS, Cells, place},
};
use serde::{Serialize, Serializer, ser::SerializeMap};
use tidings_kernel::{Channel, ConsentEventId, Purpose};
use time::{Duration, OffsetDateTime};

/// How long a double opt-in can be confirmed after it was asked for: the default of the compliance
/// reference, 10.8. A confirmation at the last instant counts, a tick later it does not. [`state_with_expiry`] takes another period.
pub const DOUBLE_OPT_IN_EXPIRY: Duration = Duration::hours(48);

/// What stands for one channel and purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// The answer.
    pub status: Status,
    /// Since when, by the clock of the events; `None` when nothing is known.
    #[serde(with = "time::serde::rfc3339::option")]
    pub since: Option<OffsetDateTime>,
    /// The events that it rests on, in their own order and at most eight, however long the ledger:
    /// of an agreement the first act, the latest of each grade, the confirmed request and the stop
    /// that was lifted; of a refusal the first, the gravest and the latest.
    pub because: Vec<ConsentEventId>,
    /// When the agreement was last given, by grade; never, unless it is granted or confirmed.
    #[serde(skip)]
    pub given: Given,
    /// More about a refusal; `Some` exactly when the status is [`Status::Denied`].
    #[serde(skip)]
    pub stop: Option<Stop>,
    /// Why nothing stands where something did; `Some` only when the status is [`Status::None`].
    #[serde(skip)]
    pub ended: Option<Ended>,
    /// When the number went to somebody else last, whatever the status. What the holder before did
    /// until then, such as to write or to buy, is nothing that this contact did.
    #[serde(skip)]
    pub number_gone: Option<OffsetDateTime>,
}

/// Why nothing stands where something did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Ended {
    /// The number went to somebody else.
    NumberReassigned,
    /// A request to confirm was voided by a withdrawal, and its time is not over.
    RequestVoided,
}

/// More about a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stop {
    /// What kind of event closed it; the gravest of several.
    pub closure: Closure,
    /// When it was said last; [`Standing::since`] is when it was said first.
    pub latest: OffsetDateTime,
}

impl Standing {
    /// Nothing is known.
    pub const NOTHING: Self = Self {
        status: Status::None,
        since: None,
        because: Vec::new(),
        given: Given::NEVER,
        stop: None,
        ended: None,
        number_gone: None,
    };

    /// How much the agreement proves; `None` if there is none that counts.
    pub fn grade(&self) -> Option<Grade> {
        self.given.grade()
    }

    /// Lets a stop of another identity of the contact count here, too.
    fn take_stop_of(&mut self, other: &Self) {
        let Some(stop) = other.stop else {
            return;
        };
        let Some(known) = &mut self.stop else {
            // Whose the number was is told of each identity by itself.
            *self = Self {
                number_gone: self.number_gone,
                ..other.clone()
            };
            return;
        };
        known.closure = known.closure.max(stop.closure);
        known.latest = known.latest.max(stop.latest);
        self.since = self.since.min(other.since);
        self.because.extend(&other.because);
        self.because.sort_unstable();
        self.because.dedup();
    }

    /// Whether it permits messages: granted or confirmed.
    pub const fn is_open(&self) -> bool {
        match self.status {
            Status::Granted | Status::Confirmed => true,
            Status::Pending | Status::Denied | Status::None => false,
        }
    }
}

const NOTHING: &Standing = &Standing::NOTHING;

/// What a contact's events add up to, for every channel and every purpose that a tenant may ask for.
///
/// JSON is `{"sms": {"transactional": {"status", "since", "because"}, …}, …}`.
#[derive(Debug, Clone)]
pub struct ConsentState {
    as_of: OffsetDateTime,
    /// Each once, with all the cells that it is for.
    standings: Vec<(Cells, Standing)>,
    /// Which of the standings each cell has.
    places: [u8; CELLS],
}

impl PartialEq for ConsentState {
    fn eq(&self, other: &Self) -> bool {
        self.as_of == other.as_of && self.cells().eq(other.cells())
    }
}

impl Eq for ConsentState {}

impl ConsentState {
    fn new(as_of: OffsetDateTime, standings: Vec<(Cells, Standing)>) -> Self {
        let mut places = [0; CELLS];
        for (number, (cells, _)) in (0_u8..).zip(&standings) {
            for place in cells.places() {
                if let Some(place) = places.get_mut(place) {
                    *place = number;
                }
            }
        }
        Self {
            as_of,
            standings,
            places,
        }
    }

    /// What stands in each cell.
    fn cells(&self) -> impl Iterator<Item = &Standing> {
        self.places.iter().map(|place| self.numbered(*place))
    }

    fn numbered(&self, place: u8) -> &Standing {
        self.standings
            .get(usize::from(place))
            .map_or(NOTHING, |(_, standing)| standing)
    }

    /// What stands. The system's own purposes are not consented to: [`Standing::NOTHING`].
    pub fn status(&self, channel: Channel, purpose: Purpose) -> &Standing {
        place(channel, purpose)
            .and_then(|place| self.places.get(place))
            .map_or(NOTHING, |place| self.numbered(*place))
    }

    /// Every channel and purpose, in the order in which they are listed everywhere.
    pub fn iter(&self) -> impl Iterator<Item = (Channel, Purpose, &Standing)> {
        let cells = Channel::ALL.into_iter().flat_map(|channel| {
            Purpose::FOR_TENANTS
                .into_iter()
                .map(move |purpose| (channel, purpose))
        });
        cells
            .zip(self.cells())
            .map(|((channel, purpose), standing)| (channel, purpose, standing))
    }

    /// What stands for an identity of a contact that was merged with another: its own agreements and
    /// the stops of both (L25). An agreement of the other stays with the other, and so do its pending
    /// requests.
    ///
    /// ```rust
    /// use tidings_consent::state;
    /// use time::macros::datetime;
    ///
    /// let now = datetime!(2026-03-01 12:00 UTC);
    /// let stranger = state(&[], now);
    /// assert_eq!(stranger.with_stops_of(&stranger), stranger);
    /// ```
    #[must_use]
    pub fn with_stops_of(&self, other: &Self) -> Self {
        let mut standings = Vec::new();
        for (cells, own) in &self.standings {
            for (theirs_in, theirs) in &other.standings {
                let both = cells.both(*theirs_in);
                if !both.is_empty() {
                    let mut joined = own.clone();
                    joined.take_stop_of(theirs);
                    standings.push((both, joined));
                }
            }
        }
        Self::new(self.as_of, standings)
    }

    /// The instant for which it holds.
    pub fn as_of(&self) -> OffsetDateTime {
        self.as_of
    }
}

impl Serialize for ConsentState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        struct Purposes<'a>(&'a ConsentState, Channel);

        impl Serialize for Purposes<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let purposes = Purpose::FOR_TENANTS.into_iter();
                serializer
                    .collect_map(purposes.map(|purpose| (purpose, self.0.status(self.1, purpose))))
            }
        }

        let mut map = serializer.serialize_map(Some(Channel::ALL.len()))?;
        for channel in Channel::ALL {
            map.serialize_entry(&channel, &Purposes(self, channel))?;
        }
        map.end()
    }
}

/// What `events`, in any order, add up to at `now`. All must be about one contact of one tenant.
///
/// - The latest `occurred_at` wins, however late it was recorded; on a tie, to the microsecond that
///   stores keep, the event that withdraws. Events after `now` are not seen. The same event twice is
///   one event; two events of one id both count.
/// - A withdrawal of all purposes leaves [`Purpose::Emergency`] open, one that names it does not.
///   STOP on WhatsApp, of everything or of marketing, closes marketing on SMS too. A complaint closes marketing on every channel,
///   whatever its scope says, and on email everything but emergencies.
/// - A bare START (an opt-in by reply, for all purposes; or one that a provider reports without the
///   text that was agreed to) grants nothing new: it restores what stood before the STOP that it
///   follows, if that came by reply or provider too, on the same channel.
/// - Any other opt-in or agreement lifts an earlier stop. From a list or from staff it does so only
///   with evidence of the contact's own act ([`Evidence::shows_own_act`](crate::Evidence::shows_own_act)),
///   and a stop set on the WhatsApp platform is lifted there only.
/// - A request for a double opt-in makes it pending, an agreement given in the same sign-up
///   included. A later confirmation within [`DOUBLE_OPT_IN_EXPIRY`] makes it confirmed; a withdrawal
///   in between voids the request; without an answer in time nothing is left.
/// - After a complaint or an erasure only an agreement of [`Grade::Written`] counts.
/// - A number that went to somebody else ends what was agreed on SMS and WhatsApp, and what START
///   could bring back. It is no stop: what is agreed later counts, and an earlier stop stays.
/// - An answer to the question what a stop was meant for ([`Action::Clarified`](crate::Action))
///   lifts that stop as START would, but for the purposes it names. Without an answer all stays closed.
///
/// One pass over the events, linear when they come in order of `occurred_at` (ties as above), else
/// with one sort before; what it keeps does not grow with their number.
///
/// ```rust
/// use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes, Status, state};
/// use tidings_kernel::{Channel, Purpose};
/// use time::{Duration, macros::datetime};
///
/// let signed_up = ConsentEvent {
///     id: "cev_01h2xcejqtf2nbrexx3vqjhp41".parse()?,
///     contact: "con_01h2xcejqtf2nbrexx3vqjhp41".parse()?,
///     action: Action::OptIn,
///     channels: Channels::one(Channel::Sms),
///     purposes: Purposes::only([Purpose::Marketing])?,
///     method: Method::WebForm,
///     occurred_at: datetime!(2026-03-01 12:00 UTC),
///     recorded_at: datetime!(2026-03-01 12:00 UTC),
///     evidence: Evidence::default(),
/// };
/// let stopped = ConsentEvent {
///     id: "cev_01h2xcejqtf2nbrexx3vqjhp42".parse()?,
///     action: Action::OptOut,
///     purposes: Purposes::All,
///     method: Method::ReplyMessage,
///     occurred_at: datetime!(2026-03-02 12:00 UTC),
///     ..signed_up.clone()
/// };
///
/// let now = datetime!(2026-03-03 12:00 UTC);
/// let consent = state(&[stopped.clone(), signed_up.clone()], now);
/// assert_eq!(consent.status(Channel::Sms, Purpose::Marketing).status, Status::Denied);
/// assert_eq!(consent.status(Channel::Sms, Purpose::Transactional).because, [stopped.id]);
///
/// let before = state(&[stopped, signed_up], now - Duration::days(2));
/// assert_eq!(before.status(Channel::Sms, Purpose::Marketing).status, Status::Granted);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn state(events: &[ConsentEvent], now: OffsetDateTime) -> ConsentState {
    state_with_expiry(events, now, DOUBLE_OPT_IN_EXPIRY)
}

/// [`state`] for a tenant whose double opt-in expires after another period.
pub fn state_with_expiry(
    events: &[ConsentEvent],
    now: OffsetDateTime,
    double_opt_in_expiry: Duration,
) -> ConsentState {
    ConsentState::new(now, fold(events, now, double_opt_in_expiry))
}

#[cfg(test)]
mod tests;
