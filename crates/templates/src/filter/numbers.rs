//! Numbers and amounts as a locale writes them.

use crate::formats::{Grouping, Side};
use crate::{Amount, Decimal, formats::Customs};

/// Writes `number`, rounded half away from zero to `places` if that is given.
pub(super) fn write_number(
    number: &Decimal,
    places: Option<u8>,
    customs: &Customs,
    out: &mut String,
) {
    let (sign, whole, fraction) = parts(number.as_str());
    match places {
        None => write_digits(sign, whole, fraction, customs, out),
        Some(places) => {
            let (whole, fraction) = rounded(whole, fraction, usize::from(places));
            let is_zero = |digits: &str| digits.bytes().all(|b| b == b'0');
            let sign = if is_zero(&whole) && is_zero(&fraction) {
                ""
            } else {
                sign
            };
            write_digits(sign, &whole, &fraction, customs, out);
        }
    }
}

/// Writes `amount` with all its digits, and at least as many places as its currency has.
pub(super) fn write_money(amount: &Amount, customs: &Customs, out: &mut String) {
    let (sign, whole, fraction) = parts(amount.decimal().as_str());
    let code = amount.currency();
    let code = code.as_str();
    let places = minor_units(code);
    // Zeros beyond the smallest coin say nothing; other digits are never dropped.
    let needed = fraction.trim_end_matches('0').len().max(places);
    let mut padded = fraction.get(..needed).unwrap_or(fraction).to_owned();
    while padded.len() < places {
        padded.push('0');
    }
    let mark = mark(code, customs.dollar);
    let is_word = mark.ends_with(|c: char| c.is_ascii_alphabetic());
    match customs.side {
        Side::Before | Side::BeforeSpaced => {
            out.push_str(sign);
            out.push_str(mark);
            if is_word || customs.side == Side::BeforeSpaced {
                out.push(' ');
            }
            write_digits("", whole, &padded, customs, out);
        }
        Side::After => {
            write_digits(sign, whole, &padded, customs, out);
            out.push(' ');
            out.push_str(mark);
        }
    }
}

/// How a currency is written: by its sign if GSM-7 has it, else by its code.
fn mark<'code>(code: &'code str, dollar: &str) -> &'code str {
    match code {
        "EUR" => "€",
        "GBP" => "£",
        "JPY" => "¥",
        "BRL" => "R$",
        "USD" if matches!(dollar, "" | "USD") => "$",
        "USD" => "US$",
        "CAD" if dollar != "CAD" => "CA$",
        "AUD" if dollar != "AUD" => "A$",
        "NZD" if dollar != "NZD" => "NZ$",
        "MXN" if dollar != "MXN" => "MX$",
        _ if code == dollar => "$",
        _ => code,
    }
}

/// Decimal places of a currency. ISO 4217, list one, read in November 2026.
fn minor_units(code: &str) -> usize {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "ISK" | "JPY" | "KMF" | "KRW" | "PYG" | "RWF" | "UGX"
        | "UYI" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "IQD" | "JOD" | "KWD" | "LYD" | "OMR" | "TND" => 3,
        "CLF" | "UYW" => 4,
        _ => 2,
    }
}

/// Sign, digits before and digits after the point.
fn parts(decimal: &str) -> (&str, &str, &str) {
    let (sign, unsigned) = match decimal.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", decimal),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    (sign, whole, fraction)
}

fn rounded(whole: &str, fraction: &str, places: usize) -> (String, String) {
    let Some((kept, cut)) = fraction.split_at_checked(places) else {
        return (whole.to_owned(), format!("{fraction:0<places$}"));
    };
    let mut digits: Vec<u8> = whole.bytes().chain(kept.bytes()).collect();
    if cut.bytes().next().is_some_and(|first| first >= b'5') {
        let mut carries = true;
        for digit in digits.iter_mut().rev() {
            if *digit == b'9' {
                *digit = b'0';
            } else {
                *digit += 1;
                carries = false;
                break;
            }
        }
        if carries {
            digits.insert(0, b'1');
        }
    }
    let fraction = digits.split_off(digits.len() - kept.len());
    let text = |digits: Vec<u8>| digits.into_iter().map(char::from).collect();
    (text(digits), text(fraction))
}

fn write_digits(sign: &str, whole: &str, fraction: &str, customs: &Customs, out: &mut String) {
    out.push_str(sign);
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        digits => digits,
    };
    let count = whole.len();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && groups_before(count - index, count, customs.grouping) {
            out.push(customs.group);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push(customs.point);
        out.push_str(fraction);
    }
}

/// True when a group of digits begins where `left` of `count` digits are left.
fn groups_before(left: usize, count: usize, grouping: Grouping) -> bool {
    match grouping {
        Grouping::Threes => left.is_multiple_of(3),
        Grouping::ThreesFromFive => count >= 5 && left.is_multiple_of(3),
        Grouping::Indian => left == 3 || (left > 3 && (left - 3).is_multiple_of(2)),
    }
}
