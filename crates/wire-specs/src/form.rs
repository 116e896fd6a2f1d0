//! Text values of forms, queries, paths and headers as the JSON values that their schemas describe.

use serde_json::{Map, Number, Value};

use crate::{
    document::{Document, Node, join, reference},
    violation::{Rule, Violation},
};

/// The JSON types that a schema lets a value have.
#[derive(Default)]
struct Kinds<'a>(Vec<&'a str>);

/// The fields of a form as one object; a field of a list may be repeated.
pub(crate) fn object(
    document: &Document,
    schema: &Node<'_>,
    fields: &[(String, String)],
    place: &str,
    found: &mut Vec<Violation>,
) -> Value {
    let mut object = Map::new();
    for (name, text) in fields {
        let declared = document
            .child(schema, "properties")
            .and_then(|properties| document.child(&properties, name));
        let items = declared.as_ref().and_then(|node| list_of(document, node));
        match (items, object.get_mut(name)) {
            (Some(items), Some(Value::Array(list))) => {
                list.push(value(document, Some(&items), text));
            }
            (Some(items), _) => {
                let first = value(document, Some(&items), text);
                object.insert(name.clone(), Value::Array(vec![first]));
            }
            (None, Some(_)) => found.push(Violation::new(
                Rule::Repeated,
                join(place, name),
                "is given more than once",
            )),
            (None, None) => {
                object.insert(name.clone(), value(document, declared.as_ref(), text));
            }
        }
    }
    Value::Object(object)
}

/// The items of a schema of lists; `None` for any other schema.
pub(crate) fn list_of<'a>(document: &'a Document, schema: &Node<'a>) -> Option<Node<'a>> {
    let kinds = Kinds::of(document, schema.value);
    if !kinds.has("array") || kinds.has("string") {
        return None;
    }
    document
        .child(schema, "items")
        .or_else(|| Some(schema.clone()))
}

/// The value that `text` stands for.
///
/// A text that does not read as its schema's type stays a text, which the schema then refuses.
pub(crate) fn value(document: &Document, schema: Option<&Node<'_>>, text: &str) -> Value {
    let kinds = schema.map(|schema| Kinds::of(document, schema.value));
    kinds.unwrap_or_default().read(text)
}

impl<'a> Kinds<'a> {
    fn of(document: &'a Document, schema: &'a Value) -> Self {
        let mut kinds = Self::default();
        kinds.add(document, schema, 0);
        kinds
    }

    fn add(&mut self, document: &'a Document, schema: &'a Value, depth: usize) {
        // A schema may refer to itself.
        if depth > 8 {
            return;
        }
        if let Some(target) = reference(schema).and_then(|target| document.root().pointer(target)) {
            self.add(document, target, depth + 1);
        }
        match &schema["type"] {
            Value::String(name) => self.0.push(name),
            Value::Array(names) => self.0.extend(names.iter().filter_map(Value::as_str)),
            _ => {}
        }
        for keyword in ["anyOf", "oneOf", "allOf"] {
            for part in schema[keyword].as_array().into_iter().flatten() {
                self.add(document, part, depth + 1);
            }
        }
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    fn read(&self, text: &str) -> Value {
        let read = match text {
            _ if self.has("string") => None,
            "true" | "false" if self.has("boolean") => Some(Value::Bool(text == "true")),
            _ if self.has("integer") || self.has("number") => number(text, self.has("number")),
            _ if self.has("object") => serde_json::from_str(text).ok().filter(Value::is_object),
            _ => None,
        };
        read.unwrap_or_else(|| Value::String(text.to_owned()))
    }
}

fn number(text: &str, may_be_fraction: bool) -> Option<Value> {
    if let Ok(whole) = text.parse::<i64>() {
        return Some(Value::from(whole));
    }
    let fraction: f64 = text.parse().ok().filter(|_| may_be_fraction)?;
    Number::from_f64(fraction).map(Value::Number)
}
