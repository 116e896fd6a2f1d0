//! Questions about what became of a message.

use crate::{
    classic_send,
    platform_send::resource,
    support::{
        ATTEMPT, CLASSIC_ID, SMS_CHANNEL, SMS_ID, TO, UUID, WHATSAPP_ID, WORKSPACE, channels,
        classic, header, meets_the_specification, messagebird, only_request, place, platform,
        query, server,
    },
};
use serde_json::{Value, json};
use tidings_kernel::{Channel, Money};
use tidings_messaging::{Access, Address, Found, Provider as _, QueryError, Receipt, StatusQuery};
use tidings_routing::Class;
use wiremock::{
    Mock, MockServer, Request, ResponseTemplate, matchers::query_param,
    matchers::query_param_is_missing,
};

async fn found(
    access: &Access,
    query: &StatusQuery,
    status: u16,
    body: &Value,
) -> (Request, Result<Found, QueryError>) {
    let server = server(status, body).await;
    let found = messagebird(&server.uri()).find(access, query).await;
    (only_request(&server).await, found)
}

fn there(
    found: Result<Found, QueryError>,
) -> (String, Option<Receipt>, Option<Class>, Option<Money>) {
    match found {
        Ok(Found::There {
            provider_message_id,
            receipt,
            error,
            cost,
        }) => (
            provider_message_id,
            receipt,
            error.map(|error| error.class),
            cost,
        ),
        other => panic!("{other:?}"),
    }
}

fn by_id() -> StatusQuery {
    query(Channel::Sms, Some(SMS_ID))
}

#[tokio::test]
async fn an_sms_of_the_platform_is_read_by_its_id() {
    let mut failed = resource("failed");
    failed["last_error"] =
        json!({"code": "invalid_destination", "description": "no", "occurred_at": "x"});
    failed["cost"] = json!({"amount": "0.0099", "currency_code": "EUR"});
    let (request, found) = found(&platform(), &by_id(), 200, &failed).await;
    assert_eq!(meets_the_specification(&request), "getSms");
    assert_eq!(place(&request), format!("/v1/sms/messages/{SMS_ID}"));
    let cost = Money::parse("0.0099", "EUR").ok();
    assert_eq!(
        there(found),
        (
            SMS_ID.into(),
            Some(Receipt::Failed),
            Some(Class::Recipient),
            cost
        )
    );
}

#[tokio::test]
async fn a_whatsapp_message_that_was_read_is_read() {
    let mut message = json!({"id": WHATSAPP_ID, "status": "delivered", "read_at": null});
    for (read_at, expected) in [
        (json!(null), Receipt::Delivered),
        (json!("2026-11-20T10:30:00Z"), Receipt::Read),
    ] {
        message["read_at"] = read_at;
        let query = query(Channel::Whatsapp, Some(WHATSAPP_ID));
        let (request, found) = found(&platform(), &query, 200, &message).await;
        assert_eq!(meets_the_specification(&request), "getWhatsApp");
        assert_eq!(there(found).1, Some(expected));
    }
    let (_, found) = found(&platform(), &by_id(), 200, &resource("accepted")).await;
    assert_eq!(there(found), (SMS_ID.into(), None, None, None));
}

#[tokio::test]
async fn what_is_not_known_is_not_said_to_be_absent() {
    for access in [platform(), channels(), classic()] {
        let (_, found) = found(&access, &by_id(), 404, &json!({})).await;
        assert_eq!(found.unwrap(), Found::CannotTell);
    }
}

#[tokio::test]
async fn without_an_id_the_list_is_searched_for_our_reference() {
    let server = MockServer::start().await;
    let mut other = resource("delivered");
    other["metadata"] = json!({"attempt": "att_00000000000000000000000008"});
    let mut none = resource("delivered");
    none["metadata"] = json!(null);
    let first = json!({"data": [other, none], "next_cursor": "cur_2"});
    let second = json!({"data": [resource("delivered")], "next_cursor": null});
    Mock::given(query_param_is_missing("starting_after"))
        .respond_with(ResponseTemplate::new(200).set_body_json(first))
        .mount(&server)
        .await;
    Mock::given(query_param("starting_after", "cur_2"))
        .respond_with(ResponseTemplate::new(200).set_body_json(second))
        .mount(&server)
        .await;
    let query = query(Channel::Sms, None);
    let found = messagebird(&server.uri()).find(&platform(), &query).await;
    assert_eq!(
        there(found),
        (SMS_ID.into(), Some(Receipt::Delivered), None, None)
    );
    let requests = server.received_requests().await.unwrap();
    let places: Vec<String> = requests.iter().map(place).collect();
    let first = "/v1/sms/messages?direction=outbound&to=%2B12025550123\
                 &created_after=2026-09-10T00%3A26%3A10Z&limit=50";
    assert_eq!(
        places,
        [first.to_owned(), format!("{first}&starting_after=cur_2")]
    );
    assert_eq!(
        header(&requests[0], "authorization"),
        "Bearer bk_eu1_0123456789"
    );
}

#[tokio::test]
async fn a_list_without_our_reference_proves_nothing() {
    for page in [
        json!({"data": []}),
        json!({"data": [{"id": SMS_ID, "status": "sent", "metadata": {"attempt": 7}}]}),
    ] {
        let (_, found) = found(&platform(), &query(Channel::Sms, None), 200, &page).await;
        assert_eq!(found.unwrap(), Found::CannotTell);
    }
    // A list without end is read for some pages only.
    let server = server(200, &json!({"data": [], "next_cursor": "cur_1"})).await;
    let found = messagebird(&server.uri())
        .find(&platform(), &query(Channel::Whatsapp, None))
        .await;
    assert_eq!(found.unwrap(), Found::CannotTell);
    assert_eq!(server.received_requests().await.unwrap().len(), 5);
}

#[tokio::test]
async fn a_person_without_a_number_is_searched_by_their_id() {
    let query = StatusQuery {
        to: Address::WhatsappUser("US.1349".into()),
        ..query(Channel::Whatsapp, None)
    };
    let (request, found) = found(&platform(), &query, 200, &json!({"data": []})).await;
    assert!(place(&request).contains("to=US.1349"));
    assert_eq!(found.unwrap(), Found::CannotTell);
}

#[tokio::test]
async fn a_message_of_a_workspace_is_read_by_its_id() {
    let message = json!({"id": UUID, "status": "delivery_failed", "reference": ATTEMPT,
        "failure": {"code": 15005, "source": {"name": "sms-messagebird", "code": "1"}}});
    let query_by_id = query(Channel::Sms, Some(UUID));
    let (request, found) = found(&channels(), &query_by_id, 200, &message).await;
    let expected = format!("/workspaces/{WORKSPACE}/channels/{SMS_CHANNEL}/messages/{UUID}");
    assert_eq!(place(&request), expected);
    assert_eq!(
        there(found),
        (
            UUID.into(),
            Some(Receipt::Failed),
            Some(Class::Recipient),
            None
        )
    );
}

#[tokio::test]
async fn a_message_of_messagebird_is_read_by_its_id() {
    let mut message = classic_send::resource("delivery_failed");
    let item = &mut message["recipients"]["items"][0];
    item["statusErrorCode"] = 103.into();
    item["price"] = json!({"amount": 0.007, "currency": "EUR"});
    let query_by_id = query(Channel::Sms, Some(CLASSIC_ID));
    let (request, found) = found(&classic(), &query_by_id, 200, &message).await;
    assert_eq!(place(&request), format!("/messages/{CLASSIC_ID}"));
    let cost = Money::parse("0.007", "EUR").ok();
    assert_eq!(
        there(found),
        (
            CLASSIC_ID.into(),
            Some(Receipt::Failed),
            Some(Class::OptedOut),
            cost
        )
    );
}

#[tokio::test]
async fn nobody_is_asked_in_vain() {
    // Nothing listens there: a call would be an error.
    let adapter = messagebird("http://127.0.0.1:9");
    let email = StatusQuery {
        to: Address::Email("ana@example.com".into()),
        ..query(Channel::Email, None)
    };
    for (access, query) in [
        (channels(), query(Channel::Sms, None)),
        (classic(), query(Channel::Sms, None)),
        (channels(), query(Channel::Email, Some(UUID))),
        (platform(), query(Channel::Email, Some(UUID))),
        (platform(), email),
    ] {
        assert_eq!(
            adapter.find(&access, &query).await.unwrap(),
            Found::CannotTell
        );
    }
    let error = adapter.find(&platform(), &by_id()).await.unwrap_err();
    assert!(!format!("{error:?}").contains(TO));
}
