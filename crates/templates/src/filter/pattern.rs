//! Patterns of dates and times, in the letters of the Unicode CLDR.

use super::{FilterProblem, Layout};
use crate::Formats;
use std::ops::Range;
use time::{Date, PrimitiveDateTime, Time};

/// Which letters a pattern may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parts {
    Date,
    Time,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part<'text> {
    Day,
    PaddedDay,
    Month,
    PaddedMonth,
    ShortMonth,
    LongMonth,
    ShortYear,
    LongYear,
    ShortWeekday,
    LongWeekday,
    Hour,
    PaddedHour,
    HalfDayHour,
    PaddedHalfDayHour,
    Minute,
    Second,
    HalfDay,
    Literal(&'text str),
}

/// Longest pattern, in bytes.
const MAX_PATTERN: usize = 64;

/// Refuses letters that mean nothing in a pattern of `parts`; the range is within `pattern`.
pub(super) fn check(pattern: &str, parts: Parts) -> Result<(), (Range<usize>, FilterProblem)> {
    if pattern.trim().is_empty() || pattern.len() > MAX_PATTERN {
        let problem = FilterProblem::BadArgument {
            expected: "a style (short, medium, long) or a pattern of 1 to 64 characters such as \"d MMMM yyyy\"",
            suggestion: None,
        };
        return Err((0..pattern.len(), problem));
    }
    let mut at = 0;
    while let Some(rest) = pattern.get(at..).filter(|rest| !rest.is_empty()) {
        let run = run(rest);
        let bad = |suggestion| {
            let letters = rest.get(..run).unwrap_or_default().to_owned();
            let problem = FilterProblem::BadLetter {
                letters,
                suggestion,
            };
            Err((at..at + run, problem))
        };
        match next(rest) {
            Some((part, length)) if part.belongs_to(parts) => at += length,
            // The classic slip: minutes among dates, months among times.
            Some((Part::Minute, 1)) => return bad(Some("M")),
            Some((Part::Minute, _)) => return bad(Some("MM")),
            Some((Part::Month | Part::PaddedMonth, _)) => return bad(Some("mm")),
            Some(_) => return bad(None),
            None if rest.starts_with('\'') => {
                return Err((at..pattern.len(), FilterProblem::OpenQuote));
            }
            None => return bad(near(rest.get(..run).unwrap_or_default())),
        }
    }
    Ok(())
}

/// What is meant by letters of other pattern languages.
fn near(letters: &str) -> Option<&'static str> {
    match letters {
        "D" => Some("d"),
        "DD" => Some("dd"),
        "YYYY" | "Y" | "y" | "yyy" => Some("yyyy"),
        "YY" => Some("yy"),
        "EE" | "E" | "ddd" => Some("EEE"),
        "dddd" => Some("EEEE"),
        "MMMMM" => Some("MMMM"),
        "A" | "aa" | "p" => Some("a"),
        "s" | "S" => Some("ss"),
        "m" => Some("mm"),
        _ => None,
    }
}

pub(super) fn write_date(layout: &Layout, date: Date, formats: &Formats, out: &mut String) {
    let [short, medium, long] = formats.customs.dates;
    let pattern = match layout {
        Layout::Short => short,
        Layout::Medium => medium,
        Layout::Long => long,
        Layout::Pattern(pattern) => pattern,
    };
    write(pattern, Some(date), None, formats, out);
}

pub(super) fn write_time(layout: &Layout, time: Time, formats: &Formats, out: &mut String) {
    let [short, long] = formats.customs.times;
    let pattern = match layout {
        Layout::Short => short,
        Layout::Medium | Layout::Long => long,
        Layout::Pattern(pattern) => pattern,
    };
    write(pattern, None, Some(time), formats, out);
}

pub(super) fn write_datetime(
    layout: &Layout,
    at: PrimitiveDateTime,
    formats: &Formats,
    out: &mut String,
) {
    let (date, time) = (at.date(), at.time());
    match layout {
        Layout::Pattern(pattern) => write(pattern, Some(date), Some(time), formats, out),
        Layout::Short | Layout::Medium | Layout::Long => {
            write_date(layout, date, formats, out);
            out.push_str(", ");
            // Nobody writes the seconds of an appointment.
            write_time(&Layout::Short, time, formats, out);
        }
    }
}

fn write(
    pattern: &str,
    date: Option<Date>,
    time: Option<Time>,
    formats: &Formats,
    out: &mut String,
) {
    let mut rest = pattern;
    while let Some((part, length)) = next(rest) {
        match (part, date, time) {
            (Part::Literal(text), _, _) => out.push_str(text),
            (_, Some(date), _) if part.belongs_to(Parts::Date) => {
                write_day(part, date, formats, out);
            }
            (_, _, Some(time)) => write_clock(part, time, out),
            (_, _, None) => {}
        }
        rest = rest.get(length..).unwrap_or_default();
    }
}

fn write_day(part: Part<'_>, date: Date, formats: &Formats, out: &mut String) {
    let names = formats.customs.names;
    let month = usize::from(u8::from(date.month()) - 1);
    let weekday = usize::from(date.weekday().number_days_from_monday());
    let name = |names: &[&'static str], at: usize| names.get(at).copied().unwrap_or_default();
    match part {
        Part::Day => number(out, i32::from(date.day()), 1),
        Part::PaddedDay => number(out, i32::from(date.day()), 2),
        Part::Month => number(out, i32::from(u8::from(date.month())), 1),
        Part::PaddedMonth => number(out, i32::from(u8::from(date.month())), 2),
        Part::ShortMonth => out.push_str(name(&names.short_months, month)),
        Part::LongMonth => out.push_str(name(&names.months, month)),
        Part::ShortYear => number(out, date.year().rem_euclid(100), 2),
        Part::LongYear => number(out, date.year(), 4),
        Part::ShortWeekday => out.push_str(name(&names.short_days, weekday)),
        Part::LongWeekday => out.push_str(name(&names.days, weekday)),
        Part::Hour
        | Part::PaddedHour
        | Part::HalfDayHour
        | Part::PaddedHalfDayHour
        | Part::Minute
        | Part::Second
        | Part::HalfDay
        | Part::Literal(_) => {}
    }
}

fn write_clock(part: Part<'_>, time: Time, out: &mut String) {
    // Midnight and noon are 12.
    let half_day_hour = i32::from((time.hour() + 11) % 12 + 1);
    match part {
        Part::Hour => number(out, i32::from(time.hour()), 1),
        Part::PaddedHour => number(out, i32::from(time.hour()), 2),
        Part::HalfDayHour => number(out, half_day_hour, 1),
        Part::PaddedHalfDayHour => number(out, half_day_hour, 2),
        Part::Minute => number(out, i32::from(time.minute()), 2),
        Part::Second => number(out, i32::from(time.second()), 2),
        Part::HalfDay => out.push_str(if time.hour() < 12 { "AM" } else { "PM" }),
        Part::Day
        | Part::PaddedDay
        | Part::Month
        | Part::PaddedMonth
        | Part::ShortMonth
        | Part::LongMonth
        | Part::ShortYear
        | Part::LongYear
        | Part::ShortWeekday
        | Part::LongWeekday
        | Part::Literal(_) => {}
    }
}

fn number(out: &mut String, value: i32, width: usize) {
    let mut digits = [b'0'; 10];
    let mut rest = value.unsigned_abs();
    let mut count = 0;
    for digit in digits.iter_mut().rev() {
        if rest == 0 && count >= width {
            break;
        }
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        count += 1;
    }
    if value < 0 {
        out.push('-');
    }
    let start = digits.len() - count;
    out.extend(digits.iter().skip(start).map(|digit| char::from(*digit)));
}

/// The first part of `pattern` and its length in bytes; `None` at the end, and where a letter means
/// nothing or a quotation is open.
fn next(pattern: &str) -> Option<(Part<'_>, usize)> {
    let first = pattern.chars().next()?;
    if first == '\'' {
        return quoted(pattern);
    }
    if !first.is_ascii_alphabetic() {
        let end = pattern
            .find(|c: char| c.is_ascii_alphabetic() || c == '\'')
            .unwrap_or(pattern.len());
        return Some((Part::Literal(pattern.get(..end)?), end));
    }
    let length = run(pattern);
    let part = match pattern.get(..length)? {
        "d" => Part::Day,
        "dd" => Part::PaddedDay,
        "M" => Part::Month,
        "MM" => Part::PaddedMonth,
        "MMM" => Part::ShortMonth,
        "MMMM" => Part::LongMonth,
        "yy" => Part::ShortYear,
        "yyyy" => Part::LongYear,
        "EEE" => Part::ShortWeekday,
        "EEEE" => Part::LongWeekday,
        "H" => Part::Hour,
        "HH" => Part::PaddedHour,
        "h" => Part::HalfDayHour,
        "hh" => Part::PaddedHalfDayHour,
        "mm" => Part::Minute,
        "ss" => Part::Second,
        "a" => Part::HalfDay,
        _ => return None,
    };
    Some((part, length))
}

/// Plain text in `'…'`; `''` is one apostrophe.
fn quoted(pattern: &str) -> Option<(Part<'_>, usize)> {
    let inner = pattern.get(1..)?;
    let end = inner.find('\'')?;
    if end == 0 {
        return Some((Part::Literal("'"), 2));
    }
    if inner.get(end + 1..)?.starts_with('\'') {
        // The apostrophe belongs to the text, which goes on behind it.
        return Some((Part::Literal(inner.get(..=end)?), end + 2));
    }
    Some((Part::Literal(inner.get(..end)?), end + 2))
}

/// How many of the first letter stand at the start, in bytes.
fn run(pattern: &str) -> usize {
    let Some(first) = pattern.chars().next() else {
        return 0;
    };
    pattern.len() - pattern.trim_start_matches(first).len()
}

impl Part<'_> {
    const fn belongs_to(self, parts: Parts) -> bool {
        match self {
            Self::Literal(_) => true,
            Self::Day
            | Self::PaddedDay
            | Self::Month
            | Self::PaddedMonth
            | Self::ShortMonth
            | Self::LongMonth
            | Self::ShortYear
            | Self::LongYear
            | Self::ShortWeekday
            | Self::LongWeekday => matches!(parts, Parts::Date | Parts::Both),
            Self::Hour
            | Self::PaddedHour
            | Self::HalfDayHour
            | Self::PaddedHalfDayHour
            | Self::Minute
            | Self::Second
            | Self::HalfDay => matches!(parts, Parts::Time | Parts::Both),
        }
    }
}
