use super::Holidays;
use std::sync::{Arc, OnceLock};
use time::{Date, Duration, Month, Weekday};

/// Holidays by rule; the dates of a year are computed when the year is first asked for.
pub(super) struct Definition {
    holidays: Vec<Holiday>,
    years: Box<[OnceLock<Dates>]>,
}

/// Dates of one year, sorted, each with the place of its holiday.
type Dates = Box<[(Date, usize)]>;

#[derive(Debug, Clone)]
pub(super) struct Holiday {
    pub(super) day: Day,
    pub(super) observed: Observed,
    /// The first and the last year.
    pub(super) years: (i32, i32),
    pub(super) name: String,
    pub(super) is_unconfirmed: bool,
}

/// How a date follows from a year.
#[derive(Debug, Clone, Copy)]
pub(super) enum Day {
    Fixed(Month, u8),
    /// The nth weekday of a month, counted from 0.
    Nth(u8, Weekday, Month),
    Last(Weekday, Month),
    /// Days after Easter Sunday of the western church.
    Easter(i16),
    /// Days after Easter Sunday of the eastern churches.
    Orthodox(i16),
    /// The last such weekday before a date.
    Before(Weekday, Month, u8),
    /// The first such weekday on or after a date.
    From(Weekday, Month, u8),
    Once(Date),
}

/// Which further day is closed when a holiday falls on a weekend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Observed {
    No,
    /// Monday for a Sunday.
    Monday,
    /// Friday for a Saturday, Monday for a Sunday.
    Nearest,
    /// The next weekday that is not a holiday.
    Next,
}

/// Years whose dates are kept.
const KEPT: std::ops::Range<i32> = 1_970..2_201;

impl Definition {
    pub(super) fn new(holidays: Vec<Holiday>) -> Self {
        Self {
            holidays,
            years: KEPT.map(|_| OnceLock::new()).collect(),
        }
    }

    #[cfg(test)]
    pub(super) fn holidays(&self) -> &[Holiday] {
        &self.holidays
    }

    pub(super) fn unconfirmed(&self) -> Arc<[String]> {
        let holidays = self.holidays.iter().filter(|one| one.is_unconfirmed);
        let mut names: Vec<String> = holidays.map(|one| one.name.clone()).collect();
        names.sort_unstable();
        names.dedup();
        names.into()
    }

    fn name(&self, dates: &[(Date, usize)], date: Date) -> Option<&str> {
        let place = dates.binary_search_by_key(&date, |(date, _)| *date).ok()?;
        let (_, holiday) = dates.get(place)?;
        self.holidays.get(*holiday).map(|one| one.name.as_str())
    }

    /// The dates of a year, what is observed from the years around included.
    fn of_year(&self, year: i32) -> Dates {
        let mut dates: Vec<(Date, usize)> = (year - 1..=year + 1)
            .flat_map(|year| self.closed_by(year))
            .filter(|(date, _)| date.year() == year)
            .collect();
        dates.sort_unstable();
        dates.dedup_by_key(|(date, _)| *date);
        dates.into()
    }

    /// The days of a year's holidays, and those on which they are observed.
    fn closed_by(&self, year: i32) -> Vec<(Date, usize)> {
        let mut dates: Vec<(Date, usize)> = self
            .holidays
            .iter()
            .enumerate()
            .filter(|(_, holiday)| (holiday.years.0..=holiday.years.1).contains(&year))
            .filter_map(|(place, holiday)| Some((holiday.day.of(year)?, place)))
            .collect();
        dates.sort_unstable();
        for place in 0..dates.len() {
            let Some(&(date, holiday)) = dates.get(place) else {
                break;
            };
            let observed = self
                .holidays
                .get(holiday)
                .map_or(Observed::No, |one| one.observed);
            let is_taken = |date| dates.iter().any(|(taken, _)| *taken == date);
            dates.extend(observed.of(date, is_taken).map(|date| (date, holiday)));
        }
        dates
    }
}

impl Holidays for Definition {
    fn closed(&self, date: Date) -> Option<&str> {
        let year = date.year();
        let kept = usize::try_from(year - KEPT.start)
            .ok()
            .and_then(|place| self.years.get(place));
        match kept {
            Some(dates) => self.name(dates.get_or_init(|| self.of_year(year)), date),
            None => self.name(&self.of_year(year), date),
        }
    }
}

impl Day {
    fn of(self, year: i32) -> Option<Date> {
        match self {
            Self::Fixed(month, day) => Date::from_calendar_date(year, month, day).ok(),
            Self::Nth(n, weekday, month) => {
                let first = on_or_after(Date::from_calendar_date(year, month, 1).ok()?, weekday)?;
                first
                    .checked_add(Duration::weeks(i64::from(n)))
                    .filter(|date| date.month() == month)
            }
            Self::Last(weekday, month) => {
                let end = Date::from_calendar_date(year, month, month.length(year)).ok()?;
                on_or_before(end, weekday)
            }
            Self::Easter(after) => easter(year)?.checked_add(Duration::days(i64::from(after))),
            Self::Orthodox(after) => {
                orthodox_easter(year)?.checked_add(Duration::days(i64::from(after)))
            }
            Self::Before(weekday, month, day) => {
                let date = Date::from_calendar_date(year, month, day).ok()?;
                on_or_before(date.previous_day()?, weekday)
            }
            Self::From(weekday, month, day) => {
                on_or_after(Date::from_calendar_date(year, month, day).ok()?, weekday)
            }
            Self::Once(date) => Some(date).filter(|date| date.year() == year),
        }
    }
}

impl Observed {
    fn of(self, date: Date, is_taken: impl Fn(Date) -> bool) -> Option<Date> {
        match (self, date.weekday()) {
            (Self::Monday | Self::Nearest, Weekday::Sunday) => date.next_day(),
            (Self::Nearest, Weekday::Saturday) => date.previous_day(),
            (Self::Next, Weekday::Saturday | Weekday::Sunday) => {
                std::iter::successors(date.next_day(), |date| date.next_day()).find(|date| {
                    !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday)
                        && !is_taken(*date)
                })
            }
            (
                Self::No | Self::Monday | Self::Nearest | Self::Next,
                Weekday::Monday
                | Weekday::Tuesday
                | Weekday::Wednesday
                | Weekday::Thursday
                | Weekday::Friday
                | Weekday::Saturday
                | Weekday::Sunday,
            ) => None,
        }
    }
}

fn on_or_after(date: Date, weekday: Weekday) -> Option<Date> {
    std::iter::successors(Some(date), |date| date.next_day())
        .take(7)
        .find(|date| date.weekday() == weekday)
}

fn on_or_before(date: Date, weekday: Weekday) -> Option<Date> {
    std::iter::successors(Some(date), |date| date.previous_day())
        .take(7)
        .find(|date| date.weekday() == weekday)
}

/// Easter Sunday by the Gregorian computus, in the form published anonymously in 1876 (Meeus,
/// "Astronomical Algorithms", chapter 8).
pub(super) fn easter(year: i32) -> Option<Date> {
    let golden = year.rem_euclid(19);
    let (century, of_century) = (year.div_euclid(100), year.rem_euclid(100));
    let skipped = century - century.div_euclid(4) - (8 * century + 13).div_euclid(25);
    // Days from 21 March to the full moon, and from there to Sunday.
    let moon = (19 * golden + skipped + 15).rem_euclid(30);
    let leaps = 2 * century.rem_euclid(4) + 2 * of_century.div_euclid(4) - of_century.rem_euclid(4);
    let sunday = (32 + leaps - moon).rem_euclid(7);
    let early = (golden + 11 * moon + 19 * sunday) / 433;
    let days = moon + sunday - 7 * early;
    let month = (days + 90) / 25;
    let day = (days + 33 * month + 19).rem_euclid(32);
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(year, month, u8::try_from(day).ok()?).ok()
}

/// Easter Sunday by the Julian computus (Meeus, "Astronomical Algorithms", chapter 8), as a date of the
/// Gregorian calendar.
pub(super) fn orthodox_easter(year: i32) -> Option<Date> {
    let moon = (19 * year.rem_euclid(19) + 15).rem_euclid(30);
    let sunday = (2 * year.rem_euclid(4) + 4 * year.rem_euclid(7) - moon + 34).rem_euclid(7);
    // Days from the Julian 22 March.
    let days = moon + sunday;
    let century = year.div_euclid(100);
    let behind = century - century.div_euclid(4) - 2;
    Date::from_calendar_date(year, Month::March, 22)
        .ok()?
        .checked_add(Duration::days(i64::from(days + behind)))
}
