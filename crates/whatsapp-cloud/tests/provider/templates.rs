use crate::support::{
    NUMBER, WABA, access, access_without, answering, meta_error, on_the_wire, only_request,
    whatsapp,
};
use serde_json::{Value, json};
use tidings_messaging::{ManageError, RemoteTemplate, TemplateDraft, TemplateSync as _};
use tidings_routing::Class;
use tidings_templates::{ApprovalStatus, Category, Component, Formats, Quality, for_review};
use wiremock::{
    Mock, MockServer, ResponseTemplate,
    matchers::{method, path, query_param},
};

const ID: &str = "594425479261596";

fn components() -> Value {
    json!([
        {"type": "HEADER", "format": "TEXT", "text": "Order {{order_no}}",
            "example": {"header_text_named_params": [{"param_name": "order_no", "example": "A-1"}]}},
        {"type": "BODY", "text": "Hi {{first_name}}, your order ships today.",
            "example": {"body_text_named_params": [{"param_name": "first_name", "example": "Ana"}]}},
        {"type": "FOOTER", "text": "Reply STOP to opt out"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Stop updates"},
            {"type": "URL", "text": "Track", "url": "https://shop.example.com/t/{{1}}", "example": ["A-1"]},
        ]},
    ])
}

fn draft_of(category: Category, components: &Value) -> TemplateDraft {
    let components: Vec<Component> = serde_json::from_value(components.clone()).unwrap();
    let ready = for_review(&components, &[], &Formats::of("en_US")).unwrap();
    TemplateDraft {
        name: "order_update".into(),
        locale: "en-US".into(),
        category,
        format: ready.format,
        components: ready.components,
    }
}

fn draft() -> TemplateDraft {
    draft_of(Category::Utility, &components())
}

fn info(status: &str) -> Value {
    json!({
        "id": ID, "name": "order_update", "language": "en_US", "status": status,
        "category": "UTILITY", "parameter_format": "NAMED", "components": components(),
        "quality_score": {"score": "YELLOW", "date": 1_789_000_000}, "rejected_reason": "NONE"
    })
}

fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

#[tokio::test]
async fn a_template_is_made_and_reviewed() {
    let server = answering(ok(
        &json!({"id": ID, "status": "PENDING", "category": "MARKETING"}),
    ))
    .await;
    let made = whatsapp(&server.uri())
        .create(&access(), &draft())
        .await
        .unwrap();
    let expected = RemoteTemplate {
        id: ID.into(),
        name: "order_update".into(),
        locale: "en-US".into(),
        // Not the one asked for.
        category: Some(Category::Marketing),
        status: ApprovalStatus::Pending,
        word: "PENDING".into(),
        rejection_reason: None,
        quality: None,
        components: None,
    };
    assert_eq!(made, expected);
    let (request, operation) = only_request(&server).await;
    assert_eq!(
        (operation.id(), operation.parameter("waba_id")),
        ("createTemplate", Some(WABA))
    );
    let body: Value = request.body_json().unwrap();
    let expected = json!({
        "name": "order_update", "language": "en_US", "category": "UTILITY",
        "parameter_format": "NAMED", "components": components()
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_one_time_code_has_no_text_of_ours() {
    let code = json!([
        {"type": "BODY", "add_security_recommendation": true},
        {"type": "FOOTER", "code_expiration_minutes": 10},
        {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copy"}]},
    ]);
    let server = answering(ok(&json!({"id": ID}))).await;
    let draft = draft_of(Category::Authentication, &code);
    let made = whatsapp(&server.uri())
        .create(&access(), &draft)
        .await
        .unwrap();
    assert_eq!(made.status, ApprovalStatus::Pending);
    let (request, _) = only_request(&server).await;
    let body: Value = request.body_json().unwrap();
    assert_eq!(
        (&body["category"], &body["components"]),
        (&json!("AUTHENTICATION"), &code)
    );
}

#[tokio::test]
async fn where_a_template_stands_is_read_whole() {
    let server = answering(ok(&info("APPROVED"))).await;
    let adapter = whatsapp(&server.uri());
    let found = adapter.status(&access(), ID).await.unwrap();
    assert_eq!(
        (found.status, found.quality),
        (ApprovalStatus::Approved, Some(Quality::Yellow))
    );
    assert_eq!(
        (found.locale.as_str(), found.rejection_reason),
        ("en_US", None)
    );
    assert_eq!(
        serde_json::to_value(found.components).unwrap(),
        components()
    );
    let (_, operation) = only_request(&server).await;
    assert_eq!(
        (operation.id(), operation.parameter("node_id")),
        ("getNode", Some(ID))
    );

    let mut rejected = info("REJECTED");
    rejected["rejected_reason"] = json!("INVALID_FORMAT");
    // A carousel has no components here.
    rejected["components"] = json!([{"type": "CAROUSEL", "cards": []}]);
    let server = answering(ok(&rejected)).await;
    let found = whatsapp(&server.uri())
        .submit(&access(), ID, &draft())
        .await
        .unwrap();
    assert_eq!(found.status, ApprovalStatus::Rejected);
    assert_eq!(found.rejection_reason.as_deref(), Some("INVALID_FORMAT"));
    assert_eq!(found.components, None);
}

#[tokio::test]
async fn all_templates_are_listed_page_by_page() {
    let page = json!({
        "data": [info("APPROVED"), info("PAUSED"), info("PENDING_DELETION"), {"odd": 1}],
        "paging": {"cursors": {"before": "B", "after": "A"}, "next": "https://graph.facebook.com/x"}
    });
    let server = answering(ok(&page)).await;
    let first = whatsapp(&server.uri()).list(&access(), None).await.unwrap();
    assert_eq!(
        (first.templates.len(), first.next.as_deref()),
        (2, Some("A"))
    );
    assert_eq!(only_request(&server).await.1.id(), "listTemplates");
    // The last page has a cursor and no next page.
    let page = json!({"data": [], "paging": {"cursors": {"after": "A"}}});
    let server = answering(ok(&page)).await;
    let last = whatsapp(&server.uri())
        .list(&access(), Some("A".to_owned()))
        .await
        .unwrap();
    assert_eq!((last.templates.len(), last.next), (0, None));
    let (request, _) = only_request(&server).await;
    assert!(
        request
            .url
            .query_pairs()
            .any(|pair| pair == ("after".into(), "A".into()))
    );
}

/// A server that has the template in this state, and takes changes of it.
async fn with_template(status: &str, category: &str) -> MockServer {
    let server = MockServer::start().await;
    let mut found = info(status);
    found["category"] = json!(category);
    Mock::given(method("GET"))
        .respond_with(ok(&found))
        .mount(&server)
        .await;
    Mock::given(method("POST"))
        .and(path(format!("/v25.0/{ID}")))
        .respond_with(ok(&json!({"success": true})))
        .expect(1)
        .mount(&server)
        .await;
    server
}

#[tokio::test]
async fn a_change_replaces_all_components_and_a_category_that_may_change() {
    for (status, category, changes_category) in [
        ("REJECTED", "MARKETING", true),
        ("REJECTED", "UTILITY", false),
        ("APPROVED", "MARKETING", false),
    ] {
        let server = with_template(status, category).await;
        let edited = whatsapp(&server.uri())
            .edit(&access(), ID, &draft())
            .await
            .unwrap();
        assert_eq!(edited.word, status);
        let requests = server.received_requests().await.unwrap();
        assert_eq!(requests.len(), 3);
        assert_eq!(on_the_wire(&requests[1]).id(), "postNode");
        let mut expected = json!({"components": components()});
        if changes_category {
            expected["category"] = json!("UTILITY");
        }
        let body: Value = requests[1].body_json().unwrap();
        assert_eq!(body, expected, "{status} {category}");
    }
}

#[tokio::test]
async fn one_language_is_removed_and_one_that_is_gone_is_no_error() {
    let server = answering(ok(&json!({"success": true}))).await;
    whatsapp(&server.uri())
        .remove(&access(), ID, "order_update")
        .await
        .unwrap();
    let (request, operation) = only_request(&server).await;
    assert_eq!(operation.id(), "deleteTemplate");
    let pairs: Vec<_> = request.url.query_pairs().into_owned().collect();
    assert!(pairs.contains(&("hsm_id".into(), ID.into())), "{pairs:?}");
    assert!(
        pairs.contains(&("name".into(), "order_update".into())),
        "{pairs:?}"
    );

    let gone = |words: &str| {
        ResponseTemplate::new(400).set_body_json(json!({"error": {
            "message": words, "type": "GraphMethodException", "code": 100
        }}))
    };
    let missing = "Unsupported get request. Object with ID '1' does not exist";
    let server = MockServer::start().await;
    Mock::given(method("DELETE"))
        .and(query_param("hsm_id", ID))
        .respond_with(gone("Invalid parameter"))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(gone(missing))
        .mount(&server)
        .await;
    whatsapp(&server.uri())
        .remove(&access(), ID, "order_update")
        .await
        .unwrap();

    // It is there, and Meta does not want to.
    let server = MockServer::start().await;
    Mock::given(method("DELETE"))
        .respond_with(gone("Invalid parameter"))
        .mount(&server)
        .await;
    Mock::given(method("GET"))
        .respond_with(ok(&info("DISABLED")))
        .mount(&server)
        .await;
    let kept = whatsapp(&server.uri())
        .remove(&access(), ID, "order_update")
        .await;
    assert!(matches!(kept, Err(ManageError::Refused(_))), "{kept:?}");
}

#[tokio::test]
async fn what_went_wrong_is_told_by_what_to_do() {
    let create = async |answer: ResponseTemplate| {
        let server = answering(answer).await;
        whatsapp(&server.uri()).create(&access(), &draft()).await
    };
    let refused =
        ResponseTemplate::new(400).set_body_json(meta_error(2_388_299, "No variable first"));
    match create(refused).await {
        Err(ManageError::Refused(error)) => {
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Content, "2388299")
            );
        }
        other => panic!("{other:?}"),
    }
    let mut resting = meta_error(100, "Invalid parameter");
    resting["error"]["error_subcode"] = json!(2_388_023);
    let resting = ResponseTemplate::new(400).set_body_json(resting);
    match create(resting).await {
        Err(ManageError::Refused(error)) => assert!(error.advice.contains("30 days"), "{error:?}"),
        other => panic!("{other:?}"),
    }
    for lost in [
        ResponseTemplate::new(500),
        ResponseTemplate::new(200).set_body_string("<html>"),
        ok(&json!({"error": {"message": "odd"}})),
    ] {
        let lost = create(lost).await;
        assert!(matches!(lost, Err(ManageError::Unknown(_))), "{lost:?}");
    }
    let server = answering(ResponseTemplate::new(502)).await;
    let asked = whatsapp(&server.uri()).status(&access(), ID).await;
    assert!(matches!(asked, Err(ManageError::NotAsked(_))), "{asked:?}");
    let server = MockServer::start().await;
    for id in ["", "../me", NUMBER.repeat(3).as_str()] {
        let asked = whatsapp(&server.uri()).status(&access(), id).await;
        assert!(matches!(asked, Err(ManageError::NotThere)), "{asked:?}");
    }
    let access = access_without("waba_id");
    let asked = whatsapp(&server.uri()).list(&access, None).await;
    assert!(
        matches!(asked, Err(ManageError::Credential { .. })),
        "{asked:?}"
    );
    assert!(server.received_requests().await.unwrap().is_empty());
}
