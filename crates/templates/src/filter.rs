use crate::{Amount, Decimal, FieldKind, Formats, Moment, Value, formats::Language};
use tidings_kernel::Currency;
use time::{Date, Time};

mod letters;
mod numbers;
mod parse;
mod pattern;
mod problem;

pub(crate) use parse::{MAX_FILTERS, filters, nearest_of};
pub use problem::FilterProblem;

/// What is done to a value before it is put in place of its field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// `date`, `date(short)`, `date("d MMMM yyyy")`: the day of a date or of a moment.
    Date(Layout),
    /// `time`, `time(medium)`, `time("HH:mm")`: the time of day of a time or of a moment.
    Time(Layout),
    /// `datetime`, `datetime(long)`, `datetime("d MMM HH:mm")`: a moment.
    DateTime(Layout),
    /// `money`: an amount as the reader writes it; `money(EUR)` for a plain number.
    Money(Option<Currency>),
    /// `number`: a number as the reader writes it; `number(2)` rounds half away from zero.
    Number(Option<u8>),
    /// `upper`: capital letters.
    Upper,
    /// `lower`: small letters.
    Lower,
    /// `capitalize`: a capital first letter; the others stay.
    Capitalize,
    /// `truncate(20)`: at most so many characters, the last three being `...` if any were cut.
    Truncate(u16),
}

/// The order and the form of the parts of a date or a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// As the locale does it, in digits: `11/21/26`.
    Short,
    /// As the locale does it, in between: `Nov 21, 2026`.
    Medium,
    /// As the locale does it, in words: `November 21, 2026`.
    Long,
    /// By letters: `d dd M MM MMM MMMM yy yyyy EEE EEEE`, `H HH h hh mm ss a`; others in `'…'`.
    Pattern(String),
}

/// The value is not of the kind that the filter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WrongKind;

impl Filter {
    /// Its name in a template.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Date(_) => "date",
            Self::Time(_) => "time",
            Self::DateTime(_) => "datetime",
            Self::Money(_) => "money",
            Self::Number(_) => "number",
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::Capitalize => "capitalize",
            Self::Truncate(_) => "truncate",
        }
    }

    /// True when values of `kind` suit it. Text suits every filter: it may hold anything.
    pub const fn suits(&self, kind: FieldKind) -> bool {
        use FieldKind as Kind;
        match self {
            Self::Date(_) => matches!(kind, Kind::Text | Kind::Date | Kind::DateTime),
            Self::Time(_) => matches!(kind, Kind::Text | Kind::Time | Kind::DateTime),
            Self::DateTime(_) => matches!(kind, Kind::Text | Kind::DateTime),
            Self::Money(None) => matches!(kind, Kind::Text | Kind::Money),
            Self::Money(Some(_)) => matches!(kind, Kind::Text | Kind::Money | Kind::Number),
            Self::Number(_) => matches!(kind, Kind::Text | Kind::Number),
            Self::Upper | Self::Lower | Self::Capitalize | Self::Truncate(_) => {
                matches!(kind, Kind::Text | Kind::Url | Kind::Bool)
            }
        }
    }

    /// True for a filter that reads the value itself and so comes first.
    pub(crate) const fn reads_value(&self) -> bool {
        match self {
            Self::Date(_)
            | Self::Time(_)
            | Self::DateTime(_)
            | Self::Money(_)
            | Self::Number(_) => true,
            Self::Upper | Self::Lower | Self::Capitalize | Self::Truncate(_) => false,
        }
    }
}

/// Writes `value` through `filters` to the end of `out`; on an error what was written stays there.
pub(crate) fn write(
    filters: &[Filter],
    value: &Value,
    formats: &Formats,
    out: &mut String,
) -> Result<(), WrongKind> {
    let start = out.len();
    let mut rest = filters;
    match filters.split_first() {
        Some((first, others)) if first.reads_value() => {
            read(first, value, formats, out)?;
            rest = others;
        }
        Some(_) => {
            // Letters of a date or an amount are no text to change: an author meant another filter.
            match value {
                Value::Text(text) => out.push_str(text),
                Value::Bool(_) => out.push_str(value.as_str()),
                Value::Number(_)
                | Value::Date(_)
                | Value::Time(_)
                | Value::DateTime(_)
                | Value::Money(_) => return Err(WrongKind),
            }
        }
        None => out.push_str(value.as_str()),
    }
    for filter in rest {
        change(filter, start, formats.language, out);
    }
    Ok(())
}

fn read(
    filter: &Filter,
    value: &Value,
    formats: &Formats,
    out: &mut String,
) -> Result<(), WrongKind> {
    match filter {
        Filter::Date(layout) => {
            pattern::write_date(layout, day(value, formats).ok_or(WrongKind)?, formats, out);
        }
        Filter::Time(layout) => {
            pattern::write_time(
                layout,
                clock(value, formats).ok_or(WrongKind)?,
                formats,
                out,
            );
        }
        Filter::DateTime(layout) => {
            let at = moment(value).ok_or(WrongKind)?.at(formats.offset);
            pattern::write_datetime(layout, at, formats, out);
        }
        Filter::Money(currency) => {
            let amount = amount(value, *currency).ok_or(WrongKind)?;
            numbers::write_money(&amount, formats.customs, out);
        }
        Filter::Number(places) => {
            let number = number(value).ok_or(WrongKind)?;
            numbers::write_number(&number, *places, formats.customs, out);
        }
        Filter::Upper | Filter::Lower | Filter::Capitalize | Filter::Truncate(_) => {}
    }
    Ok(())
}

fn change(filter: &Filter, start: usize, language: Language, out: &mut String) {
    match filter {
        Filter::Upper => letters::upper(out, start, language),
        Filter::Lower => letters::lower(out, start, language),
        Filter::Capitalize => letters::capitalize(out, start, language),
        Filter::Truncate(most) => letters::truncate(out, start, usize::from(*most)),
        Filter::Date(_)
        | Filter::Time(_)
        | Filter::DateTime(_)
        | Filter::Money(_)
        | Filter::Number(_) => {}
    }
}

fn day(value: &Value, formats: &Formats) -> Option<Date> {
    match value {
        Value::Date(date) => Some(date.get()),
        Value::DateTime(moment) => Some(moment.get().at(formats.offset).date()),
        Value::Text(text) => crate::value::read_date(text.trim()).or_else(|| {
            let moment = Moment::parse(text.trim()).ok()?;
            Some(moment.at(formats.offset).date())
        }),
        Value::Number(_) | Value::Bool(_) | Value::Time(_) | Value::Money(_) => None,
    }
}

fn clock(value: &Value, formats: &Formats) -> Option<Time> {
    match value {
        Value::Time(time) => Some(time.get()),
        Value::DateTime(moment) => Some(moment.get().at(formats.offset).time()),
        Value::Text(text) => crate::value::read_time(text.trim()).or_else(|| {
            let moment = Moment::parse(text.trim()).ok()?;
            Some(moment.at(formats.offset).time())
        }),
        Value::Number(_) | Value::Bool(_) | Value::Date(_) | Value::Money(_) => None,
    }
}

fn moment(value: &Value) -> Option<Moment> {
    match value {
        Value::DateTime(moment) => Some(moment.get()),
        Value::Text(text) => Moment::parse(text.trim()).ok(),
        Value::Number(_) | Value::Bool(_) | Value::Date(_) | Value::Time(_) | Value::Money(_) => {
            None
        }
    }
}

/// The amount that `value` says; a plain number takes the currency that the template names.
fn amount(value: &Value, currency: Option<Currency>) -> Option<Amount> {
    match value {
        Value::Money(amount) => Some(amount.clone()),
        Value::Number(number) => Some(Amount::new(number.clone(), currency?)),
        Value::Text(text) => match (Amount::parse(text), currency) {
            (Ok(amount), _) => Some(amount),
            (Err(_), Some(currency)) => {
                Some(Amount::new(Decimal::parse(text.trim()).ok()?, currency))
            }
            (Err(_), None) => None,
        },
        Value::Bool(_) | Value::Date(_) | Value::Time(_) | Value::DateTime(_) => None,
    }
}

fn number(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::Text(text) => Decimal::parse(text.trim()).ok(),
        Value::Bool(_) | Value::Date(_) | Value::Time(_) | Value::DateTime(_) | Value::Money(_) => {
            None
        }
    }
}

#[cfg(test)]
mod tests;
