//! What SES says about a mail, where it has kept it.

use super::{ID, account, answering, only_request, ses};
use crate::support::{FROM, TEXT, TO, attempt};
use serde_json::{Value, json};
use tidings_conformance::fixtures::NOW;
use tidings_kernel::Channel;
use tidings_messaging::{Address, Found, Provider as _, QueryError, Receipt, StatusQuery};
use tidings_routing::Class;
use tidings_wire_specs::AwsModel;
use wiremock::MockServer;

fn query(id: Option<&str>) -> StatusQuery {
    StatusQuery {
        attempt: attempt(),
        started_at: NOW,
        provider_message_id: id.map(str::to_owned),
        channel: Channel::Email,
        from: FROM.into(),
        to: Address::Email(TO.into()),
        text: TEXT.into(),
        taken: Vec::new(),
    }
}

async fn find(status: u16, body: &Value) -> Result<Found, QueryError> {
    let server = answering(status, body).await;
    let found = ses(&server.uri()).find(&account(), &query(Some(ID))).await;
    let (operation, request) = only_request(&server).await;
    assert_eq!(operation.id(), "GetMessageInsights");
    assert_eq!(request.url.path(), format!("/v2/email/insights/{ID}/"));
    found
}

fn insights(events: &Value) -> Value {
    json!({
        "MessageId": ID, "FromEmailAddress": FROM, "Subject": "Ready", "EmailTags": [],
        "Insights": [{"Destination": TO, "Isp": "Example", "Events": events}],
    })
}

#[tokio::test]
async fn the_furthest_event_counts() {
    let bounce = json!({"Type": "BOUNCE", "Timestamp": 1_700_000_001, "Details": {"Bounce": {
        "BounceType": "PERMANENT", "BounceSubType": "NoEmail",
        "DiagnosticCode": "smtp; 550 5.1.1 <ann@example.net>"}}});
    let suppressed = json!({"Type": "COMPLAINT", "Details": {"Complaint": {
        "ComplaintSubType": "OnAccountSuppressionList"}}});
    for (events, receipt, class) in [
        (json!([]), None, None),
        (json!([{"Type": "SEND"}]), Some(Receipt::Sent), None),
        (
            json!([{"Type": "DELIVERY"}, {"Type": "SEND"}, {"Type": "NEWS"}, {}]),
            Some(Receipt::Delivered),
            None,
        ),
        (
            json!([{"Type": "SEND"}, {"Type": "OPEN"}, {"Type": "DELIVERY"}]),
            Some(Receipt::Read),
            None,
        ),
        (
            json!([{"Type": "SEND"}, bounce]),
            Some(Receipt::Failed),
            Some(Class::Recipient),
        ),
        (
            json!([{"Type": "REJECT"}]),
            Some(Receipt::Failed),
            Some(Class::Content),
        ),
        (
            json!([{"Type": "COMPLAINT"}]),
            Some(Receipt::Delivered),
            None,
        ),
        (
            json!([suppressed]),
            Some(Receipt::Failed),
            Some(Class::OptedOut),
        ),
        (json!([{"Type": "DELIVERY_DELAY"}]), None, None),
    ] {
        let insights = insights(&events);
        let checked = AwsModel::sesv2().check_output("GetMessageInsights", &insights);
        assert_eq!(
            checked.is_ok(),
            !events.to_string().contains("NEWS"),
            "{checked:?}"
        );
        match find(200, &insights).await.unwrap() {
            Found::There {
                provider_message_id,
                receipt: found,
                error,
                ..
            } => {
                assert_eq!(provider_message_id, ID);
                assert_eq!(found, receipt, "{events}");
                assert_eq!(error.map(|error| error.class), class, "{events}");
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_ses_has_not_kept_may_have_been_sent_all_the_same() {
    for (status, name) in [
        (404, "NotFoundException"),
        (400, "BadRequestException"),
        (403, "AccessDeniedException"),
    ] {
        let refusal = json!({"__type": name, "message": "no"});
        assert_eq!(find(status, &refusal).await.unwrap(), Found::CannotTell);
    }
    let other = json!({"MessageId": "other", "Insights": []});
    assert_eq!(find(200, &other).await.unwrap(), Found::CannotTell);
    let fast = json!({"__type": "TooManyRequestsException", "message": "once a second"});
    assert!(find(429, &fast).await.is_err());
}

#[tokio::test]
async fn without_its_id_a_mail_cannot_be_asked_about() {
    let server = MockServer::start().await;
    let found = ses(&server.uri()).find(&account(), &query(None)).await;
    assert_eq!(found.unwrap(), Found::CannotTell);
    assert!(server.received_requests().await.unwrap().is_empty());
}
