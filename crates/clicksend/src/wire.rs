//! ClickSend's JSON, as far as we write and read it. Unknown fields are left alone.
//!
//! Numbers come as texts and texts as numbers (reference, section 1), so everything is read as text.

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use tidings_kernel::AttemptId;
use time::OffsetDateTime;

/// The word for a message that was taken, and for a call that went well.
pub(crate) const SUCCESS: &str = "SUCCESS";

/// The envelope of every answer.
#[derive(Deserialize)]
pub(crate) struct Envelope {
    #[serde(default, deserialize_with = "text")]
    pub(crate) response_code: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) response_msg: Option<String>,
    #[serde(default)]
    pub(crate) data: Value,
}

/// What a call that hands over messages says of one of them.
#[derive(Deserialize)]
pub(crate) struct Handed {
    #[serde(default, deserialize_with = "text")]
    pub(crate) message_id: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) status: Option<String>,
}

/// A message in the history, or its receipt.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Entry {
    #[serde(deserialize_with = "text")]
    pub(crate) message_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) direction: Option<String>,
    /// Unix seconds.
    #[serde(deserialize_with = "text")]
    pub(crate) date: Option<String>,
    /// Unix seconds; the MMS history has it.
    #[serde(deserialize_with = "text")]
    pub(crate) date_added: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) to: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) body: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) status: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) status_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) status_text: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) error_code: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) error_text: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) message_price: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) custom_string: Option<String>,
}

/// One page of a list.
#[derive(Deserialize)]
pub(crate) struct List<T> {
    #[serde(default, deserialize_with = "text")]
    pub(crate) total: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) last_page: Option<String>,
    /// An empty list may lack it.
    pub(crate) data: Option<Vec<T>>,
}

/// A rule that says where receipts or replies go.
#[derive(Deserialize)]
pub(crate) struct Rule {
    #[serde(default, deserialize_with = "text")]
    pub(crate) action: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) action_address: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) enabled: Option<String>,
}

/// An account. Its answer holds the API key in the clear, which is not read.
#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Account {
    #[serde(deserialize_with = "text")]
    pub(crate) user_id: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) username: Option<String>,
    #[serde(rename = "account_name", deserialize_with = "text")]
    pub(crate) name: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) active: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) banned: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) balance: Option<String>,
    #[serde(deserialize_with = "text")]
    pub(crate) on_trial: Option<String>,
    #[serde(rename = "_currency")]
    pub(crate) currency: Option<CurrencyNames>,
    #[serde(rename = "_subaccount")]
    pub(crate) subaccount: Option<Subaccount>,
}

/// The currency of an account.
#[derive(Deserialize)]
pub(crate) struct CurrencyNames {
    #[serde(default, deserialize_with = "text")]
    pub(crate) currency_name_short: Option<String>,
}

/// The user that an API key belongs to.
#[derive(Deserialize)]
pub(crate) struct Subaccount {
    #[serde(default, deserialize_with = "text")]
    pub(crate) subaccount_id: Option<String>,
}

/// The body of `POST /sms/send` and of `POST /mms/send`, with one message: what was refused may come back
/// without anything to recognize it by.
#[derive(Serialize)]
#[serde(untagged)]
pub(crate) enum Send<'a> {
    Sms {
        /// Links are tracked by us, and a shortened one is another text.
        shorten_urls: bool,
        messages: [Sms<'a>; 1],
    },
    Mms {
        media_file: &'a str,
        messages: [Mms<'a>; 1],
    },
}

#[derive(Serialize)]
pub(crate) struct Sms<'a> {
    pub(crate) source: &'static str,
    pub(crate) from: &'a str,
    pub(crate) to: String,
    pub(crate) body: &'a str,
    pub(crate) custom_string: String,
}

#[derive(Serialize)]
pub(crate) struct Mms<'a> {
    pub(crate) source: &'static str,
    pub(crate) from: &'a str,
    pub(crate) to: String,
    pub(crate) subject: &'a str,
    pub(crate) body: &'a str,
    pub(crate) custom_string: String,
}

impl Envelope {
    /// The messages that it speaks of; none where it has no such list.
    ///
    /// `None` if there is a list that cannot be read.
    pub(crate) fn handed(&self) -> Option<Vec<Handed>> {
        match self.data.get("messages") {
            None | Some(Value::Null) => Some(Vec::new()),
            Some(list) => Vec::deserialize(list).ok(),
        }
    }

    /// The data of an answer that says that all went well.
    pub(crate) fn into_data(self) -> Option<Value> {
        (self.response_code.as_deref() == Some(SUCCESS)).then_some(self.data)
    }
}

impl Entry {
    /// Whether it has this id.
    pub(crate) fn has_id(&self, id: &str) -> bool {
        let own = self.message_id.as_deref();
        own.is_some_and(|own| own.eq_ignore_ascii_case(id))
    }

    /// Our reference, if it carries one.
    pub(crate) fn attempt(&self) -> Option<AttemptId> {
        self.custom_string.as_deref()?.trim().parse().ok()
    }

    /// When it was sent.
    pub(crate) fn sent_at(&self) -> Option<OffsetDateTime> {
        self.date
            .as_deref()
            .and_then(instant)
            .or_else(|| self.date_added.as_deref().and_then(instant))
    }
}

impl Account {
    /// The three letters of the currency.
    pub(crate) fn currency(&self) -> Option<&str> {
        self.currency.as_ref()?.currency_name_short.as_deref()
    }
}

/// An instant in Unix seconds.
pub(crate) fn instant(seconds: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::from_unix_timestamp(seconds.trim().parse().ok()?).ok()
}

/// Whether a flag is set.
pub(crate) fn is_set(flag: &str) -> bool {
    matches!(flag, "1" | "true")
}

/// A value as text, without U+0000, which no store of ours keeps. Neither a list nor an object is one.
pub(crate) fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.replace('\0', "")),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Whatever is there as text; nothing where nothing is said.
fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = plain(&Value::deserialize(deserializer)?);
    Ok(text.filter(|text| !text.trim().is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use time::macros::datetime;

    #[test]
    fn numbers_and_texts_are_read_alike() {
        for date in [
            json!(1_790_000_000),
            json!("1790000000"),
            json!(" 1790000000"),
        ] {
            let entry = Entry::deserialize(&json!({"date": date, "message_parts": []})).unwrap();
            assert_eq!(entry.sent_at(), Some(datetime!(2026-09-21 14:13:20 UTC)));
        }
        let entry = json!({"date": "", "date_added": 1_790_000_000, "custom_string": null});
        let entry = Entry::deserialize(&entry).unwrap();
        assert_eq!(entry.sent_at(), Some(datetime!(2026-09-21 14:13:20 UTC)));
        assert_eq!(entry.attempt(), None);
    }

    #[test]
    fn nothing_and_what_has_parts_is_no_text() {
        for nothing in [
            json!(null),
            json!(""),
            json!(" "),
            json!([]),
            json!({}),
            json!("\0"),
        ] {
            let entry = Entry::deserialize(&json!({"message_id": nothing})).unwrap();
            assert_eq!(entry.message_id, None, "{nothing}");
        }
    }

    #[test]
    fn an_instant_is_whole_seconds() {
        for wrong in ["", "yesterday", "1790000000.5", "99999999999999999"] {
            assert_eq!(instant(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn data_are_only_those_of_success() {
        for (code, is_there) in [
            (json!("SUCCESS"), true),
            (json!("FORBIDDEN"), false),
            (json!(null), false),
        ] {
            let envelope = json!({"http_code": 200, "response_code": code, "data": {"total": 0}});
            let envelope = Envelope::deserialize(&envelope).unwrap();
            assert_eq!(envelope.into_data().is_some(), is_there, "{code}");
        }
    }
}
