use serde::{Deserialize, Deserializer, de};
use std::{collections::BTreeMap, fmt};
use tidings_quiet_hours::{Interval, TimeOfDay, Weekly, Zone};
use time::Weekday;

/// Windows of the week that must be open, as a pack has them.
///
/// ```json
/// { "open": { "mon-fri": "09:00-18:00", "sat": "10:00-17:00" }, "clocks": ["recipient"] }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The windows; a day that is not named is closed.
    #[serde(deserialize_with = "weekly")]
    pub open: Weekly,
    /// On whose clocks; open only if open on each.
    #[serde(default = "recipients")]
    pub clocks: Vec<ClockOf>,
}

/// Whose clock windows are read from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClockOf {
    /// The contact's, in every zone that they may be in: `recipient`.
    Recipient,
    /// The sender's: `sender`.
    Sender,
    /// That of one zone wherever the contact is: its name, such as `Etc/GMT+6`.
    Zone(Zone),
}

fn recipients() -> Vec<ClockOf> {
    vec![ClockOf::Recipient]
}

impl<'de> Deserialize<'de> for ClockOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.as_str() {
            "recipient" => Ok(Self::Recipient),
            "sender" => Ok(Self::Sender),
            name => Zone::parse(name).map(Self::Zone).map_err(|_| {
                de::Error::custom(format!(
                    "unknown clock {name:?}: use recipient, sender or the name of a zone"
                ))
            }),
        }
    }
}

fn weekly<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Weekly, D::Error> {
    deserializer.deserialize_map(Days)
}

/// Reads days and windows, and refuses a day that is named twice.
struct Days;

/// One window of a day, or several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Windows {
    One(String),
    Several(Vec<String>),
}

impl<'de> de::Visitor<'de> for Days {
    type Value = Weekly;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("windows by day, such as {\"mon-sat\": \"09:00-19:00\"}")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Weekly, A::Error> {
        let mut seen = BTreeMap::new();
        let mut weekly = Weekly::closed();
        while let Some((name, windows)) = map.next_entry::<String, Windows>()? {
            let days = days(&name).ok_or_else(|| {
                de::Error::custom(format!(
                    "unknown days {name:?}: use daily, mon or mon-fri, in the order of the week"
                ))
            })?;
            for day in &days {
                let place = day.number_days_from_monday();
                if let Some(before) = seen.insert(place, name.clone()) {
                    return Err(de::Error::custom(format!(
                        "{day} has windows twice, by {before:?} and {name:?}"
                    )));
                }
            }
            let texts = match windows {
                Windows::One(text) => vec![text],
                Windows::Several(texts) => texts,
            };
            let mut last = TimeOfDay::MIDNIGHT;
            for text in texts {
                let interval = window(&text).map_err(de::Error::custom)?;
                if interval.start() < last {
                    return Err(de::Error::custom(format!(
                        "window {text:?} starts before the one before it ends"
                    )));
                }
                last = interval.end();
                weekly = weekly.on(days.iter().copied(), interval);
            }
        }
        Ok(weekly)
    }
}

/// `HH:MM-HH:MM`, the start before the end: a window over midnight is two windows of two days.
fn window(text: &str) -> Result<Interval, String> {
    let shown: String = text.chars().take(24).collect();
    let (start, end) = text
        .split_once('-')
        .ok_or_else(|| format!("invalid window {shown:?}: use HH:MM-HH:MM"))?;
    if start.is_empty() || end.is_empty() {
        return Err(format!(
            "window {shown:?} is open on one side: use 00:00 or 24:00"
        ));
    }
    let time = |text: &str| {
        text.parse::<TimeOfDay>()
            .map_err(|error| format!("invalid window {shown:?}: {error}"))
    };
    let (start, end) = (time(start)?, time(end)?);
    if start >= end {
        return Err(format!(
            "window {shown:?} ends before it starts: write one over midnight as two"
        ));
    }
    Interval::new(start, end).map_err(|error| format!("invalid window {shown:?}: {error}"))
}

const WEEK: [(&str, Weekday); 7] = [
    ("mon", Weekday::Monday),
    ("tue", Weekday::Tuesday),
    ("wed", Weekday::Wednesday),
    ("thu", Weekday::Thursday),
    ("fri", Weekday::Friday),
    ("sat", Weekday::Saturday),
    ("sun", Weekday::Sunday),
];

fn days(name: &str) -> Option<Vec<Weekday>> {
    let place = |name: &str| WEEK.iter().position(|(own, _)| *own == name);
    let (first, last) = match name.split_once('-') {
        _ if name == "daily" => (0, 6),
        Some((first, last)) => (place(first)?, place(last)?),
        None => (place(name)?, place(name)?),
    };
    let days = WEEK.get(first..=last)?.iter().map(|(_, day)| *day);
    Some(days.collect::<Vec<_>>()).filter(|days| !days.is_empty())
}

/// The open minutes of a week, to compare windows however they are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Minutes(Vec<u64>);

const MINUTES_OF_DAY: usize = 24 * 60;

impl Minutes {
    /// Those of `weekly`; a window over midnight runs into the next day, Sunday's into Monday.
    pub(crate) fn of(weekly: &Weekly) -> Self {
        let mut minutes = Self(vec![0; (7 * MINUTES_OF_DAY).div_ceil(64)]);
        for (place, (_, day)) in WEEK.iter().enumerate() {
            for interval in weekly.intervals(*day) {
                let start = usize::from(interval.start().minutes());
                let end = usize::from(interval.end().minutes());
                let end = if end > start {
                    end
                } else {
                    end + MINUTES_OF_DAY
                };
                let day = place * MINUTES_OF_DAY;
                minutes.open(day + start, day + end.min(MINUTES_OF_DAY));
                let next = (place + 1) % 7 * MINUTES_OF_DAY;
                minutes.open(next, next + end.saturating_sub(MINUTES_OF_DAY));
            }
        }
        minutes
    }

    /// Opens the minutes from `start` to before `end`.
    fn open(&mut self, start: usize, end: usize) {
        for (place, word) in self.0.iter_mut().enumerate() {
            let first = start.clamp(place * 64, place * 64 + 64) - place * 64;
            let last = end.clamp(place * 64, place * 64 + 64) - place * 64;
            if first < last {
                *word |= (u64::MAX >> (64 - (last - first))) << first;
            }
        }
    }

    /// Whether every minute of these is one of `other`.
    pub(crate) fn is_within(&self, other: &Self) -> bool {
        self.0
            .iter()
            .zip(&other.0)
            .all(|(own, other)| own & !other == 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Hours, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn days_and_windows_are_read() {
        let hours =
            read(r#"{"open":{"mon-fri":["09:00-12:00","14:00-18:00"],"sun":"12:00-24:00"}}"#)
                .unwrap();
        assert_eq!(hours.open.intervals(Weekday::Friday).len(), 2);
        assert!(hours.open.intervals(Weekday::Saturday).is_empty());
        assert_eq!(
            hours.open.intervals(Weekday::Sunday)[0].to_string(),
            "12:00 to 24:00"
        );
        assert_eq!(hours.clocks, [ClockOf::Recipient]);
    }

    #[test]
    fn a_bad_window_is_refused_with_its_reason() {
        for (json, reason) in [
            (r#"{"open":{"mon":"09:00-"}}"#, "open on one side"),
            (r#"{"open":{"mon":"-18:00"}}"#, "open on one side"),
            (r#"{"open":{"mon":"09:00"}}"#, "use HH:MM-HH:MM"),
            (r#"{"open":{"mon":"21:00-08:00"}}"#, "over midnight"),
            (r#"{"open":{"mon":"09:00-09:00"}}"#, "ends before it starts"),
            (r#"{"open":{"mon":"09:00-25:00"}}"#, "invalid time of day"),
            (
                r#"{"open":{"mon":["09:00-12:00","11:00-13:00"]}}"#,
                "before the one before",
            ),
            (r#"{"open":{"fri-mon":"09:00-12:00"}}"#, "unknown days"),
            (r#"{"open":{"monday":"09:00-12:00"}}"#, "unknown days"),
            (
                r#"{"open":{"mon-wed":"09:00-12:00","tue":"09:00-12:00"}}"#,
                "twice",
            ),
            (r#"{"open":{},"clocks":["Mars/Olympus"]}"#, "unknown clock"),
            (r#"{"open":{},"clock":["sender"]}"#, "unknown field"),
        ] {
            let error = read(json).unwrap_err();
            assert!(error.contains(reason), "{json}: {error}");
        }
    }

    #[test]
    fn minutes_compare_what_windows_mean() {
        let minutes = |json: &str| Minutes::of(&read(json).unwrap().open);
        let one = minutes(r#"{"open":{"mon":"09:00-18:00"}}"#);
        let two = minutes(r#"{"open":{"mon":["09:00-12:00","12:00-18:00"]}}"#);
        let wider = minutes(r#"{"open":{"mon":"08:00-18:00"}}"#);
        assert_eq!(one, two);
        assert!(one.is_within(&wider) && !wider.is_within(&one));
    }
}
