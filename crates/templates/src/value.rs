use serde::{Deserialize, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;

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
    /// An object; write one field for each of its members.
    #[error("an object is not a value, write one field for each member")]
    Object,
    /// Not `-`, digits, `.`, digits; write it as text.
    #[error("not a plain decimal number, write it as text")]
    Number,
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
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Number(number) => number.as_str(),
            Self::Bool(true) => "true",
            Self::Bool(false) => "false",
        }
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
            serde_json::Value::Object(_) => Err(ValueError::Object),
        }
    }
}

impl Serialize for Value {
    /// A number becomes a JSON number when that keeps every digit, else text.
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
        }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_refused_member_is_named() {
        let refused = data_from_json(json!({"a": null, "b": [1], "c": {}, "d": 1e300, "e": 1}));
        assert_eq!(
            refused,
            Err(DataError::Values(vec![
                ("a".into(), ValueError::Null),
                ("b".into(), ValueError::List),
                ("c".into(), ValueError::Object),
                ("d".into(), ValueError::Number),
            ]))
        );
        assert_eq!(data_from_json(json!([])), Err(DataError::NotAnObject));
    }

    #[test]
    fn numbers_keep_their_digits_through_json() {
        for (digits, written) in [
            ("3", "3"),
            ("-0.5", "-0.5"),
            ("10.50", "\"10.50\""),
            ("007", "\"007\""),
        ] {
            let value = Value::Number(Decimal::parse(digits).unwrap());
            let json = serde_json::to_string(&value).unwrap();
            assert_eq!(json, written);
            assert_eq!(
                serde_json::from_str::<Value>(&json).unwrap().as_str(),
                digits
            );
        }
    }

    #[test]
    fn decimals_have_one_form() {
        for bad in ["", "-", ".5", "5.", "1e3", "+1", "1,5", "--1", "١"] {
            assert_eq!(Decimal::parse(bad), Err(ValueError::Number), "{bad}");
        }
    }
}
