//! What a request owes its operation: parameters, credentials, body.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    document::{Document, Node, join, members},
    form, multipart,
    request::{Request, pairs},
    route::Route,
    translate::Reading,
    violation::{Rule, Violation},
};

/// One request beside the operation that it turned out to be.
pub(crate) struct Verdict<'a> {
    document: &'a Document,
    route: &'a Route,
    request: &'a Request,
    operation: Node<'a>,
    found: Vec<Violation>,
}

impl<'a> Verdict<'a> {
    /// Everything that is wrong with `request` as a call of `route`.
    pub(crate) fn of(
        document: &'a Document,
        route: &'a Route,
        path: &BTreeMap<String, String>,
        request: &'a Request,
    ) -> Vec<Violation> {
        let Some(operation) = document.operation(route) else {
            return Vec::new();
        };
        let mut verdict = Self {
            document,
            route,
            request,
            operation,
            found: Vec::new(),
        };
        let parameters = document.parameters(route);
        verdict.path(&parameters, path);
        verdict.headers(&parameters);
        let keys = verdict.credentials();
        verdict.query(&parameters, &keys);
        verdict.body();
        verdict.found
    }

    fn add(&mut self, rule: Rule, place: impl Into<String>, message: impl Into<String>) {
        self.found.push(Violation::new(rule, place, message));
    }

    fn path(&mut self, parameters: &[Node<'_>], path: &BTreeMap<String, String>) {
        for (name, text) in path {
            let declared = parameters
                .iter()
                .find(|node| node.value["in"] == "path" && node.value["name"] == name.as_str());
            let place = join("/path", name);
            match declared {
                Some(parameter) => self.parameter(parameter, &[text], &place),
                None => self.add(Rule::Other, place, "the specification does not describe it"),
            }
        }
    }

    fn headers(&mut self, parameters: &[Node<'_>]) {
        for parameter in parameters {
            if parameter.value["in"] != "header" {
                continue;
            }
            let name = parameter.value["name"].as_str().unwrap_or_default();
            let lower = name.to_ascii_lowercase();
            // OpenAPI has other places for these, and says that such a description does not count.
            if matches!(lower.as_str(), "accept" | "content-type" | "authorization") {
                continue;
            }
            let place = join("/header", &lower);
            match self.request.header_value(name) {
                Some(text) => self.parameter(parameter, &[text], &place),
                None => self.required(parameter, &place),
            }
        }
    }

    fn query(&mut self, parameters: &[Node<'_>], keys: &[String]) {
        let mut given: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, text) in self.request.query() {
            given.entry(name).or_default().push(text);
        }
        for parameter in parameters {
            if parameter.value["in"] != "query" {
                continue;
            }
            let name = parameter.value["name"].as_str().unwrap_or_default();
            let place = join("/query", name);
            match given.remove(name) {
                Some(texts) => {
                    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
                    self.parameter(parameter, &texts, &place);
                }
                None => self.required(parameter, &place),
            }
        }
        let is_known = |name: &String| {
            keys.contains(name) || self.document.has_more_query(&self.route.id, name)
        };
        let unknown: Vec<String> = given.into_keys().filter(|name| !is_known(name)).collect();
        for name in &unknown {
            self.add(Rule::Unknown, join("/query", name), "is not declared");
        }
    }

    fn required(&mut self, parameter: &Node<'_>, place: &str) {
        if parameter.value["required"] == Value::Bool(true) {
            self.add(Rule::Missing, place, "is required");
        }
    }

    /// Checks the texts of one parameter against its schema.
    fn parameter<T: AsRef<str>>(&mut self, parameter: &Node<'_>, texts: &[T], place: &str) {
        let Some(schema) = self.document.child(parameter, "schema") else {
            return;
        };
        let value = if let Some(items) = form::list_of(self.document, &schema) {
            let is_joined = parameter.value["explode"] == Value::Bool(false);
            let texts = texts
                .iter()
                .flat_map(|text| text.as_ref().split(|letter| is_joined && letter == ','));
            texts
                .map(|text| form::value(self.document, Some(&items), text))
                .collect()
        } else {
            if texts.len() > 1 {
                self.add(Rule::Repeated, place, "is given more than once");
            }
            let text = texts.first().map(AsRef::as_ref).unwrap_or_default();
            form::value(self.document, Some(&schema), text)
        };
        self.value(&schema, &value, place);
    }

    /// Checks a value against the schema at `schema`.
    fn value(&mut self, schema: &Node<'_>, value: &Value, place: &str) {
        match self.document.schema(&schema.pointer, Reading::Closed) {
            Ok(compiled) => self.found.extend(compiled.violations(value, place)),
            Err(error) => self.add(Rule::Other, place, error),
        }
    }

    /// Checks that one of the declared ways of showing who calls is used, and returns the names of
    /// query parameters that any of them uses.
    fn credentials(&mut self) -> Vec<String> {
        let root = self.document.root();
        let required = self.operation.value.get("security");
        let required = required.or_else(|| root.get("security"));
        let ways = required.and_then(Value::as_array);
        let Some(ways) = ways.filter(|ways| !ways.is_empty()) else {
            return Vec::new();
        };
        let schemes = &root["components"]["securitySchemes"];
        let is_met = ways
            .iter()
            .any(|way| members(way).all(|(name, _)| self.shows(&schemes[name])));
        if !is_met {
            let names: Vec<String> = ways
                .iter()
                .map(|way| {
                    let names: Vec<&str> = members(way).map(|(name, _)| name.as_str()).collect();
                    names.join(" and ")
                })
                .collect();
            let message = format!("credentials are missing: {}", names.join(" or "));
            self.add(Rule::Missing, "/header/authorization", message);
        }
        ways.iter()
            .flat_map(members)
            .map(|(name, _)| &schemes[name])
            .filter(|scheme| scheme["type"] == "apiKey" && scheme["in"] == "query")
            .filter_map(|scheme| scheme["name"].as_str().map(str::to_owned))
            .collect()
    }

    /// Whether the request carries what `scheme` asks for; whether it is true nobody knows here.
    fn shows(&self, scheme: &Value) -> bool {
        let name = scheme["name"].as_str().unwrap_or_default();
        match (scheme["type"].as_str(), scheme["in"].as_str()) {
            (Some("apiKey"), Some("query")) => {
                self.request.query().iter().any(|(given, _)| given == name)
            }
            (Some("apiKey"), Some("header")) => self.request.header_value(name).is_some(),
            (Some("http"), _) => self.authorization(scheme["scheme"].as_str().unwrap_or_default()),
            (Some("oauth2" | "openIdConnect"), _) => self.authorization("bearer"),
            _ => false,
        }
    }

    fn authorization(&self, scheme: &str) -> bool {
        let header = self.request.header_value("authorization");
        header
            .and_then(|value| value.split_once(' '))
            .is_some_and(|(given, rest)| given.eq_ignore_ascii_case(scheme) && !rest.is_empty())
    }

    fn body(&mut self) {
        let body = self.request.body.as_slice();
        let Some(declared) = self.document.child(&self.operation, "requestBody") else {
            if !body.is_empty() {
                self.add(Rule::Unknown, "/body", "the operation takes no body");
            }
            return;
        };
        if body.is_empty() {
            // An empty form is a form.
            let is_required = declared.value["required"] == Value::Bool(true);
            if self.request.media_type().is_none() {
                if is_required {
                    self.add(Rule::Missing, "/body", "is required");
                }
                return;
            }
        }
        let contents = self
            .document
            .child(&declared, "content")
            .map(|content| self.document.children(&content))
            .unwrap_or_default();
        let Some(given) = self.request.media_type() else {
            self.add(Rule::Missing, "/header/content-type", "is required");
            return;
        };
        let Some((_, content)) = contents.iter().find(|(range, _)| covers(range, &given)) else {
            let known: Vec<&str> = contents.iter().map(|(range, _)| range.as_str()).collect();
            let message = format!("{given} is not taken, only {}", known.join(", "));
            self.add(Rule::Content, "/header/content-type", message);
            return;
        };
        let Some(schema) = self.document.child(content, "schema") else {
            return;
        };
        match self.parse(&given, &schema) {
            Ok(Some(value)) => self.value(&schema, &value, "/body"),
            Ok(None) => {}
            Err(error) => self.add(Rule::Content, "/body", error),
        }
    }

    /// The body as a JSON value; `None` for a type that no schema can describe.
    fn parse(&mut self, media_type: &str, schema: &Node<'_>) -> Result<Option<Value>, String> {
        let body = self.request.body.as_slice();
        let fields = match media_type {
            "application/x-www-form-urlencoded" => pairs(body),
            "multipart/form-data" => {
                let header = self.request.header_value("content-type");
                multipart::parts(header.unwrap_or_default(), body)?
            }
            _ if is_json(media_type) => {
                let value = serde_json::from_slice(body);
                return value.map(Some).map_err(|error| error.to_string());
            }
            _ => return Ok(None),
        };
        let object = form::object(self.document, schema, &fields, "/body", &mut self.found);
        Ok(Some(object))
    }
}

pub(crate) fn is_json(media_type: &str) -> bool {
    media_type == "application/json" || media_type.ends_with("+json")
}

/// Whether the declared range of media types holds `given`.
fn covers(range: &str, given: &str) -> bool {
    let range = crate::request::essence(range);
    match range.strip_suffix('*') {
        Some("*/") => true,
        Some(kind) => given.starts_with(kind),
        None => range == given,
    }
}
