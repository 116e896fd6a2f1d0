use super::ValueError;
use std::fmt;
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// A date with a time of day, as a clock on the wall shows it, with its distance from UTC if known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Moment {
    local: PrimitiveDateTime,
    offset: Option<UtcOffset>,
}

impl Moment {
    /// A moment whose distance from UTC nobody knows; it prints as it is in every zone.
    pub const fn local(at: PrimitiveDateTime) -> Self {
        Self {
            local: at,
            offset: None,
        }
    }

    /// Reads `2026-11-21T14:30`, with seconds, a fraction, and `Z` or `+01:00` when they are given.
    ///
    /// # Errors
    /// [`ValueError::DateTime`]: the text has another form, or the day or hour does not exist.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        read(text).ok_or(ValueError::DateTime)
    }

    /// What the clock on the wall shows at `offset`; without one, where the moment came from.
    pub fn at(self, offset: Option<UtcOffset>) -> PrimitiveDateTime {
        match (self.offset, offset) {
            (Some(own), Some(wanted)) => self
                .local
                .assume_offset(own)
                .checked_to_offset(wanted)
                .map_or(self.local, |at| {
                    PrimitiveDateTime::new(at.date(), at.time())
                }),
            (Some(_) | None, None) | (None, Some(_)) => self.local,
        }
    }
}

impl From<OffsetDateTime> for Moment {
    fn from(at: OffsetDateTime) -> Self {
        Self {
            local: PrimitiveDateTime::new(at.date(), at.time()),
            offset: Some(at.offset()),
        }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (date, time) = (self.local.date(), self.local.time());
        write!(f, "{}T{}", date_text(date), time_text(time))?;
        match self.offset {
            None => Ok(()),
            Some(offset) if offset.is_utc() => f.write_str("Z"),
            Some(offset) => {
                let sign = if offset.is_negative() { '-' } else { '+' };
                let (hours, minutes, _) = offset.as_hms();
                write!(
                    f,
                    "{sign}{:02}:{:02}",
                    hours.unsigned_abs(),
                    minutes.unsigned_abs()
                )
            }
        }
    }
}

/// Reads `2026-11-21`.
pub(crate) fn read_date(text: &str) -> Option<Date> {
    let (year, rest) = digits(text, 4)?;
    let (month, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let (day, rest) = digits(rest.strip_prefix('-')?, 2)?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::from(year), month, small(day)?).ok()?;
    rest.is_empty().then_some(date)
}

/// Reads `14:30` or `14:30:05`.
pub(crate) fn read_time(text: &str) -> Option<Time> {
    let (time, rest) = leading_time(text)?;
    rest.is_empty().then_some(time)
}

pub(super) fn date_text(date: Date) -> String {
    format!(
        "{:04}-{:02}-{:02}",
        date.year(),
        u8::from(date.month()),
        date.day()
    )
}

pub(super) fn time_text(time: Time) -> String {
    let (hour, minute, second) = time.as_hms();
    format!("{hour:02}:{minute:02}:{second:02}")
}

fn read(text: &str) -> Option<Moment> {
    let (date, rest) = text.split_at_checked(10)?;
    let date = read_date(date)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = leading_time(rest)?;
    Some(Moment {
        local: PrimitiveDateTime::new(date, time),
        offset: match rest {
            "" => None,
            "Z" | "z" => Some(UtcOffset::UTC),
            _ => Some(read_offset(rest)?),
        },
    })
}

/// The time that `text` starts with; a fraction of a second is read and dropped.
fn leading_time(text: &str) -> Option<(Time, &str)> {
    let (hour, rest) = digits(text, 2)?;
    let (minute, rest) = digits(rest.strip_prefix(':')?, 2)?;
    let (second, rest) = match rest.strip_prefix(':') {
        Some(rest) => digits(rest, 2)?,
        None => (0, rest),
    };
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let after = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
            (after.len() < fraction.len()).then_some(after)?
        }
        None => rest,
    };
    let time = Time::from_hms(small(hour)?, small(minute)?, small(second)?).ok()?;
    Some((time, rest))
}

fn read_offset(text: &str) -> Option<UtcOffset> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, rest) = digits(rest, 2)?;
    let (minutes, rest) = digits(rest.strip_prefix(':').unwrap_or(rest), 2)?;
    if hours > 14 {
        // No clock on Earth is farther from UTC.
        return None;
    }
    let part = |value: u16| i8::try_from(value).ok().map(|value| sign * value);
    let offset = UtcOffset::from_hms(part(hours)?, part(minutes)?, 0).ok()?;
    rest.is_empty().then_some(offset)
}

fn digits(text: &str, count: usize) -> Option<(u16, &str)> {
    let (head, rest) = text.split_at_checked(count)?;
    let is_number = head.bytes().all(|b| b.is_ascii_digit());
    Some((is_number.then(|| head.parse().ok()).flatten()?, rest))
}

fn small(value: u16) -> Option<u8> {
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_and_printed_alike() {
        for text in [
            "2026-11-21T14:30:05Z",
            "2026-11-21T14:30:05+05:30",
            "2026-11-21T14:30:00-03:00",
            "2026-11-21T14:30:00",
        ] {
            assert_eq!(Moment::parse(text).unwrap().to_string(), text);
        }
        for bad in [
            "",
            "2026-11-21",
            "2026-02-30T10:00",
            "2026-11-21T24:00",
            "2026-11-21T10:00+25:00",
            "2026-11-21T10:00:00.Z",
            "2026-11-21T10",
            "20261121T1000",
            "é026-11-21T10:00",
            "2026-11-21T10:00Zx",
        ] {
            assert_eq!(Moment::parse(bad), Err(ValueError::DateTime), "{bad}");
        }
    }

    #[test]
    fn the_wall_clock_follows_the_reader() {
        let read = |text| Moment::parse(text).unwrap();
        let two = UtcOffset::from_hms(2, 0, 0).ok();
        assert_eq!(
            read("2026-12-31T23:30:00Z").at(two).to_string(),
            "2027-01-01 1:30:00.0"
        );
        // Nobody knows where this clock hangs, so it is not moved.
        let local = read("2026-12-31T23:30:00");
        assert_eq!(local.at(two), local.at(None));
        // Beyond the calendar there is nothing to show but what was given.
        let last = read("9999-12-31T23:30:00Z");
        assert_eq!(last.at(two), last.at(None));
    }
}
