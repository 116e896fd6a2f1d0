use serde::{Deserialize, Serialize};
use std::fmt;

/// A currency: three capital letters of ISO 4217.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads three letters in any case.
    ///
    /// # Errors
    /// [`MoneyError::Currency`]: anything but three ASCII letters.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        match text.as_bytes() {
            [a, b, c] if [a, b, c].iter().all(|byte| byte.is_ascii_alphabetic()) => Ok(Self([
                a.to_ascii_uppercase(),
                b.to_ascii_uppercase(),
                c.to_ascii_uppercase(),
            ])),
            _ => Err(MoneyError::Currency(text.to_owned())),
        }
    }

    /// The three capital letters.
    pub fn as_str(&self) -> &str {
        // All bytes are ASCII letters by construction.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl TryFrom<String> for Currency {
    type Error = MoneyError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.to_string()
    }
}

/// An amount in millionths of a currency unit, since providers price below a cent.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    micros: i64,
    currency: Currency,
}

/// Money that cannot be read or added.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Not three letters.
    #[error("invalid currency {0:?}: use a three-letter code such as USD")]
    Currency(String),
    /// Not a decimal number, or finer than a millionth, or too large.
    #[error("invalid amount {0:?}: use a decimal with at most 6 places, such as 0.0079")]
    Amount(String),
    /// The sum does not fit, or the currencies differ.
    #[error("cannot add {0} and {1}")]
    Add(Money, Money),
}

impl Money {
    /// An amount of `micros` millionths.
    pub const fn from_micros(micros: i64, currency: Currency) -> Self {
        Self { micros, currency }
    }

    /// Reads a decimal text exactly, or refuses it.
    ///
    /// # Errors
    /// [`MoneyError::Amount`] when precision would be lost; [`MoneyError::Currency`].
    pub fn parse(amount: &str, currency: &str) -> Result<Self, MoneyError> {
        let currency = Currency::parse(currency)?;
        let micros = parse_micros(amount).ok_or_else(|| MoneyError::Amount(amount.to_owned()))?;
        Ok(Self { micros, currency })
    }

    /// The amount in millionths.
    pub const fn micros(self) -> i64 {
        self.micros
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// The amount as a decimal text without needless zeros: `0.0079`.
    pub fn amount(self) -> String {
        let sign = if self.micros < 0 { "-" } else { "" };
        let magnitude = self.micros.unsigned_abs();
        let (whole, part) = (magnitude / 1_000_000, magnitude % 1_000_000);
        if part == 0 {
            return format!("{sign}{whole}");
        }
        let part = format!("{part:06}");
        format!("{sign}{whole}.{}", part.trim_end_matches('0'))
    }

    /// The sum of two amounts of one currency.
    ///
    /// # Errors
    /// [`MoneyError::Add`]: the currencies differ or the sum does not fit.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Add(self, other));
        }
        let micros = self
            .micros
            .checked_add(other.micros)
            .ok_or(MoneyError::Add(self, other))?;
        Ok(Self {
            micros,
            currency: self.currency,
        })
    }

    /// The amount `count` times; saturates at the largest amount.
    #[must_use]
    pub const fn times(self, count: u32) -> Self {
        Self {
            micros: self.micros.saturating_mul(count as i64),
            currency: self.currency,
        }
    }
}

fn parse_micros(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let part = part.trim_end_matches('0');
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || part.len() > 6 || !all_digits(whole) || !all_digits(part) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<6}").parse().ok()?;
    let micros = whole.checked_mul(1_000_000)?.checked_add(part)?;
    Some(if negative { -micros } else { micros })
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.amount(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The wire shape: `{"amount":"0.0079","currency":"USD"}`.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    amount: String,
    currency: String,
}

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Wire {
            amount: self.amount(),
            currency: self.currency.to_string(),
        }
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        Self::parse(&wire.amount, &wire.currency).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn precision_is_never_lost_silently() {
        assert!(Money::parse("0.0000001", "USD").is_err());
        assert!(Money::parse("1e3", "USD").is_err());
        assert!(Money::parse("", "USD").is_err());
        assert!(Money::parse(".5", "USD").is_err());
        assert!(Money::parse("99999999999999999999", "USD").is_err());
    }

    #[test]
    fn currencies_do_not_mix() {
        let (a, b) = (
            Money::parse("1", "USD").unwrap(),
            Money::parse("1", "EUR").unwrap(),
        );
        assert!(a.checked_add(b).is_err());
    }

    proptest! {
        #[test]
        fn text_round_trips(micros in (i64::MIN + 1)..i64::MAX) {
            let money = Money::from_micros(micros, Currency::parse("EUR").unwrap());
            prop_assert_eq!(Money::parse(&money.amount(), "EUR").unwrap(), money);
        }
    }
}
