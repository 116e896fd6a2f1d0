//! The examples in the bundled files against the schemas beside them.
//!
//! Nearly a thousand bodies that we did not write. Those that fail are faults of the files, each
//! with a line below.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::{
    document::{Document, Node, join},
    form,
    route::Route,
    spec::Spec,
    translate::Reading,
    violation::Violation,
};

/// What is wrong with examples: file, operation, place of the fault in the body.
const KNOWN: &[(&str, &str, &str)] = &[
    // The schema has no such field, though Twilio's own example uses it.
    (TWILIO, "CreateMessage", "/Tags"),
    // Twilio answers with an empty string where the schema wants an id or null.
    (
        TWILIO,
        "ListIncomingPhoneNumber",
        "/incoming_phone_numbers/0/sms_application_sid",
    ),
    (
        TWILIO,
        "ListIncomingPhoneNumber",
        "/incoming_phone_numbers/0/voice_application_sid",
    ),
    (TWILIO, "FetchIncomingPhoneNumber", "/sms_application_sid"),
    (TWILIO, "FetchIncomingPhoneNumber", "/voice_application_sid"),
    (TWILIO, "UpdateIncomingPhoneNumber", "/sms_application_sid"),
    (
        TWILIO,
        "UpdateIncomingPhoneNumber",
        "/voice_application_sid",
    ),
    // A number for a status that has a name.
    (TWILIO, "UpdateAccount", "/Status"),
];

const TWILIO: &str = "twilio-messaging-core.adapted.openapi.json";

#[test]
fn the_examples_of_the_files_pass() {
    let mut count = 0;
    let mut failed = BTreeSet::new();
    for spec in Spec::all() {
        for document in spec.documents() {
            for route in document.routes() {
                for example in examples_of(document, route) {
                    count += 1;
                    for violation in example.violations(document) {
                        failed.insert((document.file(), route.id.as_str(), violation.place));
                    }
                }
            }
        }
    }
    let known: BTreeSet<_> = KNOWN
        .iter()
        .map(|(file, id, place)| (*file, *id, (*place).to_owned()))
        .collect();
    assert_eq!(failed, known);
    assert!(count > 900, "only {count} examples were found");
}

/// Requests whose schema takes any member.
const OPEN: &[&str] = &["updateNode"];

#[test]
fn a_request_with_one_more_field_is_refused() {
    for spec in Spec::all() {
        for document in spec.documents() {
            for route in document.routes() {
                for example in examples_of(document, route) {
                    let mut value = example.value.clone();
                    let (Reading::Closed, Some(object)) = (example.reading, value.as_object_mut())
                    else {
                        continue;
                    };
                    object.insert("not_declared".to_owned(), Value::Null);
                    let example = Example {
                        value: &value,
                        ..example
                    };
                    let is_refused = example
                        .violations(document)
                        .iter()
                        .any(|violation| violation.place == "/not_declared");
                    assert!(
                        is_refused || OPEN.contains(&route.id.as_str()),
                        "{}",
                        route.id
                    );
                }
            }
        }
    }
}

struct Example<'a> {
    schema: Node<'a>,
    value: &'a Value,
    is_form: bool,
    reading: Reading,
}

impl Example<'_> {
    fn violations(&self, document: &Document) -> Vec<Violation> {
        let mut found = Vec::new();
        let value = match self.value {
            // The example of a form has its texts as they are typed.
            Value::Object(fields) if self.is_form => {
                let texts = |value: &Value| match value {
                    Value::Array(items) => items.iter().map(text).collect(),
                    single => vec![text(single)],
                };
                let fields: Vec<(String, String)> = fields
                    .iter()
                    .flat_map(|(name, value)| {
                        texts(value).into_iter().map(|text| (name.clone(), text))
                    })
                    .collect();
                form::object(document, &self.schema, &fields, "", &mut found)
            }
            // Some files have JSON as a text.
            Value::String(text) => serde_json::from_str(text).unwrap_or(self.value.clone()),
            value => value.clone(),
        };
        let schema = document.schema(&self.schema.pointer, self.reading).unwrap();
        found.extend(schema.violations(&value, ""));
        found
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn examples_of<'a>(document: &'a Document, route: &Route) -> Vec<Example<'a>> {
    let operation = document.operation(route).unwrap();
    let mut found = Vec::new();
    if let Some(body) = document.child(&operation, "requestBody") {
        examples_below(document, &body, Reading::Closed, &mut found);
    }
    let answers = document.child(&operation, "responses").unwrap();
    for (_, answer) in document.children(&answers) {
        examples_below(document, &answer, Reading::Published, &mut found);
    }
    found
}

fn examples_below<'a>(
    document: &'a Document,
    holder: &Node<'a>,
    reading: Reading,
    found: &mut Vec<Example<'a>>,
) {
    for (media_type, content) in children(document, holder, "content") {
        let is_form = media_type.contains("form");
        let Some(schema) = document.child(&content, "schema") else {
            continue;
        };
        if !is_form && !media_type.contains("json") {
            continue;
        }
        let named = children(document, &content, "examples");
        let named = named
            .into_iter()
            .filter_map(|(_, named)| document.child(&named, "value"));
        let all = named.chain(document.child(&content, "example"));
        found.extend(all.map(|example| Example {
            schema: schema.clone(),
            value: example.value,
            is_form,
            reading,
        }));
    }
}

fn children<'a>(document: &'a Document, node: &Node<'a>, key: &str) -> Vec<(String, Node<'a>)> {
    document
        .node(&join(&node.pointer, key))
        .map(|child| document.children(&child))
        .unwrap_or_default()
}
