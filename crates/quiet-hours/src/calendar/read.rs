use super::definition::{Day, Definition, Holiday, Observed};
use std::collections::BTreeMap;
use time::{Date, Month, Weekday, macros::format_description};

/// A line that is not of the form of [`Calendar::read`](super::Calendar::read).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the calendar: {problem}")]
pub struct InvalidCalendar {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// How many calendars a text may have, and how many days each, what is included counted: far more than
/// any country, and few enough that no text can make much work.
const MOST: usize = 1_000;

pub(super) fn read(text: &str) -> Result<Vec<(String, Definition)>, InvalidCalendar> {
    let mut calendars: BTreeMap<&str, Vec<Holiday>> = BTreeMap::new();
    let mut current = None;
    for (place, line) in text.lines().enumerate() {
        let refuse = |problem| InvalidCalendar {
            line: place + 1,
            problem,
        };
        let line = line.split('#').next().unwrap_or_default().trim();
        if line.is_empty() {
            continue;
        }
        if let Some(id) = line.strip_prefix("calendar ") {
            if calendars.len() == MOST {
                return Err(refuse("a text has at most 1000 calendars"));
            }
            if calendars.insert(id, Vec::new()).is_some() {
                return Err(refuse("this calendar stands there before"));
            }
            current = Some(id);
            continue;
        }
        let more = match line.strip_prefix("include ") {
            None => vec![holiday(line).map_err(refuse)?],
            Some(id) => calendars
                .get(id)
                .filter(|_| current != Some(id))
                .cloned()
                .ok_or_else(|| refuse("only a calendar that stands before can be included"))?,
        };
        let holidays = current
            .and_then(|id| calendars.get_mut(id))
            .ok_or_else(|| refuse("a calendar line must come first"))?;
        if holidays.len() + more.len() > MOST {
            return Err(refuse("a calendar has at most 1000 days"));
        }
        holidays.extend(more);
    }
    Ok(calendars
        .into_iter()
        .map(|(id, holidays)| (id.to_owned(), Definition::new(holidays)))
        .collect())
}

fn holiday(line: &str) -> Result<Holiday, &'static str> {
    let (rule, name) = line
        .split_once(": ")
        .ok_or("there is no name after a colon")?;
    let mut parts = rule.split(", ").map(str::trim);
    let mut holiday = Holiday {
        day: day(parts.next().unwrap_or_default())?,
        observed: Observed::No,
        years: (i32::MIN, i32::MAX),
        name: name.trim().to_owned(),
        is_unconfirmed: false,
    };
    for part in parts {
        match part.split_once(' ') {
            Some(("observed", "monday")) => holiday.observed = Observed::Monday,
            Some(("observed", "nearest")) => holiday.observed = Observed::Nearest,
            Some(("observed", "next")) => holiday.observed = Observed::Next,
            Some(("from", year)) => holiday.years.0 = number(year, "a year must be a number")?,
            Some(("until", year)) => holiday.years.1 = number(year, "a year must be a number")?,
            None if part == "unconfirmed" => holiday.is_unconfirmed = true,
            _ => return Err("unknown condition"),
        }
    }
    Ok(holiday)
}

fn day(text: &str) -> Result<Day, &'static str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    match *words.as_slice() {
        ["easter", after] => after_easter(after).map(Day::Easter),
        ["orthodox", "easter", after] => after_easter(after).map(Day::Orthodox),
        ["last", day, in_month] => Ok(Day::Last(weekday(day)?, month(in_month)?)),
        [day, "before", date] => {
            let (month, on) = month_day(date)?;
            Ok(Day::Before(weekday(day)?, month, on))
        }
        [day, "from", date] => {
            let (month, on) = month_day(date)?;
            Ok(Day::From(weekday(day)?, month, on))
        }
        [nth, day, in_month] => {
            let nth = ["first", "second", "third", "fourth", "fifth"]
                .iter()
                .position(|name| *name == nth)
                .and_then(|nth| u8::try_from(nth).ok())
                .ok_or("unknown ordinal")?;
            Ok(Day::Nth(nth, weekday(day)?, month(in_month)?))
        }
        [date] if date.len() == 10 => {
            let form = format_description!("[year]-[month]-[day]");
            Date::parse(date, form)
                .map(Day::Once)
                .map_err(|_| "no such date")
        }
        [date] => month_day(date).map(|(month, day)| Day::Fixed(month, day)),
        _ => Err("unknown kind of day"),
    }
}

/// Days from an Easter that its year, or the one before or after, can hold.
fn after_easter(text: &str) -> Result<i16, &'static str> {
    let days: i16 = number(text, "days after Easter must be a number")?;
    if (-200..=200).contains(&days) {
        Ok(days)
    } else {
        Err("a day is at most 200 days from Easter")
    }
}

fn month_day(text: &str) -> Result<(Month, u8), &'static str> {
    let (of_year, of_month) = text.split_once('-').ok_or("a date must be MM-DD")?;
    let month = month(of_year)?;
    let day = number(of_month, "a date must be MM-DD")?;
    // 2000 has a 29 February.
    if (1..=month.length(2_000)).contains(&day) {
        Ok((month, day))
    } else {
        Err("no such date")
    }
}

fn month(text: &str) -> Result<Month, &'static str> {
    let month: u8 = number(text, "a month must be a number")?;
    Month::try_from(month).map_err(|_| "no such month")
}

fn weekday(text: &str) -> Result<Weekday, &'static str> {
    Ok(match text {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return Err("unknown weekday"),
    })
}

fn number<T: std::str::FromStr>(text: &str, problem: &'static str) -> Result<T, &'static str> {
    text.parse().map_err(|_| problem)
}
