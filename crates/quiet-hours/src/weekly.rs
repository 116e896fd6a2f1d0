use crate::{Interval, interval::Span};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, hash};
use time::Weekday;

/// When something is allowed, for each weekday. What touches or overlaps is merged when it is made,
/// so that asking takes no allocation.
///
/// In JSON an object from weekday to intervals: `{"monday": ["08:00-21:00"]}`; days that are absent
/// are closed.
///
/// ```rust
/// use tidings_quiet_hours::{Interval, Weekly};
/// use time::Weekday::{Friday, Monday};
///
/// let weekly = Weekly::closed().on([Monday, Friday], Interval::DAYTIME);
/// assert_eq!(weekly.intervals(Monday), [Interval::DAYTIME]);
/// assert!(weekly.intervals(time::Weekday::Sunday).is_empty());
/// ```
#[derive(Clone, Serialize, Deserialize)]
#[serde(from = "Json", into = "Json")]
pub struct Weekly {
    /// Sorted by weekday, in the order given within one.
    intervals: Vec<Interval>,
    /// Where the intervals of each weekday begin, and the end.
    days: [u32; 8],
    /// Merged minutes: for each weekday what starts on it, then for each weekday that together with
    /// what runs in from the day before.
    spans: Vec<Span>,
    /// Where each of those fourteen groups begins, and the end.
    groups: [u16; 15],
}

impl Weekly {
    /// These intervals, each on its weekday.
    pub fn new(windows: impl IntoIterator<Item = (Weekday, Interval)>) -> Self {
        let mut windows: Vec<(usize, Interval)> = windows
            .into_iter()
            .map(|(day, interval)| (place(day), interval))
            .collect();
        windows.sort_by_key(|(day, _)| *day);
        let days = std::array::from_fn(|day| {
            u32::try_from(windows.partition_point(|(other, _)| *other < day)).unwrap_or(u32::MAX)
        });
        let mut spans = Vec::with_capacity(14);
        let mut groups = [0; 15];
        for group in 0..14 {
            let (day, is_whole) = (group % 7, group >= 7);
            let before = (day + 6) % 7;
            let starting = of_day(&windows, day).map(Interval::first_day);
            let tails = of_day(&windows, before).map(Interval::next_day);
            merge(starting.chain(tails.filter(|_| is_whole)), &mut spans);
            if let Some(end) = groups.get_mut(group + 1) {
                // A day has at most 720 separate spans, so fourteen have 10,080.
                *end = u16::try_from(spans.len()).unwrap_or(u16::MAX);
            }
        }
        Self {
            intervals: windows.into_iter().map(|(_, interval)| interval).collect(),
            days,
            spans,
            groups,
        }
    }

    /// Never.
    pub fn closed() -> Self {
        Self::new([])
    }

    /// Always.
    pub fn open() -> Self {
        Self::daily(Interval::WHOLE_DAY)
    }

    /// The same every day.
    pub fn daily(interval: Interval) -> Self {
        Self::new(EVERY_DAY.map(|day| (day, interval)))
    }

    /// Allows `interval` on these days too.
    #[must_use]
    pub fn on(self, days: impl IntoIterator<Item = Weekday>, interval: Interval) -> Self {
        let more = days.into_iter().map(|day| (day, interval));
        Self::new(self.windows().chain(more).collect::<Vec<_>>())
    }

    /// What starts on this day.
    pub fn intervals(&self, day: Weekday) -> &[Interval] {
        let place = place(day);
        slice(&self.intervals, &self.days, place)
    }

    /// Every interval with the weekday on which it starts.
    pub fn windows(&self) -> impl Iterator<Item = (Weekday, Interval)> {
        EVERY_DAY
            .into_iter()
            .flat_map(|day| self.intervals(day).iter().map(move |one| (day, *one)))
    }

    /// The merged minutes of what starts on a weekday, Monday being 0.
    pub(crate) fn starting(&self, weekday: usize) -> &[Span] {
        slice(&self.spans, &self.groups, weekday)
    }

    /// The merged minutes of a weekday, what runs in from the day before included.
    pub(crate) fn spans(&self, weekday: usize) -> &[Span] {
        slice(&self.spans, &self.groups, weekday + 7)
    }
}

/// Monday to Sunday.
pub(crate) const EVERY_DAY: [Weekday; 7] = [
    Weekday::Monday,
    Weekday::Tuesday,
    Weekday::Wednesday,
    Weekday::Thursday,
    Weekday::Friday,
    Weekday::Saturday,
    Weekday::Sunday,
];

fn place(day: Weekday) -> usize {
    usize::from(day.number_days_from_monday())
}

fn of_day(windows: &[(usize, Interval)], day: usize) -> impl Iterator<Item = Interval> {
    let from = windows.partition_point(|(other, _)| *other < day);
    let to = windows.partition_point(|(other, _)| *other <= day);
    windows
        .get(from..to)
        .unwrap_or_default()
        .iter()
        .map(|(_, interval)| *interval)
}

fn slice<'a, T, I: Copy + TryInto<usize>>(all: &'a [T], ends: &[I], place: usize) -> &'a [T] {
    let end = |place: usize| ends.get(place).and_then(|end| (*end).try_into().ok());
    end(place)
        .zip(end(place + 1))
        .and_then(|(from, to)| all.get(from..to))
        .unwrap_or_default()
}

/// Appends `spans`, sorted and without touching neighbors.
fn merge(spans: impl Iterator<Item = Span>, merged: &mut Vec<Span>) {
    let from = merged.len();
    merged.extend(spans.filter(|span| span.start < span.end));
    let Some(group) = merged.get_mut(from..) else {
        return;
    };
    group.sort_unstable();
    let mut kept = 0;
    for next in 1..group.len() {
        let (Some(&span), Some(last)) = (group.get(next), group.get(kept).copied()) else {
            break;
        };
        if span.start <= last.end {
            if let Some(last) = group.get_mut(kept) {
                last.end = last.end.max(span.end);
            }
        } else {
            kept += 1;
            if let Some(place) = group.get_mut(kept) {
                *place = span;
            }
        }
    }
    let length = if group.is_empty() { 0 } else { kept + 1 };
    merged.truncate(from + length);
}

impl PartialEq for Weekly {
    fn eq(&self, other: &Self) -> bool {
        self.intervals == other.intervals && self.days == other.days
    }
}

impl Eq for Weekly {}

impl hash::Hash for Weekly {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.intervals.hash(state);
        self.days.hash(state);
    }
}

impl fmt::Debug for Weekly {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(EVERY_DAY.map(|day| (day, self.intervals(day))))
            .finish()
    }
}

/// The names of weekdays in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

const NAMED: [(Day, Weekday); 7] = [
    (Day::Monday, Weekday::Monday),
    (Day::Tuesday, Weekday::Tuesday),
    (Day::Wednesday, Weekday::Wednesday),
    (Day::Thursday, Weekday::Thursday),
    (Day::Friday, Weekday::Friday),
    (Day::Saturday, Weekday::Saturday),
    (Day::Sunday, Weekday::Sunday),
];

#[derive(Serialize, Deserialize)]
struct Json(BTreeMap<Day, Vec<Interval>>);

impl From<Json> for Weekly {
    fn from(Json(days): Json) -> Self {
        Self::new(NAMED.into_iter().flat_map(|(name, day)| {
            let intervals = days.get(&name).map(Vec::as_slice).unwrap_or_default();
            intervals.iter().map(move |interval| (day, *interval))
        }))
    }
}

impl From<Weekly> for Json {
    fn from(weekly: Weekly) -> Self {
        let days = NAMED
            .into_iter()
            .map(|(name, day)| (name, weekly.intervals(day).to_vec()));
        Self(
            days.filter(|(_, intervals)| !intervals.is_empty())
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(text: &str) -> Interval {
        text.parse().unwrap()
    }

    #[test]
    fn what_touches_or_overlaps_is_one_span() {
        let weekly = Weekly::new([
            (Weekday::Tuesday, interval("12:00-13:00")),
            (Weekday::Tuesday, interval("08:00-12:00")),
            (Weekday::Tuesday, interval("09:00-10:00")),
            (Weekday::Tuesday, interval("14:00-15:00")),
            (Weekday::Monday, interval("22:00-08:00")),
        ]);
        let spans = |spans: &[Span]| spans.iter().map(|s| (s.start, s.end)).collect::<Vec<_>>();
        assert_eq!(spans(weekly.starting(1)), [(480, 780), (840, 900)]);
        assert_eq!(spans(weekly.spans(1)), [(0, 780), (840, 900)]);
        assert_eq!(spans(weekly.spans(0)), [(1_320, 1_440)]);
        assert!(weekly.spans(2).is_empty());
        assert_eq!(weekly.intervals(Weekday::Tuesday).len(), 4);
    }

    #[test]
    fn json_is_an_object_by_weekday() {
        let weekly = Weekly::closed().on([Weekday::Monday, Weekday::Sunday], Interval::DAYTIME);
        let json = serde_json::to_string(&weekly).unwrap();
        assert_eq!(
            json,
            r#"{"monday":["08:00-21:00"],"sunday":["08:00-21:00"]}"#
        );
        assert_eq!(serde_json::from_str::<Weekly>(&json).unwrap(), weekly);
        for bad in [
            r#"{"monday":["08:00-"]}"#,
            r#"{"someday":[]}"#,
            r#"{"monday":["24:00-25:00"]}"#,
            "[]",
        ] {
            assert!(serde_json::from_str::<Weekly>(bad).is_err(), "{bad}");
        }
    }
}
