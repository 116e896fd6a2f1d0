use crate::support::{NUMBER, WABA, access, answering, meta_error, only_request, whatsapp};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tidings_messaging::{
    BusinessProfile, Credentials, ManageError, WhatsappAccount as _, WhatsappNumber,
};
use tidings_routing::Class;
use tidings_templates::Quality;
use wiremock::{MockServer, ResponseTemplate};

fn ok(body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(body)
}

fn done() -> ResponseTemplate {
    ok(&json!({"success": true}))
}

#[tokio::test]
async fn the_profile_is_read() {
    let server = answering(ok(&json!({"data": [{
        "messaging_product": "whatsapp", "about": "Open", "email": "shop@example.com",
        "websites": ["https://example.com/"], "vertical": "RETAIL",
        "profile_picture_url": "https://pps.whatsapp.net/v/1"
    }]})))
    .await;
    let profile = whatsapp(&server.uri()).profile(&access()).await.unwrap();
    let expected = BusinessProfile {
        about: Some("Open".into()),
        email: Some("shop@example.com".into()),
        websites: Some(vec!["https://example.com/".into()]),
        vertical: Some("RETAIL".into()),
        picture_url: Some("https://pps.whatsapp.net/v/1".into()),
        ..BusinessProfile::default()
    };
    assert_eq!(profile, expected);
    let (_, operation) = only_request(&server).await;
    assert_eq!(
        (operation.id(), operation.parameter("phone_number_id")),
        ("getProfile", Some(NUMBER))
    );
}

#[tokio::test]
async fn only_what_is_given_of_a_profile_is_changed() {
    let server = answering(done()).await;
    let change = BusinessProfile {
        about: Some("é".repeat(139)),
        websites: Some(vec![
            "https://example.com/".into(),
            "https://example.org/".into(),
        ]),
        ..BusinessProfile::default()
    };
    whatsapp(&server.uri())
        .set_profile(&access(), &change)
        .await
        .unwrap();
    let (request, operation) = only_request(&server).await;
    assert_eq!(operation.id(), "setProfile");
    let body: Value = request.body_json().unwrap();
    let expected = json!({
        "messaging_product": "whatsapp", "about": "é".repeat(139),
        "websites": ["https://example.com/", "https://example.org/"]
    });
    assert_eq!(body, expected);
}

#[tokio::test]
async fn a_profile_that_is_too_long_is_refused_here() {
    let server = MockServer::start().await;
    let long = |most: usize| Some("x".repeat(most + 1));
    for change in [
        BusinessProfile {
            about: long(139),
            ..BusinessProfile::default()
        },
        BusinessProfile {
            address: long(256),
            ..BusinessProfile::default()
        },
        BusinessProfile {
            description: long(256),
            ..BusinessProfile::default()
        },
        BusinessProfile {
            email: long(128),
            ..BusinessProfile::default()
        },
        BusinessProfile {
            websites: Some(vec!["x".into(); 3]),
            ..BusinessProfile::default()
        },
        BusinessProfile {
            websites: Some(vec!["x".repeat(257)]),
            ..BusinessProfile::default()
        },
    ] {
        let result = whatsapp(&server.uri())
            .set_profile(&access(), &change)
            .await;
        assert!(matches!(result, Err(ManageError::Refused(_))), "{change:?}");
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn all_numbers_of_the_account_are_told() {
    let server = answering(ok(&json!({"data": [
        {"id": NUMBER, "display_phone_number": "+1 555-000-1111", "verified_name": "Shop",
            "status": "CONNECTED", "quality_rating": "GREEN", "name_status": "APPROVED",
            "throughput": {"level": "STANDARD"}, "whatsapp_business_manager_messaging_limit": "TIER_2K"},
        {"id": "222", "display_phone_number": "+1 555-000-2222", "quality_rating": "NA"},
        {"odd": true},
    ], "paging": {"cursors": {"after": "A"}}})))
    .await;
    let numbers = whatsapp(&server.uri()).numbers(&access()).await.unwrap();
    let expected = [
        WhatsappNumber {
            id: NUMBER.into(),
            is_own: true,
            shown: "+1 555-000-1111".into(),
            name: Some("Shop".into()),
            status: Some("CONNECTED".into()),
            quality: Some(Quality::Green),
            name_status: Some("APPROVED".into()),
            messaging_limit: Some("TIER_2K".into()),
            throughput: Some("STANDARD".into()),
        },
        WhatsappNumber {
            id: "222".into(),
            shown: "+1 555-000-2222".into(),
            quality: Some(Quality::Unknown),
            ..WhatsappNumber::default()
        },
    ];
    assert_eq!(numbers, expected);
    let (_, operation) = only_request(&server).await;
    assert_eq!(
        (operation.id(), operation.parameter("waba_id")),
        ("listPhoneNumbers", Some(WABA))
    );
}

#[tokio::test]
async fn the_account_s_own_number_is_told() {
    let server = answering(ok(&json!({
        "id": NUMBER, "display_phone_number": "+1 555-000-1111", "status": "CONNECTED",
        "quality_rating": "RED", "whatsapp_business_manager_messaging_limit": "TIER_NEXT"})))
    .await;
    let number = whatsapp(&server.uri()).number(&access()).await.unwrap();
    let expected = WhatsappNumber {
        id: NUMBER.into(),
        is_own: true,
        shown: "+1 555-000-1111".into(),
        status: Some("CONNECTED".into()),
        quality: Some(Quality::Red),
        messaging_limit: Some("TIER_NEXT".into()),
        ..WhatsappNumber::default()
    };
    assert_eq!(number, expected);
    let (_, operation) = only_request(&server).await;
    assert_eq!(
        (operation.id(), operation.parameter("node_id")),
        ("getNode", Some(NUMBER))
    );
    // What Meta does not say is not known, and another node is not the number.
    let server = answering(ok(&json!({"id": NUMBER}))).await;
    let silent = whatsapp(&server.uri()).number(&access()).await.unwrap();
    assert_eq!((silent.quality, silent.messaging_limit), (None, None));
    for odd in [json!({"id": "222"}), json!({})] {
        let server = answering(ok(&odd)).await;
        let answer = whatsapp(&server.uri()).number(&access()).await;
        assert!(matches!(answer, Err(ManageError::NotAsked(_))), "{odd}");
    }
}

#[test]
fn credentials_serve_another_number_of_the_business() {
    let adapter = whatsapp("http://127.0.0.1:9");
    let other = adapter.for_number(&access().credentials, "222");
    let read = |credentials: &Credentials, name: &str| {
        let found = credentials.get(name).map(ExposeSecret::expose_secret);
        found.map(ToOwned::to_owned)
    };
    assert_eq!(read(&other, "phone_number_id").as_deref(), Some("222"));
    for name in ["access_token", "waba_id", "verify_token"] {
        assert_eq!(
            read(&other, name),
            read(&access().credentials, name),
            "{name}"
        );
    }
    let phrase = adapter.passphrase(&other).unwrap();
    assert_eq!(
        Some(phrase.expose_secret()),
        read(&other, "verify_token").as_deref()
    );
}

#[tokio::test]
async fn a_number_is_registered_with_six_digits() {
    let server = answering(done()).await;
    let adapter = whatsapp(&server.uri());
    for wrong in ["12345", "1234567", "12345a", ""] {
        let result = adapter
            .register(&access(), &SecretString::from(wrong))
            .await;
        assert!(matches!(result, Err(ManageError::Refused(_))), "{wrong}");
    }
    adapter.register(&access(), &"123456".into()).await.unwrap();
    let (request, operation) = only_request(&server).await;
    assert_eq!(operation.id(), "register");
    let body: Value = request.body_json().unwrap();
    assert_eq!(
        body,
        json!({"messaging_product": "whatsapp", "pin": "123456"})
    );
}

#[tokio::test]
async fn the_account_s_own_address_hears_what_happens() {
    let server = answering(done()).await;
    whatsapp(&server.uri()).subscribe(&access()).await.unwrap();
    let (request, operation) = only_request(&server).await;
    assert_eq!(operation.id(), "subscribeApp");
    let body: Value = request.body_json().unwrap();
    let expected = json!({
        "override_callback_uri": access().callback_url, "verify_token": "our-token"
    });
    assert_eq!(body, expected);

    let apps = json!({"data": [
        {"whatsapp_business_api_data": {"id": "1", "name": "Our app", "link": "https://example.com"}},
        {"whatsapp_business_api_data": {"id": "2"}},
    ]});
    let server = answering(ok(&apps)).await;
    let names = whatsapp(&server.uri())
        .subscriptions(&access())
        .await
        .unwrap();
    assert_eq!(names, ["Our app", "2"]);
    assert_eq!(only_request(&server).await.1.id(), "listSubscribedApps");
}

#[tokio::test]
async fn what_went_wrong_is_told_by_what_to_do() {
    let subscribe = async |answer: ResponseTemplate| {
        let server = answering(answer).await;
        whatsapp(&server.uri()).subscribe(&access()).await
    };
    let denied = ResponseTemplate::new(403).set_body_json(meta_error(200, "No permission"));
    match subscribe(denied).await {
        Err(ManageError::Refused(error)) => assert_eq!(error.class, Class::Account),
        other => panic!("{other:?}"),
    }
    for lost in [
        ok(&json!({"success": false})),
        ok(&json!({})),
        ResponseTemplate::new(500),
    ] {
        let lost = subscribe(lost).await;
        assert!(matches!(lost, Err(ManageError::Unknown(_))), "{lost:?}");
    }
    let server = answering(ok(&json!({"data": {}}))).await;
    let adapter = whatsapp(&server.uri());
    assert!(matches!(
        adapter.numbers(&access()).await,
        Err(ManageError::NotAsked(_))
    ));
    assert!(matches!(
        adapter.profile(&access()).await,
        Err(ManageError::NotAsked(_))
    ));
    assert!(matches!(
        adapter.subscriptions(&access()).await,
        Err(ManageError::NotAsked(_))
    ));
}
