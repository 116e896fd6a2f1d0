//! The REST protocol: members in the path, the query, headers and a JSON body.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{AwsModel, body, content_type, query::scalar};
use crate::{
    document::{join, members},
    operation::Operation,
    request::Request,
    translate::Reading,
    violation::{Rule, Violation},
};

pub(super) fn check(
    model: &AwsModel,
    request: &Request,
    found: &mut Vec<Violation>,
) -> Result<Operation, Violation> {
    let operation = find(model, request)?;
    let mut input = Input {
        model,
        shape: model.input(&operation.id),
        members: Map::new(),
        places: BTreeMap::new(),
    };
    for (name, text) in &operation.parameters {
        input.add("uri", "/path", name, text, found);
    }
    for (name, text) in request.query() {
        input.add("querystring", "/query", &name, &text, found);
    }
    for (name, described) in members(&model.shape(input.shape)["members"]) {
        if described["location"] == "header" {
            let header = described["locationName"].as_str().unwrap_or(name);
            if let Some(text) = request.header_value(header) {
                input.add("header", "/header", header, text, found);
            }
        }
    }
    input.body(request, found);
    let shape = input.shape;
    let places = input.places;
    let value = Value::Object(input.members);
    for mut violation in model.against(shape, Reading::Closed, &value) {
        violation.place = moved(&violation.place, model, shape, &places);
        found.push(violation);
    }
    Ok(operation)
}

fn find(model: &AwsModel, request: &Request) -> Result<Operation, Violation> {
    let path = request.path();
    let fits: Vec<_> = model
        .routes
        .iter()
        .filter_map(|route| route.fit(path).map(|fit| (route, fit)))
        .collect();
    let Some(best) = fits.iter().map(|(_, fit)| fit.rank.clone()).max() else {
        let message = format!("{} has no path like {path}", model.name());
        return Err(Violation::new(Rule::Path, "/path", message));
    };
    fits.into_iter()
        .filter(|(_, fit)| fit.rank == best)
        .find(|(route, _)| route.method.eq_ignore_ascii_case(&request.method))
        .and_then(|(route, fit)| model.operation(&route.id, fit.parameters))
        .ok_or_else(|| {
            let message = format!("{path} does not take {}", request.method);
            Violation::new(Rule::Method, "/method", message)
        })
}

/// The members that were found so far, under the names of the model.
struct Input<'a> {
    model: &'a AwsModel,
    shape: &'a str,
    members: Map<String, Value>,
    /// Where on the wire the members outside the body stand.
    places: BTreeMap<String, String>,
}

impl Input<'_> {
    /// Adds the text of the member that stands at `location` under the name `name`.
    fn add(
        &mut self,
        location: &str,
        part: &str,
        name: &str,
        text: &str,
        found: &mut Vec<Violation>,
    ) {
        let place = join(part, name);
        let declared = members(&self.model.shape(self.shape)["members"]).find(|(own, member)| {
            let renamed = member["locationName"].as_str().unwrap_or(own);
            member["location"] == location && renamed == name
        });
        let Some((member, described)) = declared else {
            found.push(Violation::new(Rule::Unknown, place, "is not declared"));
            return;
        };
        let shape = self
            .model
            .shape(described["shape"].as_str().unwrap_or_default());
        let is_list = shape["type"] == "list";
        let of = if is_list {
            let items = shape["member"]["shape"].as_str().unwrap_or_default();
            self.model.shape(items)
        } else {
            shape
        };
        let value = scalar(of, text.to_owned());
        self.places.insert(member.clone(), place.clone());
        match self.members.get_mut(member) {
            Some(Value::Array(list)) if is_list => list.push(value),
            Some(_) => found.push(Violation::new(
                Rule::Repeated,
                place,
                "is given more than once",
            )),
            None => {
                let value = if is_list {
                    Value::Array(vec![value])
                } else {
                    value
                };
                self.members.insert(member.clone(), value);
            }
        }
    }

    fn body(&mut self, request: &Request, found: &mut Vec<Violation>) {
        let has_members = members(&self.model.shape(self.shape)["members"])
            .any(|(_, member)| member.get("location").is_none());
        if !has_members {
            if !request.body.is_empty() {
                let message = "the operation takes no body";
                found.push(Violation::new(Rule::Unknown, "/body", message));
            }
            return;
        }
        content_type(request, "application/json", found);
        match body(request, found) {
            Some(Value::Object(fields)) => {
                for (name, value) in fields {
                    let member = &self.model.shape(self.shape)["members"][&name];
                    if member.get("location").is_some() {
                        let message = "does not belong into the body";
                        let place = join("/body", &name);
                        found.push(Violation::new(Rule::Unknown, place, message));
                    } else {
                        self.members.insert(name, value);
                    }
                }
            }
            Some(_) => found.push(Violation::new(Rule::Type, "/body", "is not an object")),
            None => {}
        }
    }
}

/// The place on the wire of what stands at `place` in the input.
fn moved(place: &str, model: &AwsModel, shape: &str, places: &BTreeMap<String, String>) -> String {
    let inside = place.strip_prefix("/body/").unwrap_or_default();
    let (member, rest) = inside.split_once('/').unwrap_or((inside, ""));
    let described = &model.shape(shape)["members"][member];
    let part = match described["location"].as_str() {
        Some("uri") => "/path",
        Some("querystring") => "/query",
        Some("header") => "/header",
        _ => return place.to_owned(),
    };
    let renamed = described["locationName"].as_str().unwrap_or(member);
    let start = places
        .get(member)
        .cloned()
        .unwrap_or_else(|| join(part, renamed));
    if rest.is_empty() {
        start
    } else {
        format!("{start}/{rest}")
    }
}
