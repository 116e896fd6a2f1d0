use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A minute on a wall clock, from 00:00 to 24:00; text is `HH:MM`.
///
/// ```rust
/// use tidings_quiet_hours::TimeOfDay;
///
/// let evening: TimeOfDay = "21:00".parse()?;
/// assert_eq!(evening.minutes(), 21 * 60);
/// assert!("24:00".parse::<TimeOfDay>().is_ok());
/// assert!("24:01".parse::<TimeOfDay>().is_err() && "9:00".parse::<TimeOfDay>().is_err());
/// # Ok::<(), tidings_quiet_hours::InvalidTimeOfDay>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

/// The text is not `HH:MM` between 00:00 and 24:00.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid time of day {0:?}: use HH:MM between 00:00 and 24:00")]
pub struct InvalidTimeOfDay(pub String);

impl TimeOfDay {
    /// 00:00, where a day begins.
    pub const MIDNIGHT: Self = Self(0);
    /// 24:00, where a day ends.
    pub const END_OF_DAY: Self = Self(1_440);

    /// The time that many minutes after midnight; `None` beyond 24:00.
    pub const fn from_minutes(minutes: u16) -> Option<Self> {
        if minutes <= 1_440 {
            Some(Self(minutes))
        } else {
            None
        }
    }

    /// Minutes since midnight, 0 to 1,440.
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl fmt::Debug for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for TimeOfDay {
    type Err = InvalidTimeOfDay;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digit = |byte: &u8| byte.is_ascii_digit().then(|| u16::from(byte - b'0'));
        let minutes = match text.as_bytes() {
            [h1, h0, b':', m1, m0] => digit(h1)
                .zip(digit(h0))
                .zip(digit(m1).zip(digit(m0)))
                .map(|((h1, h0), (m1, m0))| (h1 * 10 + h0, m1 * 10 + m0))
                .filter(|(_, minutes)| *minutes < 60)
                .map(|(hours, minutes)| hours * 60 + minutes),
            _ => None,
        };
        minutes
            .and_then(Self::from_minutes)
            .ok_or_else(|| InvalidTimeOfDay(text.chars().take(16).collect()))
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = InvalidTimeOfDay;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_round_trips_and_nothing_else_is_read() {
        for minutes in 0..=1_440 {
            let time = TimeOfDay::from_minutes(minutes).unwrap();
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        assert_eq!(TimeOfDay::from_minutes(1_441), None);
        for text in [
            "", "8:00", "08:60", "25:00", "24:01", "08:00 ", "０8:00", "-1:00", "08-00",
        ] {
            assert!(text.parse::<TimeOfDay>().is_err(), "{text}");
        }
        assert!(serde_json::from_str::<TimeOfDay>("\"08:00\"").is_ok());
    }
}
