//! From the schemas of OpenAPI to JSON Schema 2020-12, one self-contained document for each.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

use crate::document::{Document, members, reference};

/// How strictly a schema is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Reading {
    /// As it is written: an object may hold what the schema does not mention. For what a provider
    /// sends.
    Published,
    /// An object holds nothing that is not mentioned, unless the schema opens it. For what we send.
    Closed,
}

/// The schema at `pointer` with everything it refers to.
pub(crate) fn translate(document: &Document, pointer: &str, reading: Reading) -> Value {
    let mut translator = Translator {
        document,
        reading,
        names: HashMap::new(),
        pending: Vec::new(),
    };
    let root = translator.refer(pointer, Place::Whole);
    let mut definitions = Map::new();
    while let Some((target, place, name)) = translator.pending.pop() {
        let schema = document.root().pointer(&target).unwrap_or(&Value::Null);
        let schema = translator.schema(schema, place);
        definitions.insert(name, schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": root,
        "$defs": definitions,
    })
}

/// Whether a schema alone says what a value may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    /// It does.
    Whole,
    /// Another schema adds members to the same value, so that this one cannot be closed.
    Part,
}

struct Translator<'a> {
    document: &'a Document,
    reading: Reading,
    names: HashMap<(String, Place), String>,
    pending: Vec<(String, Place, String)>,
}

impl Translator<'_> {
    /// The reference under which the schema at `pointer` stands in the result.
    fn refer(&mut self, pointer: &str, place: Place) -> String {
        let next = self.names.len();
        let key = (pointer.to_owned(), place);
        let name = self.names.entry(key).or_insert_with(|| {
            let name = format!("s{next}");
            self.pending.push((pointer.to_owned(), place, name.clone()));
            name
        });
        format!("#/$defs/{name}")
    }

    fn schema(&mut self, schema: &Value, place: Place) -> Value {
        let Some(object) = schema.as_object() else {
            // `true` and `false`; what is missing takes nothing and is found by a test.
            return Value::Bool(schema.as_bool().unwrap_or(false));
        };
        let mut out = Map::new();
        if let Some(target) = reference(schema) {
            let target = self.refer(target, place);
            out.insert("$ref".to_owned(), Value::String(target));
            if self.document.is_three_zero() {
                // OpenAPI 3.0 ignores what stands beside a reference.
                return Value::Object(out);
            }
        }
        for (keyword, value) in object {
            self.keyword(&mut out, schema, place, keyword, value);
        }
        limits(&mut out);
        if self.reading == Reading::Closed && place == Place::Whole {
            self.close(&mut out, schema);
        }
        if self.document.is_three_zero() && schema["nullable"] == Value::Bool(true) {
            return nullable(out);
        }
        Value::Object(out)
    }

    fn keyword(
        &mut self,
        out: &mut Map<String, Value>,
        schema: &Value,
        place: Place,
        keyword: &str,
        value: &Value,
    ) {
        let translated = match keyword {
            "properties" | "patternProperties" | "dependentSchemas" => members(value)
                .map(|(name, member)| (name.clone(), self.member(member)))
                .collect(),
            "items" | "additionalProperties" | "propertyNames" | "contains" => {
                self.schema(value, Place::Whole)
            }
            "not" | "if" | "then" | "else" => self.schema(value, Place::Part),
            "allOf" => self.schemas(value, Place::Part),
            "anyOf" | "oneOf" => {
                let place = if has_members(schema) {
                    Place::Part
                } else {
                    place
                };
                self.schemas(value, place)
            }
            "type" | "enum" | "const" | "format" | "pattern" | "required" | "minLength"
            | "maxLength" | "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum"
            | "multipleOf" | "minItems" | "maxItems" | "uniqueItems" | "minProperties"
            | "maxProperties" | "dependentRequired" => value.clone(),
            // Notes for readers and generators, and `$ref`, which is done.
            _ => return,
        };
        out.insert(keyword.to_owned(), translated);
    }

    fn member(&mut self, schema: &Value) -> Value {
        let translated = self.schema(schema, Place::Whole);
        if self.reading == Reading::Published && self.document.forgets_null() {
            json!({ "anyOf": [translated, { "type": "null" }] })
        } else {
            translated
        }
    }

    fn schemas(&mut self, list: &Value, place: Place) -> Value {
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter()
            .map(|schema| self.schema(schema, place))
            .collect()
    }

    /// Lets `out` refuse the members that nothing mentions.
    fn close(&self, out: &mut Map<String, Value>, schema: &Value) {
        let is_open = match schema.get("additionalProperties") {
            None => false,
            Some(Value::Bool(true)) => {
                !(self.document.is_open_by_habit() && schema.get("properties").is_some())
            }
            Some(_) => true,
        };
        if is_open || !has_members(schema) {
            return;
        }
        out.entry("type")
            .or_insert_with(|| Value::String("object".to_owned()));
        out.remove("additionalProperties");
        let keyword = if is_composed(schema) {
            "unevaluatedProperties"
        } else {
            "additionalProperties"
        };
        out.insert(keyword.to_owned(), Value::Bool(false));
    }
}

/// Whether `schema` itself says which members an object has, so that its alternatives only add to it.
fn has_members(schema: &Value) -> bool {
    schema.get("properties").is_some()
        || alternatives(schema, &["allOf"])
            .any(|part| reference(part).is_some() || has_members(part))
}

/// Whether parts of `schema` mention members too.
fn is_composed(schema: &Value) -> bool {
    alternatives(schema, &["allOf", "anyOf", "oneOf"])
        .any(|part| reference(part).is_some() || has_members(part))
}

fn alternatives<'a>(schema: &'a Value, keywords: &'a [&str]) -> impl Iterator<Item = &'a Value> {
    keywords
        .iter()
        .filter_map(|keyword| schema.get(keyword)?.as_array())
        .flatten()
}

/// `exclusiveMinimum: true` beside `minimum` is how OpenAPI 3.0 writes an exclusive limit.
fn limits(out: &mut Map<String, Value>) {
    for (exclusive, limit) in [
        ("exclusiveMinimum", "minimum"),
        ("exclusiveMaximum", "maximum"),
    ] {
        match out.get(exclusive) {
            Some(Value::Bool(true)) => {
                out.remove(exclusive);
                if let Some(value) = out.remove(limit) {
                    out.insert(exclusive.to_owned(), value);
                }
            }
            Some(Value::Bool(false)) => {
                out.remove(exclusive);
            }
            _ => {}
        }
    }
}

/// What OpenAPI 3.0 means by `nullable: true`.
fn nullable(mut out: Map<String, Value>) -> Value {
    if out.is_empty() {
        // Takes everything, `null` too.
        return Value::Object(out);
    }
    match out.get_mut("type") {
        Some(name @ Value::String(_)) => {
            *name = json!([name.take(), "null"]);
            if let Some(Value::Array(options)) = out.get_mut("enum")
                && !options.contains(&Value::Null)
            {
                options.push(Value::Null);
            }
            Value::Object(out)
        }
        _ => json!({ "anyOf": [out, { "type": "null" }] }),
    }
}
