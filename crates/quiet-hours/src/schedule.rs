use crate::{Excluded, HORIZON, Next, Rule, RuleId, Zone, engine};
use time::{Duration, OffsetDateTime, UtcOffset};

/// Rules that must all be open in all zones, and how to read them.
///
/// ```rust
/// use tidings_quiet_hours::{Next, Rule, Schedule, Zone};
/// use time::{Duration, macros::datetime};
///
/// let zones = [Zone::parse("Europe/Paris")?];
/// let rules = [Rule::daytime()];
/// let schedule = Schedule { margin: Duration::minutes(2), ..Schedule::new(&zones, &rules) };
/// // 20:57 is early enough to arrive before 21:00, 20:58 is not.
/// assert!(schedule.is_open(datetime!(2026-07-15 18:57 UTC)));
/// assert!(!schedule.is_open(datetime!(2026-07-15 18:58 UTC)));
/// assert_eq!(
///     schedule.next_open(datetime!(2026-07-15 18:58 UTC)),
///     Next::At(datetime!(2026-07-16 06:00 UTC)),
/// );
/// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Schedule<'a> {
    /// Every zone that the contact may be in.
    pub zones: &'a [Zone],
    /// What must be open.
    pub rules: &'a [Rule],
    /// How long everything must stay open from the instant on, so that what is sent then does not
    /// arrive too late. Windows that touch, whole days for example, have no end to keep away from; a
    /// window that is not longer than the margin never opens. Less than nothing is nothing.
    pub margin: Duration,
    /// How far ahead to look.
    pub horizon: Duration,
}

impl<'a> Schedule<'a> {
    /// Without a margin, looking [`HORIZON`] ahead.
    pub fn new(zones: &'a [Zone], rules: &'a [Rule]) -> Self {
        Self {
            zones,
            rules,
            margin: Duration::ZERO,
            horizon: HORIZON,
        }
    }

    /// Whether every rule is open in every zone, and stays so for the margin.
    pub fn is_open(&self, at: OffsetDateTime) -> bool {
        self.plan().is_open(at)
    }

    /// The least instant from `at` to the horizon at which it is open.
    pub fn next_open(&self, at: OffsetDateTime) -> Next {
        self.plan().next_open(at)
    }

    /// The same for what is of no use at `valid_until` or later.
    ///
    /// ```rust
    /// use tidings_quiet_hours::{Excluded, Next, Rule, Schedule, Zone};
    /// use time::macros::datetime;
    ///
    /// let zones = [Zone::parse("Europe/Paris")?];
    /// let rules = [Rule::daytime()];
    /// let schedule = Schedule::new(&zones, &rules);
    /// let evening = datetime!(2026-07-15 20:00 UTC);
    /// let morning = datetime!(2026-07-16 06:00 UTC);
    /// assert_eq!(
    ///     schedule.next_open_before(evening, morning),
    ///     Next::Never(Excluded::Expired { next: morning }),
    /// );
    /// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
    /// ```
    pub fn next_open_before(&self, at: OffsetDateTime, valid_until: OffsetDateTime) -> Next {
        match self.next_open(at) {
            Next::At(next) if next >= valid_until => Next::Never(Excluded::Expired { next }),
            found => found,
        }
    }

    /// The least instant from `at` to the horizon at which it is not open; `at` itself if it is not
    /// open now, `None` if it stays open.
    ///
    /// ```rust
    /// use tidings_quiet_hours::{Rule, Schedule, Zone};
    /// use time::macros::datetime;
    ///
    /// let zones = [Zone::parse("Europe/Paris")?];
    /// let rules = [Rule::daytime()];
    /// let closing = Schedule::new(&zones, &rules).closes_at(datetime!(2026-07-15 12:00 UTC));
    /// assert_eq!(closing, Some(datetime!(2026-07-15 19:00 UTC)));
    /// # Ok::<(), tidings_quiet_hours::InvalidZone>(())
    /// ```
    pub fn closes_at(&self, at: OffsetDateTime) -> Option<OffsetDateTime> {
        self.plan().closes_at(at)
    }

    fn plan(&self) -> Plan<'a> {
        Plan {
            zones: self.zones,
            own: [None; 3],
            rules: self.rules,
            chosen: &[],
            margin: self.margin.max(Duration::ZERO),
            horizon: self.horizon,
        }
    }
}

/// A schedule whose first rules need not lie in a row with the others.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan<'a> {
    pub(crate) zones: &'a [Zone],
    pub(crate) own: [Option<&'a Rule>; 3],
    pub(crate) rules: &'a [Rule],
    pub(crate) chosen: &'a [&'a Rule],
    pub(crate) margin: Duration,
    pub(crate) horizon: Duration,
}

/// A rule, and a zone by whose clock it is judged.
pub(crate) type Pair<'a> = (&'a Rule, &'a Zone);

impl<'a> Plan<'a> {
    pub(crate) fn rules(&self) -> impl Iterator<Item = &'a Rule> + Clone + use<'a> {
        let chosen = self.chosen.iter().copied();
        self.own
            .into_iter()
            .flatten()
            .chain(self.rules)
            .chain(chosen)
    }

    /// Every rule in each zone; one with a clock of its own in that zone only.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = Pair<'a>> + Clone + use<'a> {
        let zones = self.zones;
        self.rules().flat_map(move |rule| {
            let (own, all) = match &rule.zone {
                Some(zone) => (Some(zone), &[][..]),
                None => (None, zones),
            };
            own.into_iter().chain(all).map(move |zone| (rule, zone))
        })
    }

    /// Whether a rule cannot be judged, since nobody knows where the contact is.
    fn lacks_zone(&self) -> bool {
        self.zones.is_empty() && self.rules().any(|rule| rule.zone.is_none())
    }

    pub(crate) fn is_open(&self, at: OffsetDateTime) -> bool {
        !self.lacks_zone() && self.first_closed(at).is_none()
    }

    /// The first rule, with a zone, that is closed at `at` or within the margin from then on.
    pub(crate) fn first_closed(&self, at: OffsetDateTime) -> Option<Pair<'a>> {
        let second = at.unix_timestamp();
        let reach = seconds_to(at, self.margin);
        self.pairs().find(|(rule, zone)| {
            if reach > second {
                engine::closes(second, zone, rule, reach).is_some()
            } else {
                !engine::is_open(second, zone, rule)
            }
        })
    }

    pub(crate) fn next_open(&self, at: OffsetDateTime) -> Next {
        let at = at.checked_to_offset(UtcOffset::UTC).unwrap_or(at);
        if self.lacks_zone() {
            return Next::Never(Excluded::NoZone);
        }
        match self.search(at) {
            Some(next) => Next::At(next),
            None => Next::Never(Excluded::By(self.conflict(at))),
        }
    }

    pub(crate) fn closes_at(&self, at: OffsetDateTime) -> Option<OffsetDateTime> {
        let at = at.checked_to_offset(UtcOffset::UTC).unwrap_or(at);
        if !self.is_open(at) {
            return Some(at);
        }
        let second = at.unix_timestamp();
        let limit = seconds_to(at, self.horizon.saturating_add(self.margin));
        let closing = self
            .pairs()
            .filter_map(|(rule, zone)| engine::closes(second, zone, rule, limit))
            .min()?;
        // From then on the closing is within the margin.
        let closing = OffsetDateTime::from_unix_timestamp(closing).ok()?;
        Some(closing.checked_sub(self.margin)?.max(at))
    }

    /// Leaps from rule to rule: each moves the instant to where it opens next, until all agree; then
    /// what closes within the margin moves it to that closing.
    fn search(&self, at: OffsetDateTime) -> Option<OffsetDateTime> {
        let first = at.unix_timestamp();
        let limit = seconds_to(at, self.horizon);
        let mut next = first;
        'anew: loop {
            let mut moved = true;
            while moved {
                moved = false;
                for (place, (rule, zone)) in self.pairs().enumerate() {
                    let opening = engine::opens(next, zone, rule, limit)?;
                    // Nobody was asked before the first.
                    moved |= opening != next && place > 0;
                    next = opening;
                }
            }
            if self.margin > Duration::ZERO {
                let reach = if next == first {
                    seconds_to(at, self.margin)
                } else {
                    next.checked_add(self.margin.whole_seconds())?
                };
                for (rule, zone) in self.pairs() {
                    if let Some(closing) = engine::closes(next, zone, rule, reach) {
                        next = closing;
                        continue 'anew;
                    }
                }
            }
            return if next == first {
                Some(at)
            } else {
                OffsetDateTime::from_unix_timestamp(next).ok()
            };
        }
    }

    /// A least set of rules that still leaves nothing. More rules are never earlier (L48), so the
    /// first rule after which nothing is left can be found by halving; it is one of the set, and what
    /// stands after it is not needed.
    fn conflict(&self, at: OffsetDateTime) -> Vec<RuleId> {
        let all: Vec<&Rule> = self.rules().collect();
        let mut found: Vec<usize> = Vec::new();
        let mut left = all.len();
        let is_never = |found: &[usize], first: usize| {
            let named = found.iter().filter_map(|place| all.get(*place));
            let chosen: Vec<&Rule> = all.iter().take(first).chain(named).copied().collect();
            let plan = Plan {
                own: [None; 3],
                rules: &[],
                chosen: &chosen,
                ..*self
            };
            plan.search(at).is_none()
        };
        while !is_never(&found, 0) {
            // With the first `high` nothing is left, with the first `low` something is.
            let (mut low, mut high) = (0, left);
            while low + 1 < high {
                let middle = low.midpoint(high);
                if is_never(&found, middle) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            left = high.saturating_sub(1);
            found.push(left);
            if left == 0 {
                break;
            }
        }
        found.sort_unstable();
        let named = found.into_iter().filter_map(|place| all.get(place));
        named.map(|rule| rule.id.clone()).collect()
    }
}

/// The second that many later, or the last there is.
fn seconds_to(at: OffsetDateTime, ahead: Duration) -> i64 {
    at.saturating_add(ahead).unix_timestamp()
}
