use crate::{Interval, Weekly};
use std::{borrow::Cow, collections::BTreeSet};
use time::{Date, Weekday};

/// The stable name of a rule.
pub type RuleId = Cow<'static, str>;

/// Windows that must be open, judged by the wall clock of every zone that the contact may be in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Rule {
    /// What decisions call it.
    pub id: RuleId,
    /// When it is open.
    pub windows: Weekly,
    /// Local dates on which it stays closed, a window that runs in from the evening before included.
    pub closed: BTreeSet<Date>,
}

impl Rule {
    /// The name of [`Rule::daytime`].
    pub const DAYTIME: &'static str = "quiet_hours.window";

    /// A rule without closed dates.
    pub fn new(id: impl Into<RuleId>, windows: Weekly) -> Self {
        Self {
            id: id.into(),
            windows,
            closed: BTreeSet::new(),
        }
    }

    /// The default window for what can wait: [`Interval::DAYTIME`] every day.
    pub fn daytime() -> Self {
        Self::new(Self::DAYTIME, Weekly::daily(Interval::DAYTIME))
    }

    /// Closes these local dates too.
    #[must_use]
    pub fn closed_on(mut self, dates: impl IntoIterator<Item = Date>) -> Self {
        self.closed.extend(dates);
        self
    }

    /// Whether it is open at this minute of this local date.
    pub(crate) fn is_open(&self, date: Date, minute: u16) -> bool {
        self.spans(date).any(|span| span.contains(minute))
    }

    /// The first open minute at or after this one, up to the end of `last`.
    pub(crate) fn opens_from(&self, date: Date, minute: u16, last: Date) -> Option<(Date, u16)> {
        let mut date = date;
        let mut minute = minute;
        loop {
            if let Some(first) = self
                .spans(date)
                .filter_map(|span| span.first_from(minute))
                .min()
            {
                return Some((date, first));
            }
            date = date.next_day().filter(|next| *next <= last)?;
            minute = 0;
        }
    }

    fn spans(&self, date: Date) -> impl Iterator<Item = crate::weekly::Span> {
        let is_closed = self.closed.contains(&date);
        let from_before = date
            .previous_day()
            .filter(|before| !is_closed && !self.closed.contains(before))
            .map(|before| self.starting(before.weekday()))
            .unwrap_or_default();
        let own = if is_closed {
            &[]
        } else {
            self.starting(date.weekday())
        };
        own.iter()
            .map(|interval| interval.first_day())
            .chain(from_before.iter().map(|interval| interval.next_day()))
    }

    fn starting(&self, day: Weekday) -> &[Interval] {
        self.windows.intervals(day)
    }
}
