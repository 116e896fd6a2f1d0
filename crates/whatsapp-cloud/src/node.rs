//! Meta's JSON as we read it: unknown, missing and misshapen fields are tolerated everywhere, since Meta
//! changes this API monthly.

use serde_json::Value;
use std::borrow::Cow;

/// A JSON value whose absent parts are simply not there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'a>(pub(crate) &'a Value);

impl<'a> Node<'a> {
    /// The part at a path such as `metadata/phone_number_id`.
    pub(crate) fn at(self, path: &str) -> Option<Self> {
        path.split('/')
            .try_fold(self.0, |value, key| value.get(key))
            .map(Node)
    }

    /// A text that is not empty.
    pub(crate) fn text(self, path: &str) -> Option<&'a str> {
        self.at(path)?.0.as_str().filter(|text| !text.is_empty())
    }

    /// A text or a whole number as text: Meta writes ids both ways.
    pub(crate) fn word(self, path: &str) -> Option<Cow<'a, str>> {
        match self.at(path)?.0 {
            Value::String(text) if !text.is_empty() => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(Cow::Owned(number.to_string())),
            Value::String(_)
            | Value::Null
            | Value::Bool(_)
            | Value::Array(_)
            | Value::Object(_) => None,
        }
    }

    /// The elements of a list; none where there is no list.
    pub(crate) fn list(self, path: &str) -> impl Iterator<Item = Node<'a>> + use<'a> {
        self.at(path)
            .and_then(|node| node.0.as_array())
            .into_iter()
            .flatten()
            .map(Node)
    }
}

/// No store of ours keeps U+0000, and a STOP must not be lost because of one behind it.
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
    fn absent_and_misshapen_parts_are_not_there() {
        let value = json!({"a": {"b": "c", "n": 7, "e": ""}, "l": [1, 2]});
        let node = Node(&value);
        assert_eq!(node.text("a/b"), Some("c"));
        assert_eq!(node.word("a/n").as_deref(), Some("7"));
        for path in ["a/e", "a/n", "a/x/y", "l", ""] {
            assert_eq!(node.text(path), None, "{path}");
        }
        assert_eq!(node.list("l").count(), 2);
        assert_eq!(node.list("a").count(), 0);
    }
}
