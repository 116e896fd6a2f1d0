use crate::{Interval, interval::Span};
use serde::{Deserialize, Deserializer, Serialize, de};
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
    /// What starts on some day, in the order given.
    intervals: Vec<Interval>,
    /// Where those of each weekday lie.
    days: [Part; 7],
    /// Merged minutes.
    spans: Vec<Span>,
    /// Where the minutes of each weekday lie: of what starts on it,
    own: [Part; 7],
    /// and of that together with what runs in from the day before.
    whole: [Part; 7],
}

/// The first place and the one after the last.
type Part = (usize, usize);

impl Weekly {
    /// These intervals, each on its weekday.
    pub fn new(windows: impl IntoIterator<Item = (Weekday, Interval)>) -> Self {
        let mut windows: Vec<(usize, Interval)> = windows
            .into_iter()
            .map(|(day, interval)| (place(day), interval))
            .collect();
        windows.sort_by_key(|(day, _)| *day);
        let days: [Part; 7] = std::array::from_fn(|day| {
            let from = windows.partition_point(|(other, _)| *other < day);
            let to = windows.partition_point(|(other, _)| *other <= day);
            (from, to)
        });
        let intervals: Vec<Interval> = windows.into_iter().map(|(_, interval)| interval).collect();
        let of = |day: usize| slice(&intervals, &days, day).iter().copied();
        let mut spans = Vec::new();
        let own = std::array::from_fn(|day| merge(of(day).map(Interval::first_day), &mut spans));
        let whole = std::array::from_fn(|day| {
            let tails = of((day + 6) % 7).map(Interval::next_day);
            merge(of(day).map(Interval::first_day).chain(tails), &mut spans)
        });
        Self {
            intervals,
            days,
            spans,
            own,
            whole,
        }
    }

    /// These intervals every day, at the cost of one day.
    pub(crate) fn every_day(intervals: Vec<Interval>) -> Self {
        let mut spans = Vec::with_capacity(2 * intervals.len());
        let starting = || intervals.iter().map(|one| one.first_day());
        let tails = intervals.iter().map(|one| one.next_day());
        let own = merge(starting(), &mut spans);
        let whole = merge(starting().chain(tails), &mut spans);
        Self {
            days: [(0, intervals.len()); 7],
            intervals,
            spans,
            own: [own; 7],
            whole: [whole; 7],
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
        Self::every_day(vec![interval])
    }

    /// Allows `interval` on these days too.
    #[must_use]
    pub fn on(self, days: impl IntoIterator<Item = Weekday>, interval: Interval) -> Self {
        let more = days.into_iter().map(|day| (day, interval));
        Self::new(self.windows().chain(more).collect::<Vec<_>>())
    }

    /// What starts on this day.
    pub fn intervals(&self, day: Weekday) -> &[Interval] {
        slice(&self.intervals, &self.days, place(day))
    }

    /// Every interval with the weekday on which it starts.
    pub fn windows(&self) -> impl Iterator<Item = (Weekday, Interval)> {
        EVERY_DAY
            .into_iter()
            .flat_map(|day| self.intervals(day).iter().map(move |one| (day, *one)))
    }

    /// The merged minutes of what starts on a weekday, Monday being 0.
    pub(crate) fn starting(&self, weekday: usize) -> &[Span] {
        slice(&self.spans, &self.own, weekday)
    }

    /// The merged minutes of a weekday, what runs in from the day before included.
    pub(crate) fn spans(&self, weekday: usize) -> &[Span] {
        slice(&self.spans, &self.whole, weekday)
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

fn slice<'a, T>(all: &'a [T], parts: &[Part; 7], place: usize) -> &'a [T] {
    parts
        .get(place)
        .and_then(|(from, to)| all.get(*from..*to))
        .unwrap_or_default()
}

/// Appends `spans`, sorted and without touching neighbors; says where they lie.
fn merge(spans: impl Iterator<Item = Span>, merged: &mut Vec<Span>) -> Part {
    let from = merged.len();
    merged.extend(spans.filter(|span| span.start < span.end));
    let group = merged.get_mut(from..).unwrap_or_default();
    group.sort_unstable();
    let mut last: Option<Span> = None;
    let mut kept = 0;
    for place in 0..group.len() {
        let Some(&span) = group.get(place) else { break };
        let joined = match last {
            Some(last) if span.start <= last.end => Span {
                start: last.start,
                end: last.end.max(span.end),
            },
            Some(_) | None => {
                kept += 1;
                span
            }
        };
        if let Some(place) = group.get_mut(kept - 1) {
            *place = joined;
        }
        last = Some(joined);
    }
    merged.truncate(from + kept);
    (from, from + kept)
}

impl PartialEq for Weekly {
    fn eq(&self, other: &Self) -> bool {
        self.windows().eq(other.windows())
    }
}

impl Eq for Weekly {}

impl hash::Hash for Weekly {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        for window in self.windows() {
            window.hash(state);
        }
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

#[derive(Serialize)]
struct Json(BTreeMap<Day, Vec<Interval>>);

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ByDay)
    }
}

/// Reads intervals by weekday, and refuses a day that is named twice: which is meant, nobody can tell.
struct ByDay;

impl<'de> de::Visitor<'de> for ByDay {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("intervals by weekday, such as {\"monday\": [\"08:00-21:00\"]}")
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
        let mut days = BTreeMap::new();
        while let Some((day, intervals)) = map.next_entry::<Day, Vec<Interval>>()? {
            if days.insert(day, intervals).is_some() {
                return Err(de::Error::custom(format!("{day:?} stands there twice")));
            }
        }
        Ok(Json(days))
    }
}

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
    fn the_same_every_day_is_the_same_as_each_day() {
        for text in ["08:00-21:00", "22:00-06:00", "00:00-24:00", "00:00-00:00"] {
            let each = Weekly::new(EVERY_DAY.map(|day| (day, interval(text))));
            let every = Weekly::daily(interval(text));
            assert_eq!(each, every, "{text}");
            for day in 0..7 {
                assert_eq!(each.spans(day), every.spans(day), "{text}");
                assert_eq!(each.starting(day), every.starting(day), "{text}");
            }
        }
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
            r#"{"monday":["09:00-17:00"],"monday":["00:00-24:00"]}"#,
            r#"{"monday":["24:00-25:00"]}"#,
            "[]",
        ] {
            assert!(serde_json::from_str::<Weekly>(bad).is_err(), "{bad}");
        }
    }
}
