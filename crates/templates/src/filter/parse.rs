//! Reads what stands between the name of a field and its default.

use super::pattern::{Parts, check};
use super::{Filter, FilterProblem, Layout};
use std::ops::Range;
use tidings_kernel::Currency;

/// Most filters of one field.
pub(crate) const MAX_FILTERS: usize = 8;

const NAMES: [&str; 9] = [
    "date",
    "time",
    "datetime",
    "money",
    "number",
    "upper",
    "lower",
    "capitalize",
    "truncate",
];

/// Where in the text, and what is wrong there.
pub(crate) type Refusal = (Range<usize>, FilterProblem);

/// What was written in parentheses.
struct Argument<'text> {
    text: &'text str,
    /// Bytes of `text`, without quotation marks.
    span: Range<usize>,
    is_quoted: bool,
}

/// Reads `:filter(argument):filter…` from the start of `text` up to `|` or the end; also says how
/// many bytes that was. Ranges are within `text`.
pub(crate) fn filters(text: &str) -> Result<(Vec<Filter>, usize), Refusal> {
    let mut filters: Vec<Filter> = Vec::new();
    let mut at = 0;
    loop {
        at += blanks(text, at);
        let rest = text.get(at..).unwrap_or_default();
        if rest.is_empty() || rest.starts_with('|') {
            return Ok((filters, at));
        }
        if !rest.starts_with(':') {
            return Err((at..text.len(), FilterProblem::Syntax));
        }
        at += 1;
        at += blanks(text, at);
        let rest = text.get(at..).unwrap_or_default();
        let length = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let name = rest.get(..length).unwrap_or_default();
        let span = at..at + length;
        if name.is_empty() {
            return Err((at.saturating_sub(1)..text.len(), FilterProblem::Syntax));
        }
        at += length;
        let (argument, used) = argument(text, at)?;
        at += used;
        let filter = filter(name, span.clone(), argument)?;
        if filters.len() == MAX_FILTERS {
            return Err((span, FilterProblem::TooMany));
        }
        if filter.reads_value() && !filters.is_empty() {
            return Err((span, FilterProblem::NotFirst));
        }
        filters.push(filter);
    }
}

fn blanks(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.len() - rest.trim_start().len()
}

/// The argument in parentheses at `at`, if there is one, and the bytes up to behind it.
fn argument(text: &str, at: usize) -> Result<(Option<Argument<'_>>, usize), Refusal> {
    let open = at + blanks(text, at);
    let Some(inner) = text.get(open..).and_then(|rest| rest.strip_prefix('(')) else {
        return Ok((None, 0));
    };
    let start = open + 1 + (inner.len() - inner.trim_start().len());
    let inner = inner.trim_start();
    let (argument, end) = if let Some(quoted) = inner.strip_prefix('"') {
        let length = quoted
            .find('"')
            .ok_or((start..text.len(), FilterProblem::OpenQuote))?;
        let argument = Argument {
            text: quoted.get(..length).unwrap_or_default(),
            span: start + 1..start + 1 + length,
            is_quoted: true,
        };
        (argument, start + length + 2)
    } else {
        let length = inner
            .find(')')
            .ok_or((open..text.len(), FilterProblem::Syntax))?;
        let bare = inner.get(..length).unwrap_or_default().trim_end();
        let argument = Argument {
            text: bare,
            span: start..start + bare.len(),
            is_quoted: false,
        };
        (argument, start + bare.len())
    };
    let end = end + blanks(text, end);
    if text.get(end..).is_some_and(|rest| rest.starts_with(')')) {
        Ok((Some(argument), end + 1 - at))
    } else {
        Err((end.min(text.len())..text.len(), FilterProblem::Syntax))
    }
}

fn filter(
    name: &str,
    span: Range<usize>,
    argument: Option<Argument<'_>>,
) -> Result<Filter, Refusal> {
    match name {
        "date" => Ok(Filter::Date(layout(argument, Parts::Date)?)),
        "time" => Ok(Filter::Time(layout(argument, Parts::Time)?)),
        "datetime" => Ok(Filter::DateTime(layout(argument, Parts::Both)?)),
        "money" => Ok(Filter::Money(argument.map(currency).transpose()?)),
        "number" => Ok(Filter::Number(argument.map(places).transpose()?)),
        "upper" => plain(Filter::Upper, argument),
        "lower" => plain(Filter::Lower, argument),
        "capitalize" => plain(Filter::Capitalize, argument),
        "truncate" => match argument {
            Some(argument) => Ok(Filter::Truncate(most(argument)?)),
            None => Err((span, FilterProblem::NoArgument)),
        },
        _ => {
            let suggestion = synonym(name).or_else(|| nearest(name, &NAMES));
            Err((span, FilterProblem::Unknown { suggestion }))
        }
    }
}

fn plain(filter: Filter, argument: Option<Argument<'_>>) -> Result<Filter, Refusal> {
    match argument {
        None => Ok(filter),
        Some(argument) => Err((argument.span, FilterProblem::Argument)),
    }
}

fn layout(argument: Option<Argument<'_>>, parts: Parts) -> Result<Layout, Refusal> {
    let Some(argument) = argument else {
        return Ok(Layout::Medium);
    };
    if argument.is_quoted {
        let within = argument.span.start;
        return match check(argument.text, parts) {
            Ok(()) => Ok(Layout::Pattern(argument.text.to_owned())),
            Err((span, problem)) => Err((within + span.start..within + span.end, problem)),
        };
    }
    match argument.text {
        "short" => Ok(Layout::Short),
        "medium" => Ok(Layout::Medium),
        "long" => Ok(Layout::Long),
        other => {
            let expected =
                "short, medium, long or a pattern in quotation marks such as \"d MMMM yyyy\"";
            let suggestion = nearest(other, &["short", "medium", "long"]);
            let problem = FilterProblem::BadArgument {
                expected,
                suggestion,
            };
            Err((argument.span, problem))
        }
    }
}

fn currency(argument: Argument<'_>) -> Result<Currency, Refusal> {
    Currency::parse(argument.text)
        .map_err(|_| bad(argument, "a currency of three letters such as EUR"))
}

fn places(argument: Argument<'_>) -> Result<u8, Refusal> {
    match argument.text.parse() {
        Ok(places @ 0..=9) => Ok(places),
        Ok(_) | Err(_) => Err(bad(argument, "a number of decimal places from 0 to 9")),
    }
}

fn most(argument: Argument<'_>) -> Result<u16, Refusal> {
    let most = argument.text.parse().ok();
    // Below 4 there is no room for a character and `...`.
    most.filter(|most| (4..=9999).contains(most))
        .ok_or_else(|| bad(argument, "a number of characters from 4 to 9999"))
}

fn bad(argument: Argument<'_>, expected: &'static str) -> Refusal {
    let problem = FilterProblem::BadArgument {
        expected,
        suggestion: None,
    };
    (argument.span, problem)
}

/// What other template languages call our filters.
fn synonym(name: &str) -> Option<&'static str> {
    match name {
        "uppercase" | "upcase" | "toupper" => Some("upper"),
        "lowercase" | "downcase" | "tolower" => Some("lower"),
        "title" | "titlecase" | "ucfirst" => Some("capitalize"),
        "currency" | "price" | "amount" => Some("money"),
        "trunc" | "limit" | "cut" | "shorten" => Some("truncate"),
        "num" | "decimal" | "round" => Some("number"),
        "date_time" | "timestamp" => Some("datetime"),
        _ => None,
    }
}

fn nearest(text: &str, candidates: &[&'static str]) -> Option<&'static str> {
    nearest_of(text, candidates.iter().copied(), |candidate| candidate)
}

/// The candidate within two edits of `text`, and within half of its length.
pub(crate) fn nearest_of<T: Copy>(
    text: &str,
    candidates: impl Iterator<Item = T>,
    name: impl Fn(&T) -> &str,
) -> Option<T> {
    if text.len() > 64 {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    candidates
        .map(|candidate| (distance(&lower, name(&candidate)), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, candidate)| *distance <= 2 && distance * 2 <= name(candidate).len())
        .map(|(_, candidate)| candidate)
}

/// Edits from one word to the other.
fn distance(left: &str, right: &str) -> usize {
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.bytes().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, b) in row.iter_mut().skip(1).zip(right.bytes()) {
            let substituted = diagonal + usize::from(a != b);
            diagonal = *cell;
            before = substituted.min(*cell + 1).min(before + 1);
            *cell = before;
        }
    }
    row.last().copied().unwrap_or_default()
}
