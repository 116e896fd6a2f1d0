use super::world::World;
use crate::{error::ApiError, openapi};
use serde_json::Value;
use std::collections::BTreeSet;

/// Every route of the contract that this version serves.
const CONTRACT: &[&str] = &[
    "GET /healthz",
    "GET /readyz",
    "GET /openapi.json",
    "GET /docs",
    "POST /v1/contacts",
    "GET /v1/contacts",
    "GET /v1/contacts/{id}",
    "PATCH /v1/contacts/{id}",
    "DELETE /v1/contacts/{id}",
    "GET /v1/contacts/{id}/export",
    "GET /v1/contacts/{id}/preferences",
    "PUT /v1/contacts/{id}/preferences",
    "POST /v1/contacts/{id}/merge",
    "POST /v1/contacts/{id}/consent",
    "GET /v1/contacts/{id}/consent",
    "GET /v1/contacts/{id}/consent/export",
    "GET /v1/providers",
    "POST /v1/provider-accounts",
    "GET /v1/provider-accounts",
    "GET /v1/provider-accounts/{id}",
    "PATCH /v1/provider-accounts/{id}",
    "DELETE /v1/provider-accounts/{id}",
    "POST /v1/provider-accounts/{id}/test",
    "GET /v1/provider-accounts/{id}/health",
    "POST /v1/messages",
    "POST /v1/messages/bulk",
    "GET /v1/messages",
    "GET /v1/messages/{id}",
    "GET /v1/messages/{id}/explain",
    "GET /v1/messages/{id}/fallback",
    "POST /v1/messages/{id}/cancel",
    "PATCH /v1/messages/{id}",
    "POST /v1/messages/{id}/retry",
    "GET /v1/automations",
    "PUT /v1/automations",
    "GET /v1/conversations",
    "GET /v1/conversations/{id}",
    "PATCH /v1/conversations/{id}",
    "GET /v1/conversations/{id}/messages",
    "POST /v1/conversations/{id}/reply",
    "POST /v1/conversations/{id}/read",
    "GET /v1/conversations/{id}/notes",
    "POST /v1/conversations/{id}/notes",
    "GET /v1/queue/stats",
    "GET /v1/dead-letters",
    "GET /v1/queue/stats",
    "GET /v1/dead-letters",
    "POST /v1/segments",
    "POST /callbacks/{provider}/{token}",
    "GET /callbacks/{provider}/{token}",
    "GET /v1/templates",
    "POST /v1/templates",
    "POST /v1/templates/{id}/submit",
    "POST /v1/templates/{id}/withdraw",
    "POST /v1/templates/sync",
    "GET /v1/template-listings",
    "GET /v1/whatsapp/accounts",
    "GET /v1/whatsapp/accounts/{id}",
    "POST /v1/whatsapp/accounts/{id}/subscribe",
    "POST /v1/whatsapp/accounts/{id}/register",
    "GET /v1/whatsapp/accounts/{id}/profile",
    "PATCH /v1/whatsapp/accounts/{id}/profile",
    "GET /v1/templates/{id}",
    "PATCH /v1/templates/{id}",
    "DELETE /v1/templates/{id}",
    "POST /v1/templates/{id}/preview",
    "POST /v1/media",
    "GET /v1/media/{id}",
    "DELETE /v1/media/{id}",
    "GET /media/{tenant}/{file}",
    "GET /v1/quick-replies",
    "POST /v1/quick-replies",
    "GET /v1/quick-replies/{id}",
    "PATCH /v1/quick-replies/{id}",
    "DELETE /v1/quick-replies/{id}",
    "GET /v1/tenant",
    "PATCH /v1/tenant",
    "PUT /v1/sources/{type}/{id}",
    "GET /v1/stream",
    "POST /v1/webhook-endpoints",
    "GET /v1/webhook-endpoints",
    "GET /v1/webhook-endpoints/{id}",
    "PATCH /v1/webhook-endpoints/{id}",
    "DELETE /v1/webhook-endpoints/{id}",
    "POST /v1/webhook-endpoints/{id}/rotate-secret",
    "POST /v1/webhook-endpoints/{id}/test",
    "GET /v1/webhook-endpoints/{id}/deliveries",
    "POST /v1/webhook-endpoints/{id}/replay",
    "GET /v1/twilio-facade",
    "POST /v1/twilio-facade/auth-token",
    "POST /2010-04-01/Accounts/{AccountSid}/Messages.json",
    "GET /2010-04-01/Accounts/{AccountSid}/Messages.json",
    "GET /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}",
    "POST /2010-04-01/Accounts/{AccountSid}/Messages/{Sid}",
];

fn operations(document: &Value) -> BTreeSet<String> {
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| -> Vec<String> {
        let methods = item.as_object().unwrap().keys();
        methods
            .map(|method| format!("{} {path}", method.to_uppercase()))
            .collect()
    };
    paths.iter().flat_map(of_path).collect()
}

#[test]
fn the_document_holds_exactly_the_contract() {
    let document = serde_json::to_value(openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let expected: BTreeSet<String> = CONTRACT.iter().map(|&route| route.to_owned()).collect();
    assert_eq!(operations(&document), expected);
}

#[test]
fn every_operation_says_who_may_call_it_and_what_it_fails_with() {
    let document = serde_json::to_value(openapi()).unwrap();
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = format!("{method} {path}");
            assert!(
                operation["summary"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{name}"
            );
            let id = operation["operationId"].as_str().unwrap();
            assert!(names.insert(id.to_owned()), "{name}");
            let answers = operation["responses"].as_object().unwrap();
            for answer in answers.values() {
                assert!(
                    answer["description"]
                        .as_str()
                        .is_some_and(|text| !text.is_empty()),
                    "{name}"
                );
            }
            let is_twilio_s = path.starts_with("/2010-04-01");
            assert_eq!(
                answers.contains_key("401"),
                path.starts_with("/v1") || is_twilio_s,
                "{name}"
            );
            let (media_type, form) = if is_twilio_s {
                ("application/json", "#/components/schemas/TwilioError")
            } else {
                ("application/problem+json", "#/components/schemas/Problem")
            };
            for (status, answer) in answers.iter().filter(|(status, _)| status.starts_with('4')) {
                let schema = &answer["content"][media_type]["schema"]["$ref"];
                assert_eq!(schema, form, "{name} {status}");
            }
        }
    }
    assert_eq!(
        document["components"]["securitySchemes"]["key"]["scheme"],
        "bearer"
    );
}

#[test]
fn every_reference_in_the_document_leads_somewhere() {
    fn references(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    found.insert(target.clone());
                }
                members
                    .values()
                    .for_each(|member| references(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let document = serde_json::to_value(openapi()).unwrap();
    let mut found = BTreeSet::new();
    references(&document, &mut found);
    assert!(found.contains("#/components/schemas/Problem"));
    for target in found {
        let pointer = target.trim_start_matches('#');
        assert!(document.pointer(pointer).is_some(), "{target}");
    }
}

#[test]
fn schemas_have_names_of_their_own() {
    let document = serde_json::to_value(openapi()).unwrap();
    let schemas = document["components"]["schemas"].as_object().unwrap();
    // Names of Rust types would collide between files without notice.
    for name in schemas.keys() {
        assert!(!name.ends_with("View") && !name.ends_with("Body"), "{name}");
    }
    for name in [
        "Message",
        "Contact",
        "Part",
        "ReadyPart",
        "Decision",
        "ProviderAccount",
        "Listed_Message",
    ] {
        assert!(schemas.contains_key(name), "{name}");
    }
}

#[test]
fn a_code_stands_once_in_the_table() {
    let samples = ApiError::samples();
    let codes: BTreeSet<&str> = samples.iter().map(|error| error.explained().code).collect();
    assert_eq!(codes.len(), samples.len());
}

#[tokio::test]
async fn the_document_is_served_with_a_page_that_reads_it() {
    let world = World::new().await;
    let served = world.get_as("", "/openapi.json").await.expect(200).body;
    assert_eq!(served, serde_json::to_value(openapi()).unwrap());
    let page = world.get_as("", "/docs").await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(
        page.header("content-security-policy")
            .contains("default-src 'none'")
    );
    assert!(page.text.contains("/openapi.json"));
    assert!(!page.text.contains("http://") && !page.text.contains("https://"));
}
