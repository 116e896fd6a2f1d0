use crate::support::{
    FROM, MESSAGES, SERVICE, SID, TO, access, access_with, attempt, refusal, requests, resource,
    resource_with, to, twilio,
};
use serde_json::{Value, json};
use tidings_kernel::{Channel, Money};
use tidings_messaging::{Access, Found, Provider as _, Receipt, StatusQuery};
use tidings_routing::Class;
use time::macros::datetime;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate,
    matchers::{method, path, query_param, query_param_is_missing},
};

const DAY: &str = "DateSent>";

fn query() -> StatusQuery {
    StatusQuery {
        attempt: attempt(),
        started_at: datetime!(2026-07-15 15:00:00 UTC),
        provider_message_id: None,
        channel: Channel::Sms,
        from: FROM.into(),
        to: to(),
        text: "Ready".into(),
        taken: Vec::new(),
    }
}

fn by_sid() -> StatusQuery {
    StatusQuery {
        provider_message_id: Some(SID.into()),
        ..query()
    }
}

fn page(messages: &[Value], next: Option<&str>) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_json(json!({
        "end": 0, "first_page_uri": MESSAGES, "next_page_uri": next, "page": 0, "page_size": 200,
        "previous_page_uri": null, "start": 0, "uri": MESSAGES, "messages": messages
    }))
}

async fn listing(messages: &[Value]) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(MESSAGES))
        .respond_with(page(messages, None))
        .mount(&server)
        .await;
    server
}

async fn find_at(server: &MockServer, access: &Access, query: &StatusQuery) -> Found {
    let found = twilio(&server.uri()).find(access, query).await.unwrap();
    requests(server).await;
    found
}

async fn find_among(messages: &[Value], query: &StatusQuery) -> Found {
    find_at(&listing(messages).await, &access(), query).await
}

async fn read(answer: ResponseTemplate) -> Found {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .and(path(MESSAGES.replace(".json", &format!("/{SID}.json"))))
        .respond_with(answer)
        .mount(&server)
        .await;
    find_at(&server, &access(), &by_sid()).await
}

fn accepted(sid: &str) -> Found {
    Found::There {
        provider_message_id: sid.into(),
        receipt: None,
        error: None,
        cost: None,
    }
}

fn query_of(request: &Request) -> String {
    let pairs = request.url.query_pairs();
    pairs
        .map(|(name, value)| format!("{name}={value} "))
        .collect::<Vec<_>>()
        .concat()
}

#[tokio::test]
async fn a_known_message_is_read_with_its_status_and_price() {
    let body = resource_with(&json!({
        "status": "delivered", "price": "-0.00790", "price_unit": "usd"
    }));
    let found = read(ResponseTemplate::new(200).set_body_json(body)).await;
    let expected = Found::There {
        provider_message_id: SID.into(),
        receipt: Some(Receipt::Delivered),
        error: None,
        cost: Some(Money::parse("0.0079", "USD").unwrap()),
    };
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_message_that_only_waits_has_no_receipt() {
    for status in [
        "queued",
        "accepted",
        "sending",
        "scheduled",
        "something new",
    ] {
        let body = resource_with(&json!({"status": status}));
        let found = read(ResponseTemplate::new(200).set_body_json(body)).await;
        assert_eq!(found, accepted(SID), "{status}");
    }
}

#[tokio::test]
async fn a_failure_is_explained_by_the_table() {
    let body = resource_with(&json!({
        "status": "undelivered", "error_code": 30_005, "error_message": "Unknown destination handset"
    }));
    match read(ResponseTemplate::new(200).set_body_json(body)).await {
        Found::There {
            receipt: Some(Receipt::Failed),
            error: Some(error),
            ..
        } => {
            assert_eq!(
                (error.class, error.provider_code.as_str()),
                (Class::Recipient, "30005")
            );
            assert_eq!(error.detail, "Unknown destination handset");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_price_that_would_lose_precision_does_not_hide_the_status() {
    let body =
        resource_with(&json!({"status": "sent", "price": "-0.00000001", "price_unit": "USD"}));
    match read(ResponseTemplate::new(200).set_body_json(body)).await {
        Found::There {
            receipt: Some(Receipt::Sent),
            cost: None,
            ..
        } => {}
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_message_that_is_gone_was_there() {
    let body = refusal(20_404, "The requested resource was not found", 404);
    let found = read(ResponseTemplate::new(404).set_body_json(body)).await;
    assert_eq!(found, Found::CannotTell);
}

#[tokio::test]
async fn a_lost_message_is_recognized_among_the_recipient_s() {
    let server = listing(&[resource()]).await;
    assert_eq!(find_at(&server, &access(), &query()).await, accepted(SID));
    let requests = requests(&server).await;
    assert_eq!(requests.len(), 1);
    let expected = format!("To={TO} From={FROM} DateSent>=2026-07-15T00:00:00Z PageSize=200 ");
    assert_eq!(query_of(&requests[0]), expected);
}

#[tokio::test]
async fn the_day_is_counted_with_tolerance_and_in_utc() {
    let server = listing(&[]).await;
    for started_at in [
        datetime!(2026-07-16 00:00:02 UTC),
        datetime!(2026-07-15 19:00:00 -5),
        datetime!(2026-07-16 02:00:00 +2),
    ] {
        find_at(
            &server,
            &access(),
            &StatusQuery {
                started_at,
                ..query()
            },
        )
        .await;
    }
    let requests = requests(&server).await;
    let days: Vec<String> = requests
        .iter()
        .filter_map(|request| {
            request
                .url
                .query_pairs()
                .find(|(name, _)| name == DAY)
                .map(|(_, day)| day.into_owned())
        })
        .collect();
    assert_eq!(days, ["2026-07-15T00:00:00Z"; 3]);
}

#[tokio::test]
async fn absence_is_claimed_only_over_the_whole_list() {
    let server = listing(&[]).await;
    assert_eq!(find_at(&server, &access(), &query()).await, Found::NotThere);
    let requests = requests(&server).await;
    assert_eq!(requests.len(), 2);
    assert_eq!(
        query_of(&requests[1]),
        format!("To={TO} From={FROM} PageSize=200 ")
    );
}

#[tokio::test]
async fn a_message_that_waits_at_twilio_and_has_no_date_of_sending_is_found() {
    let server = MockServer::start().await;
    Mock::given(query_param(DAY, "2026-07-15T00:00:00Z"))
        .respond_with(page(&[], None))
        .mount(&server)
        .await;
    Mock::given(query_param_is_missing(DAY))
        .respond_with(page(&[resource()], None))
        .mount(&server)
        .await;
    assert_eq!(find_at(&server, &access(), &query()).await, accepted(SID));
}

#[tokio::test]
async fn what_is_another_s_is_not_ours() {
    let others = [
        resource_with(&json!({"direction": "inbound"})),
        resource_with(&json!({"direction": "outbound-reply"})),
        resource_with(&json!({"to": "+12025550124"})),
        resource_with(&json!({"from": "+12025550101"})),
        // The same text of days ago, and another text of before the attempt.
        resource_with(&json!({"date_created": "Tue, 14 Jul 2026 14:59:59 +0000"})),
        resource_with(&json!({
            "date_created": "Wed, 15 Jul 2026 14:58:59 +0000", "body": "Something else"
        })),
    ];
    assert_eq!(find_among(&others, &query()).await, Found::NotThere);
    let taken = StatusQuery {
        taken: vec![SID.into()],
        ..query()
    };
    assert_eq!(find_among(&[resource()], &taken).await, Found::NotThere);
}

#[tokio::test]
async fn a_clock_that_is_ahead_of_twilio_s_does_not_hide_a_message() {
    let created = |date: &str| resource_with(&json!({ "date_created": date }));
    for date in [
        "Wed, 15 Jul 2026 14:59:54 +0000",
        "Wed, 15 Jul 2026 14:59:00 +0000",
    ] {
        let found = find_among(&[created(date)], &query()).await;
        assert_eq!(found, accepted(SID), "{date}");
    }
    // Further off than clocks should be: neither ours for certain nor absent.
    for date in [
        "Wed, 15 Jul 2026 14:58:59 +0000",
        "Tue, 14 Jul 2026 15:00:00 +0000",
    ] {
        let found = find_among(&[created(date)], &query()).await;
        assert_eq!(found, Found::CannotTell, "{date}");
    }
}

#[tokio::test]
async fn the_earliest_of_several_alike_is_ours() {
    let later = resource_with(&json!({
        "sid": "SM00000000000000000000000000000009", "date_created": "Wed, 15 Jul 2026 15:00:09 +0000"
    }));
    assert_eq!(
        find_among(&[later, resource()], &query()).await,
        accepted(SID)
    );
}

#[tokio::test]
async fn a_text_that_twilio_may_have_changed_is_neither_ours_nor_absent() {
    for other in [
        resource_with(&json!({"body": "Something else"})),
        resource_with(&json!({"body": null})),
        resource_with(&json!({"date_created": null})),
        resource_with(&json!({"date_created": "yesterday"})),
    ] {
        assert_eq!(find_among(&[other], &query()).await, Found::CannotTell);
    }
}

#[tokio::test]
async fn white_space_and_the_notice_of_a_trial_do_not_hide_a_text() {
    for body in [
        "Ready\n",
        " Ready",
        "Sent from your Twilio trial account - Ready",
    ] {
        let message = resource_with(&json!({"body": body}));
        assert_eq!(
            find_among(&[message], &query()).await,
            accepted(SID),
            "{body}"
        );
    }
}

#[tokio::test]
async fn whatsapp_addresses_are_searched_with_their_prefix() {
    let message = resource_with(&json!({
        "to": format!("whatsapp:{TO}"), "from": format!("whatsapp:{FROM}")
    }));
    let server = listing(&[message]).await;
    let query = StatusQuery {
        channel: Channel::Whatsapp,
        ..query()
    };
    assert_eq!(find_at(&server, &access(), &query).await, accepted(SID));
    let requests = requests(&server).await;
    assert!(query_of(&requests[0]).starts_with(&format!("To=whatsapp:{TO} From=whatsapp:{FROM} ")));
}

#[tokio::test]
async fn a_service_that_has_not_chosen_a_sender_is_searched_without_one() {
    let access = access_with(&[("messaging_service_sid", SERVICE)]);
    let server = listing(&[resource_with(&json!({"from": null, "status": "accepted"}))]).await;
    assert_eq!(find_at(&server, &access, &query()).await, accepted(SID));
    let requests = requests(&server).await;
    assert!(!query_of(&requests[0]).contains("From="));
}

#[tokio::test]
async fn a_message_of_a_service_has_whatever_sender_it_chose() {
    let of_service = StatusQuery {
        from: SERVICE.into(),
        ..query()
    };
    let chosen = json!({"from": "+12025550177", "messaging_service_sid": SERVICE});
    let server = listing(&[resource_with(&chosen)]).await;
    assert_eq!(
        find_at(&server, &access(), &of_service).await,
        accepted(SID)
    );
    let requests = requests(&server).await;
    assert!(!query_of(&requests[0]).contains("From="));
    let other = json!({"messaging_service_sid": "MG00000000000000000000000000000008"});
    let found = find_among(&[resource_with(&other)], &of_service).await;
    assert_eq!(found, Found::NotThere);
}

#[tokio::test]
async fn further_pages_are_read_at_the_same_server_only() {
    let server = MockServer::start().await;
    let next = "https://elsewhere.example.com/2010-04-01/x.json?Page=1&PageToken=PA1";
    Mock::given(query_param_is_missing("PageToken"))
        .respond_with(page(&[], Some(next)))
        .mount(&server)
        .await;
    Mock::given(path(MESSAGES))
        .and(query_param("PageToken", "PA1"))
        .respond_with(page(&[resource()], None))
        .mount(&server)
        .await;
    assert_eq!(find_at(&server, &access(), &query()).await, accepted(SID));
}

#[tokio::test]
async fn a_list_without_an_end_proves_nothing() {
    let server = MockServer::start().await;
    let next = format!("{MESSAGES}?Page=1&PageToken=PA1");
    Mock::given(path(MESSAGES))
        .respond_with(page(&[], Some(&next)))
        .mount(&server)
        .await;
    assert_eq!(
        find_at(&server, &access(), &query()).await,
        Found::CannotTell
    );
    assert_eq!(requests(&server).await.len(), 5);
}

#[tokio::test]
async fn a_list_that_is_not_found_proves_nothing() {
    let server = MockServer::start().await;
    assert_eq!(
        find_at(&server, &access(), &query()).await,
        Found::CannotTell
    );
}

#[tokio::test]
async fn a_twilio_that_cannot_answer_is_asked_again_later() {
    for answer in [
        ResponseTemplate::new(503),
        ResponseTemplate::new(429),
        ResponseTemplate::new(401).set_body_json(refusal(20_003, "Authenticate", 401)),
        ResponseTemplate::new(200).set_body_string("<html>Welcome</html>"),
    ] {
        let server = MockServer::start().await;
        Mock::given(method("GET"))
            .respond_with(answer)
            .mount(&server)
            .await;
        let twilio = twilio(&server.uri());
        assert!(twilio.find(&access(), &query()).await.is_err());
        assert!(twilio.find(&access(), &by_sid()).await.is_err());
    }
}
