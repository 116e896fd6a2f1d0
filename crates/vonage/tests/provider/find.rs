use crate::support::{
    API_KEY, FROM, ID, access, access_with, answering, attempt, only_request, to, vonage,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use tidings_kernel::{Channel, Money};
use tidings_messaging::{Access, Address, Found, Provider as _, Receipt, StatusQuery};
use tidings_routing::Class;
use time::macros::datetime;
use wiremock::{MockServer, Request, ResponseTemplate};

/// The parameters of `GET /v2/reports/records` that we may use: Vonage's specification of reports, 3.1.4.
const PARAMETERS: [&str; 7] = [
    "account_id",
    "product",
    "direction",
    "id",
    "to",
    "date_start",
    "date_end",
];

fn asking() -> Access {
    access_with(&[("reports", "yes")])
}

fn query() -> StatusQuery {
    StatusQuery {
        attempt: attempt(),
        started_at: datetime!(2026-07-15 17:00:00.25 +2),
        provider_message_id: None,
        channel: Channel::Sms,
        from: FROM.into(),
        to: to(),
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

/// A record as Vonage's specification shows it, with members replaced or added.
fn record(members: &Value) -> Value {
    let mut record = json!({
        "account_id": API_KEY, "message_id": ID, "client_ref": attempt().to_string(), "direction": "outbound",
        "from": "12025550100", "to": "12025550123", "provider": "sms", "network": "12345",
        "date_received": "2026-07-15T15:00:01+00:00", "date_finalized": "2026-07-15T15:00:02+00:00",
        "latency": "67", "status": "delivered", "error_code": "0", "currency": "EUR",
        "total_price": "0.03330000", "id": "bbbbbbbb-bbbb-4ccc-8ddd-0123456789ab"
    });
    for (name, value) in members.as_object().unwrap() {
        record[name] = value.clone();
    }
    record
}

fn page(records: &[Value]) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "request_id": "cccccccc-bbbb-4ccc-8ddd-0123456789ab", "request_status": "SUCCESS",
        "received_at": "2026-07-15T15:01:00+00:00", "items_count": records.len(), "product": "MESSAGES",
        "account_id": API_KEY, "records": records
    }))
}

async fn find(answer: ResponseTemplate, query: &StatusQuery) -> (Option<Found>, Request) {
    let server = answering(answer).await;
    let found = vonage(&server.uri()).find(&asking(), query).await;
    (found.ok(), only_request(&server).await)
}

async fn found(records: &[Value], query: &StatusQuery) -> Found {
    find(page(records), query).await.0.unwrap()
}

/// The query, each part of it known to the specification.
fn parameters(request: &Request) -> BTreeMap<String, String> {
    assert_eq!(request.method.as_str(), "GET");
    assert_eq!(request.url.path(), "/v2/reports/records");
    assert!(
        request.headers["authorization"]
            .to_str()
            .unwrap()
            .starts_with("Basic ")
    );
    let pairs: BTreeMap<String, String> = request.url.query_pairs().into_owned().collect();
    for name in pairs.keys() {
        assert!(PARAMETERS.contains(&name.as_str()), "{name}");
    }
    assert_eq!(pairs.len(), request.url.query_pairs().count());
    pairs
}

fn expected(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let pairs = pairs.iter();
    pairs
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[tokio::test]
async fn nobody_is_asked_without_a_yes() {
    let server = MockServer::start().await;
    for query in [query(), by_id()] {
        let found = vonage(&server.uri()).find(&access(), &query).await.unwrap();
        assert_eq!(found, Found::CannotTell);
    }
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_known_id_is_read() {
    let (found, request) = find(page(&[record(&json!({"client_ref": null}))]), &by_id()).await;
    assert_eq!(
        found,
        Some(Found::There {
            provider_message_id: ID.into(),
            receipt: Some(Receipt::Delivered),
            error: None,
            cost: Some(Money::parse("0.0333", "EUR").unwrap()),
        })
    );
    assert_eq!(
        parameters(&request),
        expected(&[
            ("account_id", API_KEY),
            ("product", "MESSAGES"),
            ("direction", "outbound"),
            ("id", ID)
        ])
    );
}

#[tokio::test]
async fn an_unknown_id_is_searched_by_our_reference() {
    let other = record(&json!({
        "message_id": "dddddddd-bbbb-4ccc-8ddd-0123456789ab", "client_ref": "att_00000000000000000000000008"
    }));
    let (found, request) = find(
        page(&[other, record(&json!({"status": "submitted"}))]),
        &query(),
    )
    .await;
    assert!(
        matches!(&found, Some(Found::There { provider_message_id, receipt: Some(Receipt::Sent), .. })
            if provider_message_id == ID),
        "{found:?}"
    );
    assert_eq!(
        parameters(&request),
        expected(&[
            ("account_id", API_KEY),
            ("product", "MESSAGES"),
            ("direction", "outbound"),
            ("to", "12025550123"),
            ("date_start", "2026-07-15T14:59:00Z"),
            ("date_end", "2026-07-15T15:05:00Z"),
        ])
    );
}

#[tokio::test]
async fn people_whom_whatsapp_alone_knows_are_searched_by_their_id() {
    let query = StatusQuery {
        channel: Channel::Whatsapp,
        to: Address::WhatsappUser("US.13491208655302741918".into()),
        ..query()
    };
    let (_, request) = find(page(&[]), &query).await;
    assert_eq!(parameters(&request)["to"], "US.13491208655302741918");
}

#[tokio::test]
async fn a_failure_has_its_code_and_class() {
    let rejected = record(&json!({"status": "rejected", "error_code": "1240"}));
    match found(&[rejected], &by_id()).await {
        Found::There { receipt, error, .. } => {
            let error = error.unwrap();
            assert_eq!(receipt, Some(Receipt::Failed));
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::OptedOut, "1240")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_tells_nothing_about_delivery_is_there_all_the_same() {
    for members in [
        json!({"status": "rejected", "error_code": "1320"}),
        json!({"status": "teleported"}),
        json!({"status": null}),
    ] {
        let found = found(&[record(&members)], &by_id()).await;
        assert!(
            matches!(
                found,
                Found::There {
                    receipt: None,
                    error: None,
                    ..
                }
            ),
            "{members}: {found:?}"
        );
    }
}

#[tokio::test]
async fn a_price_that_cannot_be_read_hides_nothing_else() {
    for members in [
        json!({"total_price": "a lot"}),
        json!({"currency": ""}),
        json!({"total_price": null}),
    ] {
        let found = found(&[record(&members)], &by_id()).await;
        assert!(
            matches!(found, Found::There { cost: None, .. }),
            "{members}: {found:?}"
        );
    }
}

#[tokio::test]
async fn absence_is_never_claimed() {
    let others = [
        record(
            &json!({"message_id": "dddddddd-bbbb-4ccc-8ddd-0123456789ab", "client_ref": "other"}),
        ),
        record(&json!({"message_id": null, "client_ref": null})),
        json!(null),
    ];
    for query in [query(), by_id()] {
        assert_eq!(found(&[], &query).await, Found::CannotTell);
        assert_eq!(found(&others, &query).await, Found::CannotTell);
        let forbidden = ResponseTemplate::new(403).set_body_json(json!({"title": "Forbidden"}));
        assert_eq!(find(forbidden, &query).await.0, Some(Found::CannotTell));
        for status in [401, 404, 422, 429, 500, 503] {
            assert_eq!(
                find(ResponseTemplate::new(status), &query).await.0,
                None,
                "{status}"
            );
        }
        let unreadable = ResponseTemplate::new(200).set_body_json(json!({"records": {}}));
        assert_eq!(find(unreadable, &query).await.0, None);
    }
}
