//! The query protocol: a form whose field names spell out the way into the input.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{AwsModel, content_type};
use crate::{
    document::{join, members},
    operation::Operation,
    request::{Request, pairs},
    translate::Reading,
    violation::{Rule, Violation},
};

pub(super) fn check(
    model: &AwsModel,
    request: &Request,
    found: &mut Vec<Violation>,
) -> Result<Operation, Violation> {
    let mut form = Form {
        model,
        fields: BTreeMap::new(),
    };
    for (name, text) in pairs(&request.body) {
        let place = join("/body", &name);
        if form.fields.insert(name, text).is_some() {
            found.push(Violation::new(
                Rule::Repeated,
                place,
                "is given more than once",
            ));
        }
    }
    let action = form
        .fields
        .remove("Action")
        .ok_or_else(|| Violation::new(Rule::Missing, "/body/Action", "is required"))?;
    let operation = model.only_path(&action, "/body/Action", request)?;
    content_type(request, "application/x-www-form-urlencoded", found);
    let version = model.text("apiVersion");
    match form.fields.remove("Version") {
        Some(given) if given == version => {}
        Some(given) => {
            let message = format!("{given:?} is not {version:?}");
            found.push(Violation::new(Rule::Enum, "/body/Version", message));
        }
        None => found.push(Violation::new(
            Rule::Missing,
            "/body/Version",
            "is required",
        )),
    }
    let shape = model.input(&action);
    let input = form.structure(shape, "").unwrap_or_default();
    found.extend(model.against(shape, Reading::Closed, &Value::Object(input)));
    let left = form.fields.keys().map(|name| {
        let message = "is not declared, or its number does not follow on the one before";
        Violation::new(Rule::Unknown, join("/body", name), message)
    });
    found.extend(left);
    Ok(operation)
}

/// The fields of a form that nobody has read yet.
struct Form<'a> {
    model: &'a AwsModel,
    fields: BTreeMap<String, String>,
}

impl Form<'_> {
    fn value(&mut self, shape: &str, name: &str) -> Option<Value> {
        let described = self.model.shape(shape);
        match described["type"].as_str() {
            Some("structure") => self.structure(shape, name).map(Value::Object),
            Some("list") => self.list(described, name),
            Some("map") => self.map(described, name),
            _ => {
                let text = self.fields.remove(name)?;
                Some(scalar(described, text))
            }
        }
    }

    /// `None` when no field belongs to it.
    fn structure(&mut self, shape: &str, name: &str) -> Option<Map<String, Value>> {
        let mut object = Map::new();
        for (member, described) in members(&self.model.shape(shape)["members"]) {
            let renamed = described["locationName"].as_str().unwrap_or(member);
            let shape = described["shape"].as_str().unwrap_or_default();
            if let Some(value) = self.value(shape, &step(name, renamed)) {
                object.insert(member.clone(), value);
            }
        }
        (!object.is_empty()).then_some(object)
    }

    fn list(&mut self, described: &Value, name: &str) -> Option<Value> {
        if self.fields.get(name).is_some_and(String::is_empty) {
            self.fields.remove(name);
            return Some(Value::Array(Vec::new()));
        }
        let member = &described["member"];
        let shape = member["shape"].as_str().unwrap_or_default();
        let name = if described["flattened"] == Value::Bool(true) {
            name.to_owned()
        } else {
            step(name, member["locationName"].as_str().unwrap_or("member"))
        };
        let items: Vec<Value> = (1..)
            .map_while(|number| self.value(shape, &format!("{name}.{number}")))
            .collect();
        (!items.is_empty()).then_some(Value::Array(items))
    }

    fn map(&mut self, described: &Value, name: &str) -> Option<Value> {
        let (key, value) = (&described["key"], &described["value"]);
        let key_name = key["locationName"].as_str().unwrap_or("key");
        let value_name = value["locationName"].as_str().unwrap_or("value");
        let value_shape = value["shape"].as_str().unwrap_or_default();
        let mut object = Map::new();
        for number in 1.. {
            let entry = format!("{name}.entry.{number}");
            let Some(key) = self.fields.remove(&step(&entry, key_name)) else {
                break;
            };
            let value = self.value(value_shape, &step(&entry, value_name));
            object.insert(key, value.unwrap_or(Value::Null));
        }
        (!object.is_empty()).then_some(Value::Object(object))
    }
}

fn step(name: &str, next: &str) -> String {
    if name.is_empty() {
        next.to_owned()
    } else {
        format!("{name}.{next}")
    }
}

/// The value that `text` stands for; one that does not read stays a text and is refused later.
pub(super) fn scalar(shape: &Value, text: String) -> Value {
    let read = match shape["type"].as_str() {
        Some("boolean") => text.parse().ok().map(Value::Bool),
        Some("integer" | "long") => text.parse::<i64>().ok().map(Value::from),
        Some("float" | "double") => text.parse::<f64>().ok().map(Value::from),
        _ => None,
    };
    read.unwrap_or(Value::String(text))
}
