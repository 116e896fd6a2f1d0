use crate::value::{read_date, read_time};
use crate::{Amount, Data, Decimal, FieldName, Moment, Value};
use serde::{Deserialize, Serialize};

/// What a template declares about one of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// The key of its value.
    pub name: FieldName,
    /// What its values look like.
    #[serde(rename = "type", default)]
    pub kind: FieldKind,
    /// Whether a message needs a value for it; a field is required unless it says otherwise.
    #[serde(default = "required_unless_said")]
    pub required: bool,
    /// What stands in for an absent or blank value, in every locale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<Value>,
    /// A value for previews and for the provider's reviewers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<Value>,
}

/// What values of a field look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// Anything.
    #[default]
    Text,
    /// A plain decimal number, as a number or in text.
    Number,
    /// A day of the calendar as `YYYY-MM-DD`.
    Date,
    /// A time of day as `HH:MM` or `HH:MM:SS`.
    Time,
    /// A day with a time as `YYYY-MM-DDTHH:MM:SS`, with `Z` or `+01:00` when the zone is known.
    #[serde(rename = "datetime")]
    DateTime,
    /// An amount with its currency, as `10.50 EUR` or `{"amount": "10.50", "currency": "EUR"}`.
    Money,
    /// `true` or `false`.
    Bool,
    /// An address that starts with `https://` or `http://` and has no blanks.
    Url,
}

/// Why data cannot fill the declared fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// Required fields without value or default; give them one.
    #[error("a value is missing for: {}", joined(names))]
    Missing {
        /// The fields, in the order of their declaration.
        names: Vec<FieldName>,
    },
    /// Values of another kind than declared; correct them.
    #[error("the value does not fit the declared type of: {}", joined(names))]
    WrongKind {
        /// The fields, in the order of their declaration.
        names: Vec<FieldName>,
    },
}

fn required_unless_said() -> bool {
    true
}

fn joined(names: &[FieldName]) -> String {
    let names: Vec<&str> = names.iter().map(FieldName::as_str).collect();
    names.join(", ")
}

impl FieldKind {
    /// True when `value` looks like this kind.
    ///
    /// # Examples
    /// ```
    /// use tidings_templates::{FieldKind, Value};
    ///
    /// assert!(FieldKind::Date.accepts(&Value::from("2028-02-29")));
    /// assert!(!FieldKind::Date.accepts(&Value::from("2027-02-29")));
    /// ```
    pub fn accepts(self, value: &Value) -> bool {
        match self {
            Self::Text => true,
            Self::Number => Decimal::parse(value.as_str()).is_ok(),
            Self::Date => read_date(value.as_str()).is_some(),
            Self::Time => read_time(value.as_str()).is_some(),
            Self::DateTime => Moment::parse(value.as_str()).is_ok(),
            Self::Money => Amount::parse(value.as_str()).is_ok(),
            Self::Bool => matches!(value.as_str(), "true" | "false"),
            Self::Url => is_url(value.as_str()),
        }
    }
}

/// Fills `data` up with declared defaults and checks it against the declarations.
///
/// Keys that are not declared stay as they are; rendering judges them. An optional field without
/// value stays absent, for the default in the text.
///
/// # Errors
/// [`BindError`]: values are missing or of the wrong kind.
pub fn bind(fields: &[FieldSpec], mut data: Data) -> Result<Data, BindError> {
    let (mut missing, mut wrong) = (Vec::new(), Vec::new());
    for field in fields {
        let name = field.name.as_str();
        let given = data.get(name).filter(|value| !value.is_blank());
        match (given, &field.default) {
            (Some(value), _) if field.kind.accepts(value) => {}
            (Some(_), _) => wrong.push(field.name.clone()),
            (None, Some(default)) => {
                data.insert(name.to_owned(), default.clone());
            }
            (None, None) if field.required => missing.push(field.name.clone()),
            (None, None) => {
                data.remove(name);
            }
        }
    }
    if !missing.is_empty() {
        return Err(BindError::Missing { names: missing });
    }
    if !wrong.is_empty() {
        return Err(BindError::WrongKind { names: wrong });
    }
    Ok(data)
}

fn is_url(text: &str) -> bool {
    let rest = text
        .strip_prefix("https://")
        .or(text.strip_prefix("http://"));
    rest.is_some_and(|rest| {
        rest.starts_with(|c: char| c.is_alphanumeric() || c == '[')
            && !rest.contains(char::is_whitespace)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data_from_json;
    use serde_json::json;

    fn fields() -> Vec<FieldSpec> {
        serde_json::from_value(json!([
            {"name": "name"},
            {"name": "count", "type": "number", "default": 1},
            {"name": "day", "type": "date", "required": false, "example": "2026-11-21"},
        ]))
        .unwrap()
    }

    #[test]
    fn a_declaration_needs_only_a_name() {
        let [name, _, day] = fields().try_into().unwrap();
        assert_eq!((name.kind, name.required), (FieldKind::Text, true));
        assert!(!day.required);
        assert_eq!(
            serde_json::to_value(name).unwrap(),
            json!({"name": "name", "type": "text", "required": true})
        );
        assert!(serde_json::from_value::<FieldSpec>(json!({"name": "No Name"})).is_err());
    }

    #[test]
    fn defaults_fill_what_is_absent_or_blank() {
        let data = data_from_json(json!({"name": "Ana", "count": "", "day": " "})).unwrap();
        let bound = bind(&fields(), data).unwrap();
        assert_eq!(
            bound,
            data_from_json(json!({"name": "Ana", "count": 1})).unwrap()
        );
    }

    #[test]
    fn every_field_in_want_is_named() {
        let refused = bind(&fields(), Data::new());
        assert!(matches!(refused, Err(BindError::Missing { names }) if joined(&names) == "name"));
        let data =
            data_from_json(json!({"name": "x", "count": "many", "day": "tomorrow"})).unwrap();
        let refused = bind(&fields(), data);
        assert!(
            matches!(refused, Err(BindError::WrongKind { names }) if joined(&names) == "count, day")
        );
    }

    #[test]
    fn kinds_know_their_values() {
        for (kind, good, bad) in [
            (FieldKind::Number, "-1.50", "1,50"),
            (FieldKind::Date, "2024-02-29", "2100-02-29"),
            (FieldKind::Date, "2026-12-31", "2026-13-01"),
            (FieldKind::Date, "2026-04-30", "2026-4-30"),
            (FieldKind::Date, "0001-01-01", "2026-01-00"),
            (FieldKind::Time, "09:30", "9:30"),
            (FieldKind::DateTime, "2026-11-21T09:30Z", "2026-11-21"),
            (FieldKind::Money, "10.50 EUR", "10.50"),
            (FieldKind::Bool, "true", "yes"),
            (
                FieldKind::Url,
                "https://shop.example.com/a?b",
                "shop.example.com",
            ),
            (FieldKind::Url, "http://[::1]/", "https:// x"),
        ] {
            assert!(kind.accepts(&Value::from(good)), "{good}");
            assert!(!kind.accepts(&Value::from(bad)), "{bad}");
        }
    }
}
