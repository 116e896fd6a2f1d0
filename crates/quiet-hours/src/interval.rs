use crate::{InvalidTimeOfDay, TimeOfDay};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Wall-clock time from `start`, included, to `end`, excluded. An end at or before the start is on
/// the next day; the whole belongs to the weekday on which it starts.
///
/// Text is `08:00-21:00`; an en dash or ` to ` between the times is read as well.
///
/// ```rust
/// use tidings_quiet_hours::{Interval, InvalidInterval};
///
/// let night: Interval = "22:00-06:00".parse()?;
/// assert!(night.end() < night.start());
/// for bad in ["08:00-", "08:00", "25:00-26:00", "24:00-08:00", ""] {
///     assert!(bad.parse::<Interval>().is_err());
/// }
/// # Ok::<(), InvalidInterval>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Interval {
    start: TimeOfDay,
    end: TimeOfDay,
}

/// Why something is not an interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidInterval {
    /// 24:00 is 00:00 of the next day.
    #[error("an interval cannot start at 24:00: use 00:00 of the next day")]
    StartsAtEndOfDay,
    /// There are not two times.
    #[error("invalid interval {0:?}: use HH:MM-HH:MM")]
    Form(String),
    /// One of the two is no time of day.
    #[error("an end of the interval is no time of day")]
    Time(#[source] InvalidTimeOfDay),
}

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
    /// [`InvalidInterval::StartsAtEndOfDay`]: it would start at 24:00.
    pub fn new(start: TimeOfDay, end: TimeOfDay) -> Result<Self, InvalidInterval> {
        if start == TimeOfDay::END_OF_DAY {
            Err(InvalidInterval::StartsAtEndOfDay)
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

impl FromStr for Interval {
    type Err = InvalidInterval;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (start, end) = [" to ", "-", "–"]
            .into_iter()
            .find_map(|between| text.split_once(between))
            .ok_or_else(|| InvalidInterval::Form(text.chars().take(32).collect()))?;
        let time = |text: &str| text.parse().map_err(InvalidInterval::Time);
        Self::new(time(start)?, time(end)?)
    }
}

impl TryFrom<String> for Interval {
    type Error = InvalidInterval;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Interval> for String {
    fn from(interval: Interval) -> Self {
        format!("{}-{}", interval.start, interval.end)
    }
}

/// Minutes of one day, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Span {
    pub(crate) start: u16,
    pub(crate) end: u16,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_and_half_open_texts_are_typed_errors() {
        for (text, error) in [
            ("", InvalidInterval::Form(String::new())),
            ("08:00", InvalidInterval::Form("08:00".into())),
            (
                "08:00–",
                InvalidInterval::Time(InvalidTimeOfDay(String::new())),
            ),
            (
                "-21:00",
                InvalidInterval::Time(InvalidTimeOfDay(String::new())),
            ),
            (
                "08:00-25:00",
                InvalidInterval::Time(InvalidTimeOfDay("25:00".into())),
            ),
            ("24:00-08:00", InvalidInterval::StartsAtEndOfDay),
        ] {
            assert_eq!(text.parse::<Interval>(), Err(error), "{text}");
        }
        assert!(serde_json::from_str::<Interval>(r#""24:00-08:00""#).is_err());
    }

    #[test]
    fn three_ways_to_write_it_are_one_interval() {
        for text in ["08:00-21:00", "08:00–21:00", "08:00 to 21:00"] {
            assert_eq!(text.parse(), Ok(Interval::DAYTIME), "{text}");
        }
        assert_eq!(
            serde_json::to_string(&Interval::DAYTIME).unwrap(),
            r#""08:00-21:00""#
        );
    }
}
