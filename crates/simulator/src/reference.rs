//! The caller's own reference, where a protocol has room for any names.

use serde_json::Value;

/// Names that callers give it, the best one first.
const NAMES: [&str; 5] = ["att", "attempt", "ref", "reference", "client_reference"];

/// The reference among the members of an object: of one of the usual names, or the only one.
pub(crate) fn of_object(object: &Value) -> Option<String> {
    let object = object.as_object()?;
    let named = NAMES.iter().find_map(|name| object.get(*name));
    let only = || object.values().next().filter(|_| object.len() == 1);
    named.or_else(only)?.as_str().map(str::to_owned)
}

/// The reference among pairs.
pub(crate) fn of_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<String> {
    let object = pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::String(value.to_owned())))
        .collect();
    of_object(&Value::Object(object))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{of_object, of_pairs};

    #[test]
    fn a_usual_name_is_known_and_the_only_one_is_taken() {
        let found = of_object(&json!({"t": "acme", "ref": "msg_1"}));
        assert_eq!(found.as_deref(), Some("msg_1"));
        assert_eq!(of_object(&json!({"mine": "1"})).as_deref(), Some("1"));
        assert_eq!(of_object(&json!({"a": "1", "b": "2"})), None);
        assert_eq!(of_object(&json!(null)), None);
        let found = of_pairs([("ref", "msg_1"), ("att", "att_1")]);
        assert_eq!(found.as_deref(), Some("att_1"));
    }
}
