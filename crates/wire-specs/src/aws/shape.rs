//! From the shapes of a model to JSON Schema 2020-12.

use serde_json::{Map, Value, json};

use super::Protocol;
use crate::{document::members, translate::Reading};

/// Standard base64 with its padding, as AWS writes bytes.
const BASE64: &str = "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$";

/// The schema of `shape` with everything it refers to.
pub(super) fn translate(root: &Value, shape: &str, protocol: Protocol, reading: Reading) -> Value {
    let mut definitions = Map::new();
    let mut pending = vec![shape.to_owned()];
    while let Some(name) = pending.pop() {
        if definitions.contains_key(&name) {
            continue;
        }
        let shape = &root["shapes"][&name];
        let schema = Translator {
            root,
            protocol,
            reading,
        }
        .schema(shape);
        pending.extend(referred(shape).map(str::to_owned));
        definitions.insert(name, schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/$defs/{shape}"),
        "$defs": definitions,
    })
}

/// The shapes that `shape` is made of.
fn referred(shape: &Value) -> impl Iterator<Item = &str> {
    members(&shape["members"])
        .map(|(_, member)| member)
        .chain(["member", "key", "value"].map(|part| &shape[part]))
        .filter_map(|part| part["shape"].as_str())
}

struct Translator<'a> {
    root: &'a Value,
    protocol: Protocol,
    reading: Reading,
}

impl Translator<'_> {
    fn schema(&self, shape: &Value) -> Value {
        let mut out = match shape["type"].as_str().unwrap_or_default() {
            "structure" => return self.structure(shape),
            "list" => json!({ "type": "array", "items": refer(&shape["member"]) }),
            "map" => json!({
                "type": "object",
                "propertyNames": refer(&shape["key"]),
                "additionalProperties": refer(&shape["value"]),
            }),
            "string" => return string(shape),
            "blob" => return blob(shape),
            "boolean" => json!({ "type": "boolean" }),
            "integer" => json!({ "type": "integer", "minimum": i32::MIN, "maximum": i32::MAX }),
            "long" => json!({ "type": "integer", "minimum": i64::MIN, "maximum": i64::MAX }),
            "float" | "double" => json!({ "type": "number" }),
            "timestamp" => return timestamp(self.protocol != Protocol::Query),
            // A type that no bundled model has: nothing fits, and the test of all models tells.
            _ => return Value::Bool(false),
        };
        let (least, most) = match shape["type"].as_str() {
            Some("list") => ("minItems", "maxItems"),
            Some("map") => ("minProperties", "maxProperties"),
            _ => ("minimum", "maximum"),
        };
        limit(&mut out, least, &shape["min"]);
        limit(&mut out, most, &shape["max"]);
        out
    }

    fn structure(&self, shape: &Value) -> Value {
        let properties: Map<String, Value> = members(&shape["members"])
            .map(|(name, member)| (self.wire_name(name, member), self.member(member)))
            .collect();
        let required: Vec<String> = shape["required"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|name| self.wire_name(name, &shape["members"][name]))
            .collect();
        let mut out = json!({ "type": "object", "properties": properties, "required": required });
        if self.reading == Reading::Closed {
            out["additionalProperties"] = Value::Bool(false);
        }
        if shape["union"] == Value::Bool(true) {
            out["minProperties"] = json!(1);
            out["maxProperties"] = json!(1);
        }
        out
    }

    /// The name in a JSON body; a form is read into the names of the model, and so are the
    /// members that stand in a path, a query or a header.
    fn wire_name(&self, name: &str, member: &Value) -> String {
        let renamed = member["locationName"].as_str();
        match renamed {
            Some(renamed) if self.protocol == Protocol::Json => renamed.to_owned(),
            Some(renamed) if self.protocol == Protocol::RestJson => match member.get("location") {
                Some(_) => name.to_owned(),
                None => renamed.to_owned(),
            },
            _ => name.to_owned(),
        }
    }

    fn member(&self, member: &Value) -> Value {
        let shape = member["shape"].as_str().unwrap_or_default();
        let is_timestamp = self.root["shapes"][shape]["type"] == "timestamp";
        if is_timestamp && member.get("location").is_some() {
            return timestamp(false);
        }
        refer(member)
    }
}

fn refer(part: &Value) -> Value {
    let shape = part["shape"].as_str().unwrap_or_default();
    json!({ "$ref": format!("#/$defs/{shape}") })
}

fn limit(out: &mut Value, keyword: &str, value: &Value) {
    if value.is_number() {
        out[keyword] = value.clone();
    }
}

fn string(shape: &Value) -> Value {
    let mut out = json!({ "type": "string" });
    limit(&mut out, "minLength", &shape["min"]);
    limit(&mut out, "maxLength", &shape["max"]);
    if let Some(options) = shape.get("enum") {
        out["enum"] = options.clone();
    }
    if let Some(pattern) = shape["pattern"].as_str() {
        // The service matches the whole value, whether the pattern says so or not.
        out["pattern"] = Value::String(format!("^(?:{pattern})$"));
    }
    out
}

/// Limits of bytes become limits of their base64.
fn blob(shape: &Value) -> Value {
    let mut out = json!({ "type": "string", "pattern": BASE64 });
    for (keyword, key) in [("minLength", "min"), ("maxLength", "max")] {
        if let Some(bytes) = shape[key].as_u64() {
            out[keyword] = json!(bytes.div_ceil(3) * 4);
        }
    }
    out
}

/// JSON bodies have seconds since 1970; queries, paths and forms have RFC 3339.
fn timestamp(is_number: bool) -> Value {
    if is_number {
        json!({ "type": "number" })
    } else {
        json!({ "type": "string", "format": "date-time" })
    }
}
