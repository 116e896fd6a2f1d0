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
        let keyword = match (keyword, self.reading) {
            // What is open fits more than one alternative.
            ("oneOf", Reading::Published) => "anyOf",
            _ => keyword,
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
    let is_composed = ["allOf", "anyOf", "oneOf"]
        .iter()
        .any(|keyword| out.contains_key(*keyword));
    match out.get_mut("type") {
        Some(name @ Value::String(_)) if !is_composed => {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        document::Source,
        violation::{Rule, Violation},
    };

    /// What is wrong with `value` as `schema`, which stands in a file of OpenAPI `version`.
    fn check(version: &str, schemas: &Value, reading: Reading, value: &Value) -> Vec<Violation> {
        let file = json!({
            "openapi": version,
            "paths": {},
            "components": { "schemas": schemas },
        });
        let text: &'static str = Box::leak(file.to_string().into_boxed_str());
        let document = Document::parse(Source::new("test", text)).unwrap();
        let schema = document
            .schema("/components/schemas/Root", reading)
            .unwrap();
        schema.violations(value, "")
    }

    fn rules(found: &[Violation]) -> Vec<(Rule, &str)> {
        found
            .iter()
            .map(|violation| (violation.rule, violation.place.as_str()))
            .collect()
    }

    #[test]
    fn null_is_what_nullable_allows() {
        let schemas = json!({ "Root": { "type": "object", "properties": {
            "a": { "type": "string", "enum": ["x"], "nullable": true },
            "b": { "nullable": true, "allOf": [{ "$ref": "#/components/schemas/Other" }] },
            "c": { "type": "string" },
            "d": { "nullable": true },
        }}, "Other": { "type": "object" } });
        let value = json!({ "a": null, "b": null, "c": null, "d": null });
        let found = check("3.0.1", &schemas, Reading::Closed, &value);
        assert_eq!(rules(&found), [(Rule::Type, "/c")]);
        // The word has no meaning in 3.1.
        let found = check("3.1.0", &schemas, Reading::Closed, &json!({ "a": null }));
        assert!(!found.is_empty());
    }

    #[test]
    fn an_exclusive_limit_is_a_flag_in_three_zero() {
        let limited = |flag: bool| {
            json!({ "Root": { "type": "number", "minimum": 1, "exclusiveMinimum": flag,
                "maximum": 3, "exclusiveMaximum": flag } })
        };
        for (flag, value, passes) in [
            (true, 1, false),
            (true, 2, true),
            (true, 3, false),
            (false, 1, true),
            (false, 3, true),
            (false, 4, false),
        ] {
            let found = check("3.0.0", &limited(flag), Reading::Published, &json!(value));
            assert_eq!(found.is_empty(), passes, "{flag} {value}");
        }
    }

    #[test]
    fn parts_of_a_whole_are_closed_together() {
        let schemas = json!({
            "Root": {
                "allOf": [
                    { "$ref": "#/components/schemas/Base" },
                    { "type": "object", "properties": { "text": { "type": "string" } } },
                ],
            },
            "Base": { "type": "object", "properties": {
                "to": { "type": "string" },
                "next": { "$ref": "#/components/schemas/Root" },
            }},
        });
        let right =
            json!({ "to": "1", "text": "x", "next": { "to": "2", "next": { "text": "y" } } });
        let found = check("3.1.0", &schemas, Reading::Closed, &right);
        assert_eq!(rules(&found), []);
        let wrong = json!({ "to": "1", "txt": "x", "next": { "too": "2" } });
        let found = check("3.1.0", &schemas, Reading::Closed, &wrong);
        assert!(
            rules(&found).contains(&(Rule::Unknown, "/next/too")),
            "{found:?}"
        );
        assert_eq!(
            rules(&check("3.1.0", &schemas, Reading::Published, &wrong)),
            []
        );
    }

    #[test]
    fn what_is_open_stays_open() {
        let schemas = json!({ "Root": { "type": "object", "properties": {
            "free": { "type": "object" },
            "any": {},
            "map": { "type": "object", "additionalProperties": { "type": "string" } },
            "more": { "type": "object", "properties": { "a": {} }, "additionalProperties": true },
        }}});
        let right = json!({ "free": { "x": 1 }, "any": { "x": 1 }, "map": { "x": "1" },
            "more": { "x": 1 } });
        let found = check("3.1.0", &schemas, Reading::Closed, &right);
        assert_eq!(rules(&found), []);
        let found = check(
            "3.1.0",
            &schemas,
            Reading::Closed,
            &json!({ "map": { "x": 1 } }),
        );
        assert_eq!(rules(&found), [(Rule::Type, "/map/x")]);
    }

    #[test]
    fn words_beside_a_reference_count_from_three_one_on() {
        let schemas = json!({
            "Root": { "$ref": "#/components/schemas/Text", "maxLength": 1 },
            "Text": { "type": "string" },
        });
        let long = json!("xx");
        assert_eq!(rules(&check("3.0.1", &schemas, Reading::Closed, &long)), []);
        let found = check("3.1.0", &schemas, Reading::Closed, &long);
        assert_eq!(rules(&found), [(Rule::Length, "")]);
    }
}
