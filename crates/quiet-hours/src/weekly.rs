use crate::TimeOfDay;
use std::fmt;
use time::Weekday;

/// Wall-clock time from `start`, included, to `end`, excluded. An end at or before the start is on
/// the next day; the whole belongs to the weekday on which it starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    start: TimeOfDay,
    end: TimeOfDay,
}

/// An interval cannot start at 24:00, which is 00:00 of the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an interval cannot start at 24:00: use 00:00 of the next day")]
pub struct InvalidInterval;

impl Interval {
    /// 08:00 to 21:00: when telephone solicitations are allowed at the called party's location in the
    /// United States, 47 CFR 64.1200(c)(1) (read 20 November 2026). The safe setting keeps marketing
    /// and reminders within it everywhere, whatever the consent.
    pub const DAYTIME: Self = Self::constant(8 * 60, 21 * 60);

    /// 00:00 to 24:00.
    pub const WHOLE_DAY: Self = Self {
        start: TimeOfDay::MIDNIGHT,
        end: TimeOfDay::END_OF_DAY,
    };

    /// From `start` to `end`; over midnight if `end` is not later.
    ///
    /// # Errors
    /// [`InvalidInterval`]: it would start at 24:00.
    pub fn new(start: TimeOfDay, end: TimeOfDay) -> Result<Self, InvalidInterval> {
        if start == TimeOfDay::END_OF_DAY {
            Err(InvalidInterval)
        } else {
            Ok(Self { start, end })
        }
    }

    const fn constant(start: u16, end: u16) -> Self {
        match (TimeOfDay::from_minutes(start), TimeOfDay::from_minutes(end)) {
            (Some(start), Some(end)) => Self { start, end },
            (None, _) | (_, None) => Self::WHOLE_DAY,
        }
    }

    /// Where it starts.
    pub const fn start(self) -> TimeOfDay {
        self.start
    }

    /// Where it ends, on the next day if not later than the start.
    pub const fn end(self) -> TimeOfDay {
        self.end
    }

    /// Its minutes on the day on which it starts.
    pub(crate) fn first_day(self) -> Span {
        let end = if self.end > self.start {
            self.end
        } else {
            TimeOfDay::END_OF_DAY
        };
        Span {
            start: self.start.minutes(),
            end: end.minutes(),
        }
    }

    /// Its minutes on the day after; nothing unless it runs over midnight.
    pub(crate) fn next_day(self) -> Span {
        let end = if self.end > self.start {
            0
        } else {
            self.end.minutes()
        };
        Span { start: 0, end }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.start, self.end)
    }
}

impl fmt::Debug for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Minutes of one day, the end excluded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    start: u16,
    end: u16,
}

impl Span {
    pub(crate) fn contains(self, minute: u16) -> bool {
        self.start <= minute && minute < self.end
    }

    /// Its first minute at or after `minute`.
    pub(crate) fn first_from(self, minute: u16) -> Option<u16> {
        let first = self.start.max(minute);
        (first < self.end).then_some(first)
    }
}

/// When something is allowed, for each weekday.
///
/// ```rust
/// use tidings_quiet_hours::{Interval, Weekly};
/// use time::Weekday::{Friday, Monday};
///
/// let weekly = Weekly::closed().on([Monday, Friday], Interval::DAYTIME);
/// assert_eq!(weekly.intervals(Monday), [Interval::DAYTIME]);
/// assert!(weekly.intervals(time::Weekday::Sunday).is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Weekly {
    days: [Vec<Interval>; 7],
}

impl Weekly {
    /// Never.
    pub fn closed() -> Self {
        Self {
            days: Default::default(),
        }
    }

    /// Always.
    pub fn open() -> Self {
        Self::daily(Interval::WHOLE_DAY)
    }

    /// The same every day.
    pub fn daily(interval: Interval) -> Self {
        Self {
            days: std::array::from_fn(|_| vec![interval]),
        }
    }

    /// Allows `interval` on these days too.
    #[must_use]
    pub fn on(mut self, days: impl IntoIterator<Item = Weekday>, interval: Interval) -> Self {
        for day in days {
            if let Some(intervals) = self.days.get_mut(place(day)) {
                intervals.push(interval);
            }
        }
        self
    }

    /// What starts on this day.
    pub fn intervals(&self, day: Weekday) -> &[Interval] {
        self.days
            .get(place(day))
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

fn place(day: Weekday) -> usize {
    usize::from(day.number_days_from_monday())
}
