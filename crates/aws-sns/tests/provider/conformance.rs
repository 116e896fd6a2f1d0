//! What every adapter must do, with both APIs.

use crate::support::{
    ID, NOW, access, adapter, attempt, callback, delivered, notified, published, sms, sns_access,
    sns_error,
};
use serde_json::{Value, json};
use std::sync::Arc;
use tidings_aws_http::testing;
use tidings_conformance::{Canned, ProviderCase, Signed, changed, provider};
use tidings_kernel::Money;
use tidings_messaging::{Access, CallbackRequest, Provider, ProviderEvent, Receipt, ReceiptEvent};
use tidings_routing::Class;
use time::macros::datetime;

fn make(base_url: &str) -> Arc<dyn Provider> {
    Arc::new(adapter(base_url))
}

fn signed(request: CallbackRequest, event: ProviderEvent) -> Signed {
    Signed {
        request,
        events: vec![event],
        signed_headers: &[],
        says_the_same: |one, other| testing::says_the_same(&one.body, &other.body),
    }
}

fn callbacks() -> Vec<Signed> {
    let receipt = ReceiptEvent {
        attempt: Some(attempt()),
        provider_message_id: ID.into(),
        receipt: Receipt::Delivered,
        error: None,
        cost: Some(Money::parse("0.01045", "USD").unwrap()),
        at: Some(datetime!(2026-07-15 15:00:03.47 UTC)),
    };
    let confirmation = callback(testing::confirmation(NOW), NOW);
    vec![
        signed(notified(&delivered()), ProviderEvent::Receipt(receipt)),
        signed(
            confirmation,
            ProviderEvent::Ignored("SubscriptionConfirmation".into()),
        ),
    ]
}

fn exception(kind: &str, reason: Option<&str>, more: &Value) -> Canned {
    let mut body = json!({"__type": kind, "Message": "no"});
    if let Some(reason) = reason {
        body["Reason"] = reason.into();
    }
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    Canned {
        content_type: "application/x-amz-json-1.0",
        ..Canned::json(400, &body)
    }
}

fn case(access: Access) -> ProviderCase {
    ProviderCase {
        make,
        others: vec![changed(
            &access,
            "topic_arn",
            "arn:aws:sns:us-east-1:444455556666:their-topic",
        )],
        access,
        message: sms("Your table is ready"),
        accepted: Canned::json(200, &json!({"MessageId": ID})),
        accepted_id: ID,
        refusals: vec![
            (
                exception("ThrottlingException", None, &json!({})),
                Class::RateLimited,
                "ThrottlingException",
            ),
            (
                exception(
                    "ServiceQuotaExceededException",
                    Some("MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"),
                    &json!({}),
                ),
                Class::Account,
                "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
            ),
            (
                exception(
                    "com.amazonaws.pinpointsmsvoicev2#ConflictException",
                    Some("DESTINATION_PHONE_NUMBER_OPTED_OUT"),
                    &json!({"ResourceType": "opted-out-number"}),
                ),
                Class::OptedOut,
                "DESTINATION_PHONE_NUMBER_OPTED_OUT",
            ),
            (
                exception(
                    "ValidationException",
                    Some("INVALID_PARAMETER"),
                    &json!({"Fields": [{"Name": "DestinationPhoneNumber", "Message": "+12025550123"}]}),
                ),
                Class::Recipient,
                "ValidationException.DestinationPhoneNumber",
            ),
            (
                exception("AccessDeniedException", None, &json!({})),
                Class::Account,
                "AccessDeniedException",
            ),
            (
                exception(
                    "ValidationException",
                    None,
                    &json!({"Message": "Value 'Your table is ready' at 'messageBody' failed to satisfy"}),
                ),
                Class::Content,
                "ValidationException",
            ),
        ],
        errors: tidings_aws_sns::ERRORS,
        not_taken: &[],
        unknown_refusal: exception(
            "NewsException",
            None,
            &json!({"Message": "+12025550123 is new"}),
        ),
        connected: Canned::json(
            200,
            &json!({"AccountAttributes": [{"Name": "ACCOUNT_TIER", "Value": "PRODUCTION"}]}),
        ),
        query: None,
        callbacks: callbacks(),
        is_signed: true,
    }
}

#[tokio::test]
async fn end_user_messaging() {
    provider(&case(access())).await;
}

#[tokio::test]
async fn sns() {
    let xml = |status, body| Canned {
        status,
        content_type: "text/xml",
        body,
    };
    let refusal = |status, code: &str, words: &str| xml(status, sns_error(code, words));
    let words = "Invalid parameter: PhoneNumber Reason: +12025550123 is not valid to publish to";
    let connected = "<GetSMSAttributesResponse><GetSMSAttributesResult><attributes><entry>\
                     <key>MonthlySpendLimit</key><value>50</value></entry></attributes>\
                     </GetSMSAttributesResult></GetSMSAttributesResponse>";
    provider(&ProviderCase {
        accepted: xml(200, published()),
        refusals: vec![
            (
                refusal(400, "InvalidParameter", words),
                Class::Recipient,
                "InvalidParameter.PhoneNumber",
            ),
            (
                refusal(429, "Throttled", "Rate exceeded"),
                Class::RateLimited,
                "Throttled",
            ),
            (
                refusal(400, "Throttling", "Rate exceeded"),
                Class::RateLimited,
                "Throttling",
            ),
            (
                refusal(403, "AuthorizationError", "no"),
                Class::Account,
                "AuthorizationError",
            ),
            (
                refusal(403, "SignatureDoesNotMatch", "no"),
                Class::Account,
                "SignatureDoesNotMatch",
            ),
            (
                refusal(400, "OptedOut", "+12025550123"),
                Class::OptedOut,
                "OptedOut",
            ),
        ],
        unknown_refusal: refusal(400, "NewsFromTomorrow", "+12025550123 is new"),
        connected: xml(200, connected.into()),
        ..case(sns_access())
    })
    .await;
}
