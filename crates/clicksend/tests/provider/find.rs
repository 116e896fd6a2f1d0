use crate::support::{
    FROM, ID, REFERENCE, TO, access, account, attempt, clicksend, number, on, page, refusal,
    requests, success, with,
};
use serde_json::{Value, json};
use tidings_kernel::{Channel, Money};
use tidings_messaging::{Found, Provider as _, Receipt, StatusQuery};
use tidings_routing::Class;
use time::macros::datetime;
use wiremock::{MockServer, ResponseTemplate};

pub(crate) const SMS: &str = "/v3/sms/history";
pub(crate) const MMS: &str = "/v3/mms/history";

/// An attempt of which only our reference is known.
pub(crate) fn query() -> StatusQuery {
    StatusQuery {
        attempt: attempt(),
        started_at: datetime!(2026-07-15 15:00 UTC),
        provider_message_id: None,
        channel: Channel::Sms,
        from: FROM.into(),
        to: number(TO),
        text: "Ready".into(),
        taken: Vec::new(),
    }
}

fn by_id() -> StatusQuery {
    StatusQuery {
        provider_message_id: Some(ID.into()),
        ..query()
    }
}

/// A message in the history, sent a second after the attempt was begun.
pub(crate) fn entry() -> Value {
    json!({
        "direction": "out", "date": 1_784_127_601, "to": TO, "body": "Ready", "status": "Queued",
        "from": FROM, "schedule": "1784127600", "status_code": null, "status_text": null,
        "error_code": null, "error_text": null, "message_id": ID, "message_parts": 1,
        "message_price": null, "from_email": null, "list_id": null, "custom_string": REFERENCE,
        "contact_id": null, "user_id": 10, "subaccount_id": 20, "country": "US", "carrier": "",
        "first_name": null, "last_name": null, "_api_username": "acme-sms"
    })
}

pub(crate) fn accepted() -> Found {
    Found::There {
        provider_message_id: ID.into(),
        receipt: None,
        error: None,
        cost: None,
    }
}

/// A ClickSend with these histories.
pub(crate) async fn keeping(sms: &[Value], mms: &[Value]) -> MockServer {
    let server = MockServer::start().await;
    on(&server, "GET", SMS, success(&page(sms, 1, 1))).await;
    on(&server, "GET", MMS, success(&page(mms, 1, 1))).await;
    on(&server, "GET", "/v3/account", success(&account())).await;
    server
}

pub(crate) async fn find_at(server: &MockServer, query: &StatusQuery) -> Found {
    let found = clicksend(&server.uri()).find(&access(), query).await;
    // Every question is one that the specification knows.
    assert!(!requests(server).await.is_empty());
    found.unwrap()
}

async fn find(sms: &[Value], mms: &[Value], query: &StatusQuery) -> Found {
    find_at(&keeping(sms, mms).await, query).await
}

/// The questions that were asked.
async fn asked(server: &MockServer) -> Vec<String> {
    let requests = requests(server).await;
    let asked = requests.iter().map(|request| {
        let fields = request.url.query_pairs();
        let fields = fields.map(|(name, value)| format!(" {name}={value}"));
        request.url.path().to_owned() + &fields.collect::<String>()
    });
    asked.collect()
}

#[tokio::test]
async fn a_known_message_is_read_with_its_status_and_price() {
    let delivered = json!({
        "status": "Sent", "status_code": "201", "error_code": "4", "message_price": "0.079200"
    });
    let server = keeping(&[with(&entry(), &delivered)], &[]).await;
    let expected = Found::There {
        provider_message_id: ID.into(),
        receipt: Some(Receipt::Delivered),
        error: None,
        cost: Some(Money::parse("0.0792", "AUD").unwrap()),
    };
    assert_eq!(find_at(&server, &by_id()).await, expected);
    assert_eq!(
        asked(&server).await,
        [
            format!("{SMS} q=message_id:{ID} page=1 limit=100"),
            "/v3/account".to_owned(),
        ]
    );
}

#[tokio::test]
async fn a_message_that_only_waits_has_no_receipt() {
    for status in ["Queued", "Scheduled", "WaitApproval", "Something new"] {
        let found = find(&[with(&entry(), &json!({"status": status}))], &[], &by_id()).await;
        assert_eq!(found, accepted(), "{status}");
    }
}

#[tokio::test]
async fn a_failure_is_explained_by_the_table() {
    let failed = json!({
        "status": "Failed", "status_code": 301, "error_code": 19,
        "error_text": "Anti-spam rejected +12025550123", "message_price": "0.000000"
    });
    match find(&[with(&entry(), &failed)], &[], &by_id()).await {
        Found::There {
            receipt: Some(Receipt::Failed),
            error: Some(error),
            cost: None,
            ..
        } => {
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Content, "19")
            );
            assert_eq!(error.detail, "Anti-spam rejected +…23");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_price_that_cannot_be_read_does_not_hide_the_status() {
    let sent = json!({"status": "Sent", "message_price": "0.00000001"});
    let expected = Found::There {
        provider_message_id: ID.into(),
        receipt: Some(Receipt::Sent),
        error: None,
        cost: None,
    };
    assert_eq!(
        find(&[with(&entry(), &sent)], &[], &by_id()).await,
        expected
    );
    let server = MockServer::start().await;
    let priced = with(
        &entry(),
        &json!({"status": "Sent", "message_price": "0.07"}),
    );
    on(&server, "GET", SMS, success(&page(&[priced], 1, 1))).await;
    on(&server, "GET", "/v3/account", refusal(403, "FORBIDDEN")).await;
    assert_eq!(find_at(&server, &by_id()).await, expected);
}

#[tokio::test]
async fn a_message_that_no_list_shows_is_told_by_its_receipt() {
    let server = keeping(&[], &[]).await;
    let receipt = json!({
        "timestamp_send": 1_784_127_601, "timestamp": 1_784_127_607, "message_id": ID.to_lowercase(),
        "status_code": 201, "status_text": "Success: Message received on handset.",
        "error_code": null, "error_text": null, "custom_string": REFERENCE, "subaccount_id": 20,
        "message_type": "mms", "digits": null
    });
    on(
        &server,
        "GET",
        &format!("/v3/sms/receipts/{ID}"),
        success(&receipt),
    )
    .await;
    let expected = Found::There {
        provider_message_id: ID.into(),
        receipt: Some(Receipt::Delivered),
        error: None,
        cost: None,
    };
    assert_eq!(find_at(&server, &by_id()).await, expected);
}

#[tokio::test]
async fn a_receipt_may_know_more_than_the_history() {
    let sent = with(
        &entry(),
        &json!({"status": "Sent", "message_price": "0.07"}),
    );
    let found = |receipt| Found::There {
        provider_message_id: ID.into(),
        receipt: Some(receipt),
        error: None,
        cost: Some(Money::parse("0.07", "AUD").unwrap()),
    };
    for (receipt, expected) in [
        (
            success(&json!({"message_id": ID, "status_code": 201})),
            found(Receipt::Delivered),
        ),
        (
            success(&json!({"message_id": ID, "status_code": 200, "error_code": 1})),
            found(Receipt::Sent),
        ),
        (success(&Value::Null), found(Receipt::Sent)),
        (ResponseTemplate::new(503), found(Receipt::Sent)),
        (
            success(&json!({
                "message_id": ID, "status_code": 201,
                "custom_string": "att_00000000000000000000000008"
            })),
            Found::CannotTell,
        ),
    ] {
        let server = keeping(std::slice::from_ref(&sent), &[]).await;
        on(&server, "GET", &format!("/v3/sms/receipts/{ID}"), receipt).await;
        assert_eq!(find_at(&server, &by_id()).await, expected);
    }
}

#[tokio::test]
async fn an_mms_without_a_receipt_is_told_by_its_history() {
    for receipt in [
        success(&Value::Null),
        success(&json!([])),
        success(&json!({"message_id": "another", "status_code": 201})),
        success(&json!({"message_id": ID, "status_code": null})),
        refusal(404, "NOT_FOUND"),
    ] {
        let failed = json!({"status": "Failed", "status_code": "301", "date": "1784127601"});
        let server = keeping(&[], &[with(&entry(), &failed)]).await;
        on(&server, "GET", &format!("/v3/sms/receipts/{ID}"), receipt).await;
        match find_at(&server, &by_id()).await {
            Found::There {
                receipt: Some(Receipt::Failed),
                error: Some(error),
                ..
            } => assert_eq!(error.provider_code, "301"),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_message_that_was_taken_is_never_called_absent() {
    let server = keeping(&[], &[]).await;
    assert_eq!(find_at(&server, &by_id()).await, Found::CannotTell);
    assert_eq!(asked(&server).await.len(), 3);
}

#[tokio::test]
async fn an_id_that_carries_another_attempt_s_reference_is_not_trusted() {
    let other = json!({"custom_string": "att_00000000000000000000000008", "status": "Sent"});
    let found = find(&[with(&entry(), &other)], &[], &by_id()).await;
    assert_eq!(found, Found::CannotTell);
}

#[tokio::test]
async fn a_lost_message_is_known_by_our_reference() {
    let server = keeping(&[entry()], &[]).await;
    assert_eq!(find_at(&server, &query()).await, accepted());
    assert_eq!(
        asked(&server).await,
        [format!(
            "{SMS} q=to:{TO} date_from=1784127540 page=1 limit=100"
        )]
    );
    let requests = requests(&server).await;
    let raw = requests[0].url.query().unwrap();
    assert!(raw.starts_with("q=to%3A%2B12025550123&"), "{raw}");
}

#[tokio::test]
async fn our_reference_is_enough_whatever_else_has_changed() {
    for changed in [
        json!({"body": "Something else"}),
        json!({"to": null, "from": "+12025550199"}),
        json!({"date": null}),
        json!({"date": 1}),
    ] {
        let found = find(&[with(&entry(), &changed)], &[], &query()).await;
        assert_eq!(found, accepted(), "{changed}");
    }
}

#[tokio::test]
async fn a_lost_mms_is_known_by_our_reference_or_by_its_text() {
    let without = json!({"custom_string": "", "body": " Ready\n", "date": "1784127601"});
    for entry in [entry(), with(&entry(), &without)] {
        assert_eq!(find(&[], &[entry], &query()).await, accepted());
    }
}

#[tokio::test]
async fn the_earliest_of_several_alike_is_ours() {
    let bare = with(&entry(), &json!({"custom_string": null}));
    let later = with(
        &bare,
        &json!({"date": 1_784_127_609, "message_id": "LATER"}),
    );
    for entries in [[bare.clone(), later.clone()], [later, bare]] {
        assert_eq!(find(&[], &entries, &query()).await, accepted());
    }
}

#[tokio::test]
async fn a_clicksend_that_cannot_answer_is_asked_again_later() {
    for answer in [
        ResponseTemplate::new(503),
        refusal(429, "TOO_MANY_REQUESTS"),
        refusal(401, "UNAUTHORIZED"),
        refusal(200, "FORBIDDEN"),
        refusal(404, "NOT_FOUND"),
        success(&Value::Null),
        ResponseTemplate::new(200).set_body_string("<html>Welcome</html>"),
    ] {
        let server = MockServer::start().await;
        on(&server, "GET", SMS, answer).await;
        let clicksend = clicksend(&server.uri());
        assert!(clicksend.find(&access(), &query()).await.is_err());
        assert!(clicksend.find(&access(), &by_id()).await.is_err());
    }
}
