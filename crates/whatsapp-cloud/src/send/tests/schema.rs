//! As much of JSON Schema 2020-12 as the description of Meta's send call uses. A keyword or pattern that
//! this does not know fails the test, so nothing passes unexamined.

use serde_json::{Map, Value};

/// Why `value` is not a body for the send call; empty if it is one.
pub(super) fn problems(value: &Value) -> Vec<String> {
    let root: Value =
        serde_json::from_str(include_str!("../../../tests/send.schema.json")).unwrap();
    Schema { root: &root }.check(&root, value, "")
}

struct Schema<'a> {
    root: &'a Value,
}

impl Schema<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let schema = schema.as_object().unwrap();
        schema
            .iter()
            .flat_map(|(keyword, rule)| self.keyword(keyword, rule, schema, value, at))
            .collect()
    }

    fn keyword(
        &self,
        keyword: &str,
        rule: &Value,
        schema: &Map<String, Value>,
        value: &Value,
        at: &str,
    ) -> Vec<String> {
        let matching = |rules: &Value| {
            let rules = rules.as_array().unwrap().iter();
            rules
                .filter(|rule| self.check(rule, value, at).is_empty())
                .count()
        };
        let length = || value.as_str().map(|text| text.chars().count() as u64);
        let count = || value.as_array().map(|list| list.len() as u64);
        let limit = || rule.as_u64().unwrap();
        let holds = match keyword {
            "$schema" | "$defs" => true,
            "$ref" => {
                let target = rule.as_str().unwrap().strip_prefix('#').unwrap();
                return self.check(self.root.pointer(target).unwrap(), value, at);
            }
            "properties" => return self.properties(rule, value, at),
            "items" => {
                let list = value.as_array().into_iter().flatten().enumerate();
                return list
                    .flat_map(|(index, item)| self.check(rule, item, &format!("{at}/{index}")))
                    .collect();
            }
            "oneOf" => matching(rule) == 1,
            "anyOf" => matching(rule) >= 1,
            "type" => is_of_type(rule.as_str().unwrap(), value),
            "enum" => rule.as_array().unwrap().contains(value),
            "required" => {
                let names = rule.as_array().unwrap();
                names
                    .iter()
                    .all(|name| value.get(name.as_str().unwrap()).is_some())
            }
            "additionalProperties" => {
                assert_eq!(rule, false, "only closed objects are known here");
                let known = schema["properties"].as_object().unwrap();
                value
                    .as_object()
                    .is_none_or(|fields| fields.keys().all(|name| known.contains_key(name)))
            }
            "minLength" => length().is_none_or(|length| length >= limit()),
            "maxLength" => length().is_none_or(|length| length <= limit()),
            "minItems" => count().is_none_or(|count| count >= limit()),
            "maxItems" => count().is_none_or(|count| count <= limit()),
            "minimum" => value.as_u64().is_none_or(|number| number >= limit()),
            "maximum" => value.as_u64().is_none_or(|number| number <= limit()),
            "pattern" => value
                .as_str()
                .is_none_or(|text| fits(rule.as_str().unwrap(), text)),
            other => panic!("the keyword {other} is not known here"),
        };
        if holds {
            Vec::new()
        } else {
            vec![format!("{at}: {keyword} {rule}")]
        }
    }

    fn properties(&self, rules: &Value, value: &Value, at: &str) -> Vec<String> {
        let fields = rules.as_object().unwrap().iter();
        fields
            .filter_map(|(name, rule)| Some((name, rule, value.get(name)?)))
            .flat_map(|(name, rule, field)| self.check(rule, field, &format!("{at}/{name}")))
            .collect()
    }
}

fn is_of_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        other => panic!("the type {other} is not known here"),
    }
}

fn fits(pattern: &str, text: &str) -> bool {
    let all = |text: &str, is_good: fn(u8) -> bool| !text.is_empty() && text.bytes().all(is_good);
    match pattern {
        "^https?://" => text.starts_with("http://") || text.starts_with("https://"),
        "^[0-9]$" => text.len() == 1 && all(text, |byte| byte.is_ascii_digit()),
        "^[a-z0-9_]+$" => all(text, |byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_'
        }),
        "^[a-z]{2,3}([_-][A-Za-z0-9]+)?$" => {
            let (language, region) = text.split_at(text.find(['_', '-']).unwrap_or(text.len()));
            (2..=3).contains(&language.len())
                && all(language, |byte| byte.is_ascii_lowercase())
                && (region.is_empty() || all(&region[1..], |byte| byte.is_ascii_alphanumeric()))
        }
        other => panic!("the pattern {other} is not known here"),
    }
}

#[test]
fn the_schema_refuses_what_meta_refuses() {
    let good = serde_json::json!({
        "messaging_product": "whatsapp", "to": "+12025550123", "type": "text", "text": {"body": "Hi"},
    });
    assert_eq!(problems(&good), Vec::<String>::new());
    for (pointer, bad) in [
        ("/text/body", Value::from("")),
        ("/text/body", Value::from("x".repeat(4097))),
        ("/text/body", Value::from(1)),
        ("/text", serde_json::json!({"body": "Hi", "color": "red"})),
        ("/text", serde_json::json!({})),
        ("/type", Value::from("image")),
        ("/messaging_product", Value::from("sms")),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(pointer).unwrap() = bad;
        assert!(!problems(&body).is_empty(), "{body}");
    }
}
