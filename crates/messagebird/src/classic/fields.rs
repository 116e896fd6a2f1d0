use crate::{callback::query, json::without_nul};
use serde_json::{Map, Value};
use tidings_messaging::{CallbackRequest, Unreadable};
use url::form_urlencoded;

/// The fields of a callback, wherever they are: in the query, in a form, or in JSON.
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, String)>);

/// More than any callback has; what comes behind is left alone.
const MOST: usize = 200;

impl Fields {
    pub(super) fn of(request: &CallbackRequest) -> Result<Self, Unreadable> {
        let mut fields = Self(Vec::new());
        let first = request.body.iter().find(|byte| !byte.is_ascii_whitespace());
        match first {
            Some(b'{' | b'[') => {
                let body: Value =
                    serde_json::from_slice(&request.body).map_err(|error| Unreadable {
                        context: "a callback of MessageBird is no JSON".into(),
                        source: Some(error.into()),
                    })?;
                fields.add_json(&body, true);
            }
            Some(_) => fields.add_form(&request.body),
            None => {}
        }
        // What the body says comes before what stands in the address.
        fields.add_form(query(request).as_bytes());
        Ok(fields)
    }

    /// A field that is present and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self
            .0
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())?;
        Some(value)
    }

    /// The first of these fields that is present and not empty.
    pub(super) fn first(&self, names: &[String]) -> Option<&str> {
        names.iter().find_map(|name| self.get(name))
    }

    fn add(&mut self, name: &str, value: &str) {
        if self.0.len() < MOST {
            // No store of ours keeps U+0000, and a STOP must not be lost because of one behind it.
            self.0.push((without_nul(name), without_nul(value)));
        }
    }

    fn add_form(&mut self, form: &[u8]) {
        for (name, value) in form_urlencoded::parse(form).take(MOST) {
            self.add(&name, &value);
        }
    }

    /// Takes the texts and numbers of an object, and those of the objects in it behind them.
    fn add_json(&mut self, value: &Value, is_outer: bool) {
        let nothing = Map::new();
        let object = value.as_object().unwrap_or(&nothing);
        for (name, value) in object {
            match value {
                Value::String(text) => self.add(name, text),
                Value::Number(number) => self.add(name, &number.to_string()),
                Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {}
            }
        }
        if is_outer {
            for inner in object.values().filter(|inner| inner.is_object()) {
                self.add_json(inner, false);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use time::OffsetDateTime;

    fn fields(query: &str, body: &str) -> Result<Fields, Unreadable> {
        Fields::of(&CallbackRequest {
            method: "POST".into(),
            url: format!("https://hooks.example.com/c{query}"),
            headers: Vec::new(),
            body: Bytes::copy_from_slice(body.as_bytes()),
            received_at: OffsetDateTime::UNIX_EPOCH,
        })
    }

    #[test]
    fn fields_are_read_wherever_they_are() {
        for (query, body) in [
            ("?id=m1&body=Hi+there", ""),
            ("", "id=m1&body=Hi%20there"),
            ("", r#"{"id": "m1", "body": "Hi there"}"#),
            (
                "",
                r#" {"id": "m1", "incomingMessage": {"body": "Hi there", "id": "m2"}}"#,
            ),
            ("?body=other", r#"{"id": "m1", "body": "Hi there"}"#),
        ] {
            let fields = fields(query, body).unwrap();
            assert_eq!(fields.get("id"), Some("m1"), "{query} {body}");
            assert_eq!(fields.get("body"), Some("Hi there"), "{query} {body}");
        }
    }

    #[test]
    fn numbers_are_texts_and_empty_fields_are_absent() {
        let fields = fields("?a=", r#"{"recipient": 12025550123, "b": "", "c": null}"#).unwrap();
        assert_eq!(fields.get("recipient"), Some("12025550123"));
        assert_eq!(
            (fields.get("a"), fields.get("b"), fields.get("c")),
            (None, None, None)
        );
        let names = ["b".to_owned(), "recipient".to_owned()];
        assert_eq!(fields.first(&names), Some("12025550123"));
    }

    #[test]
    fn nul_is_left_out() {
        let read = fields("?body=STOP%00", "").unwrap();
        assert_eq!(read.get("body"), Some("STOP"));
        let read = fields("", r#"{"body": "ST\u0000OP"}"#).unwrap();
        assert_eq!(read.get("body"), Some("STOP"));
    }

    #[test]
    fn broken_json_is_told() {
        assert!(fields("", r#"{"id": "#).is_err());
        assert!(fields("", &"[".repeat(1_000)).is_err());
    }
}
