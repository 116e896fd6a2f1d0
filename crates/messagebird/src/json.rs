//! JSON as it comes: what is missing, or of another kind than documented, reads as absent, so that one odd
//! field never hides a STOP.

use serde_json::Value;
use tidings_kernel::Money;
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// A value and what is in it, by JSON pointer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json<'a>(pub(crate) &'a Value);

impl<'a> Json<'a> {
    /// What stands there, unless it is `null`.
    pub(crate) fn at(self, pointer: &str) -> Option<Self> {
        self.0
            .pointer(pointer)
            .filter(|value| !value.is_null())
            .map(Self)
    }

    /// A text that is not empty.
    pub(crate) fn text(self, pointer: &str) -> Option<&'a str> {
        let text = self.0.pointer(pointer)?.as_str()?;
        Some(text).filter(|text| !text.is_empty())
    }

    /// A text without U+0000, which no store of ours keeps.
    pub(crate) fn clean(self, pointer: &str) -> Option<String> {
        self.text(pointer).map(without_nul)
    }

    /// A text, or a number as a text: codes and amounts come as either.
    pub(crate) fn word(self, pointer: &str) -> Option<String> {
        match self.0.pointer(pointer)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// The members of a list; none if it is something else.
    pub(crate) fn list(self, pointer: &str) -> impl Iterator<Item = Self> + use<'a> {
        let list = self.0.pointer(pointer).and_then(Value::as_array);
        list.into_iter().flatten().map(Self)
    }

    /// An instant.
    pub(crate) fn instant(self, pointer: &str) -> Option<OffsetDateTime> {
        instant(self.text(pointer)?)
    }

    /// An amount at `amount` in the currency at `currency`.
    pub(crate) fn money(self, amount: &str, currency: &str) -> Option<Money> {
        money(&self.word(amount)?, self.text(currency)?)
    }
}

/// The text without U+0000.
pub(crate) fn without_nul(text: &str) -> String {
    text.replace('\0', "")
}

/// An instant as RFC 3339 writes it. A plus sign that a query has turned into a blank is put back.
pub(crate) fn instant(text: &str) -> Option<OffsetDateTime> {
    let text = text.replace(' ', "+");
    let instant = OffsetDateTime::parse(&text, &Rfc3339).ok()?;
    // Years beyond the calendar's end when moved to UTC are nobody's.
    instant.checked_to_offset(UtcOffset::UTC)
}

/// An amount of money. One that cannot be read is left out: the status beside it matters more.
pub(crate) fn money(amount: &str, currency: &str) -> Option<Money> {
    match Money::parse(amount, currency) {
        Ok(money) => Some(money),
        Err(error) => {
            tracing::warn!(%error, "the price of a message cannot be read");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::datetime;

    #[test]
    fn what_is_missing_or_odd_is_absent() {
        let value = json!({"a": "x\u{0}y", "b": 7, "c": null, "d": [1, 2], "e": ""});
        let json = Json(&value);
        assert_eq!(json.clean("/a").as_deref(), Some("xy"));
        assert_eq!((json.text("/b"), json.text("/e")), (None, None));
        assert_eq!(json.word("/b").as_deref(), Some("7"));
        assert!(json.at("/c").is_none() && json.at("/z").is_none());
        assert_eq!((json.list("/d").count(), json.list("/a").count()), (2, 0));
    }

    #[test]
    fn instants_are_in_utc_and_survive_a_query() {
        let expected = Some(datetime!(2026-11-20 10:30 UTC));
        for text in [
            "2026-11-20T10:30:00Z",
            "2026-11-20T11:30:00+01:00",
            "2026-11-20T11:30:00 01:00",
        ] {
            assert_eq!(instant(text), expected, "{text}");
        }
        for text in ["", "yesterday", "2026-11-20", "9999-12-31T23:59:59-23:59"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn an_amount_may_be_a_number_and_an_odd_one_is_left_out() {
        let value = json!({"amount": 0.07, "currency": "eur", "odd": "much"});
        let json = Json(&value);
        let money = json.money("/amount", "/currency").unwrap();
        assert_eq!(money.to_string(), "0.07 EUR");
        assert_eq!(json.money("/odd", "/currency"), None);
        assert_eq!(json.money("/amount", "/odd"), None);
    }
}
