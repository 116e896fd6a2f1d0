//! Vonage's JSON, read so that unknown, missing and misshapen fields hurt nothing beside them.

use serde_json::Value;

/// A JSON value whose absent parts are simply not there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a>(pub(crate) &'a Value);

impl<'a> Node<'a> {
    /// The part at a path such as `whatsapp/sender`.
    pub(crate) fn at(self, path: &str) -> Option<Self> {
        path.split('/')
            .try_fold(self.0, |value, key| value.get(key))
            .map(Node)
    }

    /// A text that is not empty.
    pub(crate) fn text(self, path: &str) -> Option<&'a str> {
        self.at(path)?.0.as_str().filter(|text| !text.is_empty())
    }

    /// A text that is not empty, or a number as text: Vonage writes some fields in both ways.
    pub(crate) fn word(self, path: &str) -> Option<String> {
        match self.at(path)?.0 {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::String(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        }
    }

    /// The items of a list; none where there is no list.
    pub(crate) fn list(self, path: &str) -> impl Iterator<Item = Self> + use<'a> {
        let items = self.at(path).and_then(|node| node.0.as_array());
        items.into_iter().flatten().map(Node)
    }
}

/// Removes U+0000 from every text: no store of ours keeps it, and a STOP must not be lost because of one
/// behind it.
pub(crate) fn drop_nul(value: &mut Value) {
    match value {
        Value::String(text) => text.retain(|character| character != '\0'),
        Value::Array(list) => list.iter_mut().for_each(drop_nul),
        Value::Object(members) => members.values_mut().for_each(drop_nul),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_absent_or_of_another_kind_is_not_there() {
        let value = json!({"a": {"b": "x", "n": 1.5, "e": "", "l": [1, 2]}, "t": "x"});
        let node = Node(&value);
        assert_eq!(node.text("a/b"), Some("x"));
        assert_eq!(node.word("a/n").as_deref(), Some("1.5"));
        for path in ["a", "a/e", "a/l", "a/z", "t/u", ""] {
            assert_eq!(node.text(path), None, "{path}");
            assert_eq!(node.word(path), None, "{path}");
        }
        assert_eq!(node.list("a/l").count(), 2);
        assert_eq!(node.list("a/b").count(), 0);
    }

    #[test]
    fn no_text_keeps_a_nul() {
        let mut value = json!({"a": ["ST\u{0}OP", {"b": "\u{0}"}], "n": 1});
        drop_nul(&mut value);
        assert_eq!(value, json!({"a": ["STOP", {"b": ""}], "n": 1}));
    }
}
