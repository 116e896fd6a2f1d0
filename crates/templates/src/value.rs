use crate::render;
use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use tidings_kernel::Money;
use time::{Date, OffsetDateTime, Time};

mod amount;
mod moment;

pub use amount::Amount;
pub use moment::Moment;
pub(crate) use moment::{read_date, read_time};

/// What fills the fields of a template, by field name.
pub type Data = BTreeMap<String, Value>;

/// A value for a field; prints as the caller gave it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_json::Value")]
pub enum Value {
    /// Text as it is.
    Text(String),
    /// A number, in the digits it was given in.
    Number(Decimal),
    /// `true` or `false`.
    Bool(bool),
    /// A day of the calendar.
    Date(Written<Date>),
    /// A time of day.
    Time(Written<Time>),
    /// A day with a time.
    DateTime(Written<Moment>),
    /// An amount of money.
    Money(Amount),
}

/// Something together with its text in the form of ISO 8601.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<T> {
    value: T,
    text: String,
}

/// A decimal number kept as text, so that `10.50` stays `10.50`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decimal(String);

/// Why something cannot be a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    /// `null`; leave the field out instead.
    #[error("null is not a value, leave the field out")]
    Null,
    /// A list; write it as text.
    #[error("a list is not a value, write it as text")]
    List,
    /// An object other than `{"amount", "currency"}`; write one field for each of its members.
    #[error("an object is not a value, write one field for each member")]
    Object,
    /// Not `-`, digits, `.`, digits; write it as text.
    #[error("not a plain decimal number, write it as text")]
    Number,
    /// Not `10.50 EUR`, nor `{"amount": "10.50", "currency": "EUR"}`.
    #[error("not an amount of money, write it like 10.50 EUR")]
    Money,
    /// Not like `2026-11-21T14:30:00Z`.
    #[error("not a date with a time, write it like 2026-11-21T14:30:00Z")]
    DateTime,
}

/// Why a JSON document is no template data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// The document is not an object.
    #[error("template data must be an object of field names and values")]
    NotAnObject,
    /// Some members are no values.
    #[error("{}", listed(.0))]
    Values(Vec<(String, ValueError)>),
}

impl Value {
    /// The text that is put in place of the field.
    #[inline]
    pub fn as_str(&self) -> &str {
        // Nearly all values are text.
        if let Self::Text(text) = self {
            return text;
        }
        self.text()
    }

    fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.as_str(),
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
            Self::Date(date) => date.as_str(),
            Self::Time(time) => time.as_str(),
            Self::DateTime(moment) => moment.as_str(),
            Self::Money(amount) => amount.as_str(),
        }
    }

    /// True when there is nothing to read in it, as only in text; a blank value counts as absent.
    pub(crate) fn is_blank(&self) -> bool {
        render::is_blank(self.as_str())
    }
}

impl<T: Copy> Written<T> {
    /// The thing itself.
    pub const fn get(&self) -> T {
        self.value
    }

    /// Its text, such as `2026-11-21`.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl Decimal {
    /// Takes `text` of the form `-12.50`: sign and fraction optional, no exponent.
    ///
    /// # Errors
    /// [`ValueError::Number`]: the text has another form.
    pub fn parse(text: &str) -> Result<Self, ValueError> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let is_decimal = match unsigned.split_once('.') {
            Some((whole, fraction)) => digits(whole) && digits(fraction),
            None => digits(unsigned),
        };
        if is_decimal {
            Ok(Self(text.to_owned()))
        } else {
            Err(ValueError::Number)
        }
    }

    /// The digits as given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Reads the data of a template from a JSON object.
///
/// # Errors
/// [`DataError`]: lists every member that is no text, number or boolean.
///
/// # Examples
/// ```
/// use serde_json::json;
/// use tidings_templates::{DataError, ValueError, data_from_json};
///
/// let data = data_from_json(json!({"name": "Ana", "count": 3}))?;
/// assert_eq!(data["count"].as_str(), "3");
///
/// let refused = data_from_json(json!({"name": null}));
/// assert_eq!(refused, Err(DataError::Values(vec![("name".into(), ValueError::Null)])));
/// # Ok::<(), DataError>(())
/// ```
pub fn data_from_json(json: serde_json::Value) -> Result<Data, DataError> {
    let serde_json::Value::Object(members) = json else {
        return Err(DataError::NotAnObject);
    };
    let mut data = Data::new();
    let mut refused = Vec::new();
    for (name, member) in members {
        match Value::try_from(member) {
            Ok(value) => {
                data.insert(name, value);
            }
            Err(error) => refused.push((name, error)),
        }
    }
    if refused.is_empty() {
        Ok(data)
    } else {
        Err(DataError::Values(refused))
    }
}

fn listed(refused: &[(String, ValueError)]) -> String {
    let lines: Vec<String> = refused
        .iter()
        .map(|(name, error)| format!("{name}: {error}"))
        .collect();
    lines.join("; ")
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(Decimal(number.to_string()))
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<Date> for Value {
    fn from(date: Date) -> Self {
        let text = moment::date_text(date);
        Self::Date(Written { value: date, text })
    }
}

impl From<Time> for Value {
    fn from(time: Time) -> Self {
        let text = moment::time_text(time);
        Self::Time(Written { value: time, text })
    }
}

impl From<Moment> for Value {
    fn from(moment: Moment) -> Self {
        let text = moment.to_string();
        Self::DateTime(Written {
            value: moment,
            text,
        })
    }
}

impl From<OffsetDateTime> for Value {
    fn from(at: OffsetDateTime) -> Self {
        Moment::from(at).into()
    }
}

impl From<Amount> for Value {
    fn from(amount: Amount) -> Self {
        Self::Money(amount)
    }
}

impl From<Money> for Value {
    fn from(money: Money) -> Self {
        Self::Money(money.into())
    }
}

impl TryFrom<serde_json::Value> for Value {
    type Error = ValueError;

    fn try_from(json: serde_json::Value) -> Result<Self, Self::Error> {
        match json {
            serde_json::Value::String(text) => Ok(Self::Text(text)),
            serde_json::Value::Number(number) => {
                Decimal::parse(&number.to_string()).map(Self::Number)
            }
            serde_json::Value::Bool(value) => Ok(Self::Bool(value)),
            serde_json::Value::Null => Err(ValueError::Null),
            serde_json::Value::Array(_) => Err(ValueError::List),
            serde_json::Value::Object(members) => money(&members),
        }
    }
}

/// An object is a value in one form only: `{"amount": "10.50", "currency": "EUR"}`.
fn money(members: &serde_json::Map<String, serde_json::Value>) -> Result<Value, ValueError> {
    let (Some(amount), Some(currency), 2) = (
        members.get("amount"),
        members.get("currency"),
        members.len(),
    ) else {
        return Err(ValueError::Object);
    };
    let digits = match amount {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) => number.to_string(),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => return Err(ValueError::Money),
    };
    let currency = currency.as_str().ok_or(ValueError::Money)?;
    Amount::parse(&format!("{digits} {currency}")).map(Value::Money)
}

#[derive(Serialize)]
struct MoneyWire<'amount> {
    amount: &'amount str,
    currency: &'amount str,
}

impl Serialize for Value {
    /// A number becomes a JSON number when that keeps every digit, else text. Dates and times
    /// become their text and are read back as text, which the filters understand as well.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => serializer.serialize_str(text),
            Self::Number(Decimal(digits)) => {
                match serde_json::from_str::<serde_json::Number>(digits) {
                    Ok(number) if number.to_string() == *digits => number.serialize(serializer),
                    Ok(_) | Err(_) => serializer.serialize_str(digits),
                }
            }
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Date(_) | Self::Time(_) | Self::DateTime(_) => {
                serializer.serialize_str(self.as_str())
            }
            Self::Money(amount) => MoneyWire {
                amount: amount.decimal().as_str(),
                currency: amount.currency().as_str(),
            }
            .serialize(serializer),
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
