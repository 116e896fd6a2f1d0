use crate::support::{ACCOUNT, access, access_with, answering, only_request, refusal, requests};
use serde_json::{Value, json};
use std::time::Duration;
use tidings_messaging::{ManageError, RemoteTemplate, TemplateDraft, TemplateSync as _};
use tidings_routing::Class;
use tidings_templates::{ApprovalStatus, Category, Formats, for_review};
use tidings_twilio::TwilioContent;
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path},
};

const HX: &str = "HX00000000000000000000000000000005";

fn content(server: &MockServer) -> TwilioContent {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    TwilioContent::new(client, server.uri().parse().unwrap()).with_timeout(Duration::from_secs(2))
}

fn draft(category: Category, components: Value) -> TemplateDraft {
    let components: Vec<_> = serde_json::from_value(components).unwrap();
    let ready = for_review(&components, &[], &Formats::of("en_US")).unwrap();
    TemplateDraft {
        name: "order_update".into(),
        locale: "en-US".into(),
        category,
        format: ready.format,
        components: ready.components,
    }
}

fn body_of(text: &str, examples: &[&str]) -> Value {
    json!({"type": "BODY", "text": text, "example": {"body_text": [examples]}})
}

fn made() -> ResponseTemplate {
    ResponseTemplate::new(201).set_body_json(json!({
        "sid": HX, "account_sid": ACCOUNT, "friendly_name": "order_update", "language": "en_US",
        "variables": {}, "types": {}, "url": format!("https://content.twilio.com/v1/Content/{HX}"),
        "links": {}
    }))
}

fn approval(status: &str) -> Value {
    json!({
        "type": "whatsapp", "name": "order_update", "category": "UTILITY",
        "content_type": "twilio/text", "status": status, "rejection_reason": "",
        "allow_category_change": true
    })
}

fn approvals(status: &str) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "sid": HX, "account_sid": ACCOUNT, "whatsapp": approval(status),
        "url": format!("https://content.twilio.com/v1/Content/{HX}/ApprovalRequests")
    }))
}

/// What Twilio is asked to make of a draft.
async fn created(draft: &TemplateDraft) -> Value {
    let server = answering(made()).await;
    let remote = content(&server).create(&access(), draft).await.unwrap();
    assert_eq!(
        (remote.id.as_str(), remote.status),
        (HX, ApprovalStatus::Draft)
    );
    let request = only_request(&server).await;
    request.body_json().unwrap()
}

async fn types(components: Value) -> Value {
    created(&draft(Category::Utility, components)).await["types"].clone()
}

#[tokio::test]
async fn a_text_is_made_with_examples_for_its_variables() {
    let draft = draft(
        Category::Utility,
        json!([body_of(
            "Hi {{1}}, order {{2}} ships today",
            &["Ana", "A-42"]
        )]),
    );
    let expected = json!({
        "friendly_name": "order_update", "language": "en_US",
        "types": {"twilio/text": {"body": "Hi {{1}}, order {{2}} ships today"}},
        "variables": {"1": "Ana", "2": "A-42"}
    });
    assert_eq!(created(&draft).await, expected);
}

#[tokio::test]
async fn each_shape_has_its_type() {
    let hi = || body_of("Hi", &[]);
    let reply = |text: &str| json!({"type": "QUICK_REPLY", "text": text});
    let call = || json!({"type": "PHONE_NUMBER", "text": "Call", "phone_number": "+12025550100"});
    let buttons = |list: &[Value]| json!({"type": "BUTTONS", "buttons": list});
    let picture = json!({"type": "HEADER", "format": "IMAGE",
        "example": {"header_handle": ["https://cdn.example.com/a.png"]}});
    assert_eq!(
        types(json!([hi(), buttons(&[reply("Yes"), reply("No")])])).await,
        json!({"twilio/quick-reply": {"body": "Hi", "actions": [
            {"type": "QUICK_REPLY", "title": "Yes", "id": "Yes"},
            {"type": "QUICK_REPLY", "title": "No", "id": "No"}]}})
    );
    assert_eq!(
        types(json!([hi(), buttons(&[call()])])).await,
        json!({"twilio/call-to-action": {"body": "Hi", "actions": [
            {"type": "PHONE_NUMBER", "title": "Call", "phone": "+12025550100"}]}})
    );
    assert_eq!(
        types(json!([picture, hi()])).await,
        json!({"twilio/media": {"body": "Hi", "media": ["{{1}}"]}})
    );
    assert_eq!(
        types(json!([hi(), {"type": "FOOTER", "text": "Reply STOP to opt out"}])).await,
        json!({"whatsapp/card": {"body": "Hi", "footer": "Reply STOP to opt out"}})
    );
    assert_eq!(
        types(json!([hi(), buttons(&[reply("Yes"), call()])])).await,
        json!({"whatsapp/card": {"body": "Hi", "actions": [
            {"type": "QUICK_REPLY", "title": "Yes", "id": "Yes"},
            {"type": "PHONE_NUMBER", "title": "Call", "phone": "+12025550100"}]}})
    );
}

#[tokio::test]
async fn variables_are_numbered_through_as_when_a_message_is_sent() {
    let components = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Order {{1}}", "example": {"header_text": ["A-1"]}},
        body_of("Hi {{1}}, it is {{2}}", &["Ana", "ready"]),
        {"type": "BUTTONS", "buttons": [
            {"type": "URL", "text": "Track", "url": "https://shop.example.com/t/{{1}}",
                "example": ["https://shop.example.com/t/A-1"]},
            {"type": "URL", "text": "Home", "url": "https://shop.example.com"},
            {"type": "COPY_CODE", "example": "25OFF"},
        ]},
    ]);
    let body = created(&draft(Category::Marketing, components)).await;
    let expected = json!({"whatsapp/card": {
        "header_text": "Order {{1}}", "body": "Hi {{2}}, it is {{3}}", "actions": [
            {"type": "URL", "title": "Track", "url": "https://shop.example.com/t/{{4}}"},
            {"type": "URL", "title": "Home", "url": "https://shop.example.com"},
            {"type": "COPY_CODE", "title": "Copy code", "code": "{{5}}"},
        ]
    }});
    assert_eq!(body["types"], expected);
    assert_eq!(
        body["variables"],
        json!({"1": "A-1", "2": "Ana", "3": "ready", "4": "A-1", "5": "25OFF"})
    );
}

#[tokio::test]
async fn named_variables_keep_their_names() {
    let components = json!([{"type": "BODY", "text": "Hi {{first_name|there}}"}]);
    let body = created(&draft(Category::Utility, components)).await;
    assert_eq!(body["types"]["twilio/text"]["body"], "Hi {{first_name}}");
    assert_eq!(body["variables"], json!({"first_name": "there"}));
}

#[tokio::test]
async fn a_one_time_code_has_the_texts_of_whatsapp() {
    let components = json!([
        {"type": "BODY", "add_security_recommendation": true},
        {"type": "FOOTER", "code_expiration_minutes": 10},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}]},
    ]);
    let body = created(&draft(Category::Authentication, components)).await;
    let expected = json!({"whatsapp/authentication": {
        "add_security_recommendation": true, "code_expiration_minutes": 10,
        "actions": [{"type": "COPY_CODE", "copy_code_text": "Copy"}]
    }});
    assert_eq!(body["types"], expected);
    assert_eq!(body.get("variables"), None);
}

#[tokio::test]
async fn what_twilio_has_no_type_for_is_refused_here() {
    let server = MockServer::start().await;
    let button =
        |button: Value| json!([body_of("Hi", &[]), {"type": "BUTTONS", "buttons": [button]}]);
    for (components, code) in [
        (
            json!([{"type": "HEADER", "format": "LOCATION"}, body_of("Hi", &[])]),
            "not_carried",
        ),
        (
            button(json!({"type": "FLOW", "text": "Book", "flow_id": "1"})),
            "not_carried",
        ),
        (
            button(json!({"type": "CATALOG", "text": "View"})),
            "not_carried",
        ),
        (
            json!([{"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["4::aW"]}},
                body_of("Hi", &[])]),
            "no_sample",
        ),
    ] {
        let draft = draft(Category::Utility, components);
        match content(&server).create(&access(), &draft).await {
            Err(ManageError::Refused(error)) => {
                assert_eq!(
                    (error.class, error.provider_code.as_str()),
                    (Class::Content, code)
                );
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

fn simple() -> TemplateDraft {
    draft(Category::Utility, json!([body_of("Hi", &[])]))
}

#[tokio::test]
async fn a_content_is_submitted_once() {
    let server = MockServer::start().await;
    let status = format!("/v1/Content/{HX}/ApprovalRequests");
    Mock::given(method("GET"))
        .and(path(&status))
        .respond_with(approvals("unsubmitted"))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .and(path(&status))
        .respond_with(approvals("pending"))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path(format!("{status}/whatsapp")))
        .respond_with(ResponseTemplate::new(201).set_body_json(approval("received")))
        .expect(1)
        .mount(&server)
        .await;
    let submit = async || {
        content(&server)
            .submit(&access(), HX, &simple())
            .await
            .unwrap()
    };
    let expected = RemoteTemplate {
        id: HX.into(),
        name: "order_update".into(),
        locale: "en-US".into(),
        category: Some(Category::Utility),
        status: ApprovalStatus::Pending,
        word: "received".into(),
        rejection_reason: None,
        quality: None,
        components: None,
    };
    assert_eq!(submit().await, expected);
    assert_eq!(submit().await.word, "pending");
    let requests = requests(&server).await;
    assert_eq!(requests.len(), 3);
    let body: Value = requests[1].body_json().unwrap();
    assert_eq!(body, json!({"name": "order_update", "category": "UTILITY"}));
}

#[tokio::test]
async fn a_content_is_changed_asked_for_and_removed() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({"sid": HX}))).await;
    let edited = content(&server)
        .edit(&access(), HX, &simple())
        .await
        .unwrap();
    assert_eq!(edited.status, ApprovalStatus::Draft);
    let request = only_request(&server).await;
    assert_eq!(request.method.as_str(), "PUT");

    let server = answering(approvals("rejected")).await;
    let found = content(&server).status(&access(), HX).await.unwrap();
    assert_eq!(
        (found.status, found.word.as_str()),
        (ApprovalStatus::Rejected, "rejected")
    );
    only_request(&server).await;

    for status in [204, 404] {
        let server = answering(ResponseTemplate::new(status)).await;
        content(&server)
            .remove(&access(), HX, "order_update")
            .await
            .unwrap();
        assert_eq!(only_request(&server).await.method.as_str(), "DELETE");
    }
}

#[tokio::test]
async fn all_contents_are_listed_page_by_page() {
    let next =
        "https://elsewhere.example.com/v1/ContentAndApprovals?PageSize=100&Page=1&PageToken=T1";
    let page = |next: Option<&str>| {
        ResponseTemplate::new(200).set_body_json(json!({
            "contents": [
                {"sid": HX, "friendly_name": "order_update", "language": "en", "variables": {},
                    "types": {"twilio/text": {"body": "Hi"}}, "approval_requests": approval("approved")},
                {"sid": HX, "friendly_name": "hello", "language": "en", "types": {},
                    "approval_requests": {"name": "", "category": "", "status": "unsubmitted"}},
            ],
            "meta": {"page": 0, "next_page_url": next, "key": "contents"}
        }))
    };
    let server = answering(page(Some(next))).await;
    let first = content(&server).list(&access(), None).await.unwrap();
    let names: Vec<_> = (first.templates.iter())
        .map(|it| (it.name.as_str(), it.locale.as_str(), it.status))
        .collect();
    assert_eq!(
        names,
        [
            ("order_update", "en", ApprovalStatus::Approved),
            ("hello", "en", ApprovalStatus::Draft),
        ]
    );
    only_request(&server).await;
    let server = answering(page(None)).await;
    let second = content(&server)
        .list(&access(), first.next.clone())
        .await
        .unwrap();
    assert_eq!(second.next, None);
    let request = only_request(&server).await;
    assert_eq!(
        request.url.query(),
        Some("PageSize=100&Page=1&PageToken=T1")
    );
}

#[tokio::test]
async fn what_went_wrong_is_told_by_what_to_do() {
    let create = async |answer: ResponseTemplate| {
        let server = answering(answer).await;
        let result = content(&server).create(&access(), &simple()).await;
        only_request(&server).await;
        result
    };
    let invalid = ResponseTemplate::new(400).set_body_json(refusal(20_422, "Invalid", 400));
    assert!(matches!(
        create(invalid).await,
        Err(ManageError::Refused(_))
    ));
    for lost in [ResponseTemplate::new(500), ResponseTemplate::new(201)] {
        assert!(matches!(create(lost).await, Err(ManageError::Unknown(_))));
    }
    let server = answering(ResponseTemplate::new(500)).await;
    let asked = content(&server).status(&access(), HX).await;
    assert!(matches!(asked, Err(ManageError::NotAsked(_))), "{asked:?}");
    let server = MockServer::start().await;
    for id in ["HX1", "../Accounts", ""] {
        let asked = content(&server).status(&access(), id).await;
        assert!(matches!(asked, Err(ManageError::NotThere)), "{asked:?}");
    }
    let access = access_with(&[("api_key_sid", "SK1")]);
    let asked = content(&server).list(&access, None).await;
    assert!(
        matches!(asked, Err(ManageError::Credential { .. })),
        "{asked:?}"
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}
