//! What every adapter must do, by each of the three interfaces.

use crate::{
    channels_callback, classic_send, platform_callback,
    platform_send::resource,
    support::{
        ATTEMPT, CLASSIC_ID, SMS_CHANNEL, SMS_ID, TEXT, UUID, attempt, channels,
        channels_callback as sign_channels, classic, classic_callback, messagebird, platform,
        platform_callback as sign_platform, query, sms, to,
    },
};
use serde_json::{Value, json};
use std::sync::Arc;
use tidings_conformance::{Canned, ProviderCase, Signed, changed, provider};
use tidings_kernel::Channel;
use tidings_messagebird::{PLATFORM_ERRORS, REST_ERRORS};
use tidings_messaging::{
    CallbackRequest, PreferenceChange, PreferenceEvent, PreferenceReach, Provider, ProviderEvent,
    Receipt, ReceiptEvent,
};
use tidings_routing::{Class, ErrorTable};
use time::macros::datetime;

fn make(base_url: &str) -> Arc<dyn Provider> {
    Arc::new(messagebird(base_url))
}

/// A receipt of the attempt, as told at the instant of all events here.
fn receipt(id: &str, receipt: Receipt) -> ProviderEvent {
    ProviderEvent::Receipt(ReceiptEvent {
        attempt: Some(attempt()),
        provider_message_id: id.into(),
        receipt,
        error: None,
        cost: None,
        at: Some(datetime!(2026-09-09 19:46:40 UTC)),
    })
}

fn signed(
    request: CallbackRequest,
    event: ProviderEvent,
    signed_headers: &'static [&'static str],
) -> Signed {
    Signed {
        request,
        events: vec![event],
        signed_headers,
        says_the_same: |_, _| false,
    }
}

#[tokio::test]
async fn bird_platform() {
    let error = |status, kind: &str, code: &str, message: &str| {
        let error =
            json!({"type": kind, "code": code, "message": message, "request_id": "req_TEST"});
        Canned::json(status, &json!({ "error": error }))
    };
    let headers = &["webhook-id", "webhook-timestamp", "webhook-signature"];
    let event = |kind: &str, data: &Value| sign_platform(&platform_callback::event(kind, data));
    let sms_data = platform_callback::sms_data(&json!({}));
    let read_data = platform_callback::whatsapp_data(&json!({}));
    let read_id = read_data["whatsapp_id"].as_str().unwrap().to_owned();
    let stop = json!({"destination": to().to_string(), "originator": "+12025550100",
        "reason": "keyword_stop", "workspace_id": "ws_1"});
    let stopped = ProviderEvent::Preference(PreferenceEvent {
        from: to(),
        channel: Channel::Sms,
        change: PreferenceChange::Stop,
        reach: PreferenceReach::Everything,
        at: Some(datetime!(2026-09-09 19:46:40 UTC)),
    });
    provider(&ProviderCase {
        make,
        access: platform(),
        message: sms(TEXT),
        accepted: Canned::json(202, &resource("accepted")),
        accepted_id: SMS_ID,
        refusals: vec![
            (
                error(401, "auth_error", "auth", "no"),
                Class::Account,
                "auth_error",
            ),
            (
                error(403, "permission_error", "p", "no"),
                Class::Account,
                "permission_error",
            ),
            (
                error(402, "billing_error", "insufficient_balance", "empty"),
                Class::Account,
                "insufficient_balance",
            ),
            // The template that the message names, or its sender: others still go.
            (
                error(404, "not_found_error", "E2", "no such template"),
                Class::Sender,
                "not_found_error",
            ),
            (
                error(422, "validation_error", "E1", "wrong"),
                Class::Content,
                "validation_error",
            ),
            (
                error(
                    422,
                    "validation_error",
                    "recipient_opted_out",
                    "to +12025550123",
                ),
                Class::OptedOut,
                "recipient_opted_out",
            ),
            (
                error(429, "rate_limit_error", "E2", "slow"),
                Class::RateLimited,
                "rate_limit_error",
            ),
        ],
        errors: PLATFORM_ERRORS,
        not_taken: &[],
        unknown_refusal: error(400, "new_error", "E99999", "not this"),
        connected: Canned::json(200, &json!({"data": [], "next_cursor": null})),
        query: Some(query(Channel::Sms, Some(SMS_ID))),
        callbacks: vec![
            signed(
                event("sms.delivered", &sms_data),
                receipt(SMS_ID, Receipt::Delivered),
                headers,
            ),
            signed(
                event("whatsapp.read", &read_data),
                receipt(&read_id, Receipt::Read),
                headers,
            ),
            signed(event("sms_suppression.created", &stop), stopped, headers),
        ],
        others: vec![
            changed(&platform(), "workspace_id", "ws_other"),
            changed(&platform(), "signing_key", "whsec_c29tZWJvZHkgZWxzZQ=="),
        ],
        is_signed: true,
    })
    .await;
}

#[tokio::test]
async fn bird_channels() {
    let error = |status, code: &str| Canned::json(status, &json!({"code": code, "message": "no"}));
    let headers = &["messagebird-signature", "messagebird-request-timestamp"];
    let mut payload = channels_callback::outbound("delivered", &json!({}));
    payload["lastStatusAt"] = "2026-09-09T19:46:40Z".into();
    let delivered = sign_channels(&channels_callback::event("sms.outbound", &payload));
    let read = json!({"messageId": UUID, "type": "read", "messageReference": ATTEMPT,
        "createdAt": "2026-09-09T19:46:40Z"});
    let read = sign_channels(&channels_callback::event("whatsapp.interaction", &read));
    provider(&ProviderCase {
        make,
        access: channels(),
        message: sms(TEXT),
        accepted: Canned::json(
            202,
            &json!({"id": UUID, "channelId": SMS_CHANNEL, "status": "accepted"}),
        ),
        accepted_id: UUID,
        refusals: vec![
            (error(401, "Unauthorized"), Class::Account, "Unauthorized"),
            (
                error(422, "InvalidPayload"),
                Class::Content,
                "InvalidPayload",
            ),
            (
                error(429, "TooManyRequests"),
                Class::RateLimited,
                "TooManyRequests",
            ),
        ],
        errors: ErrorTable::new(&[]),
        not_taken: &[],
        unknown_refusal: error(400, "News"),
        connected: Canned::json(
            200,
            &json!({"id": UUID, "name": "Shop", "status": "active"}),
        ),
        query: Some(query(Channel::Sms, Some(UUID))),
        callbacks: vec![
            signed(delivered, receipt(UUID, Receipt::Delivered), headers),
            signed(read, receipt(UUID, Receipt::Read), headers),
        ],
        others: vec![changed(&channels(), "signing_key", "of somebody else")],
        is_signed: true,
    })
    .await;
}

#[tokio::test]
async fn messagebird_rest() {
    let error = |status, code: u32, parameter: Option<&str>| {
        let error = json!({"code": code, "description": "no", "parameter": parameter});
        Canned::json(status, &json!({ "errors": [error] }))
    };
    let headers = &["messagebird-signature-jwt"];
    let report = format!(
        "id={CLASSIC_ID}&reference={ATTEMPT}&status=delivered&statusDatetime=2026-09-09T19:46:40Z"
    );
    let by_get = classic_callback("GET", &report, "");
    let by_post = classic_callback("POST", "t=acme", &report);
    provider(&ProviderCase {
        make,
        access: classic(),
        message: sms(TEXT),
        accepted: Canned::json(201, &classic_send::resource("sent")),
        accepted_id: CLASSIC_ID,
        refusals: vec![
            (error(401, 2, Some("access_key")), Class::Account, "2"),
            (error(402, 25, None), Class::Account, "25"),
            (error(422, 9, Some("originator")), Class::Sender, "9"),
            (error(422, 10, Some("recipients")), Class::Recipient, "10"),
            (error(422, 10, Some("body")), Class::Content, "10"),
            (error(404, 20, None), Class::Content, "20"),
            (error(400, 21, None), Class::Content, "21"),
        ],
        errors: REST_ERRORS,
        not_taken: &[],
        unknown_refusal: error(400, 777, None),
        connected: Canned::json(
            200,
            &json!({"payment": "prepaid", "type": "euros", "amount": 9}),
        ),
        query: Some(query(Channel::Sms, Some(CLASSIC_ID))),
        callbacks: vec![
            signed(by_get, receipt(CLASSIC_ID, Receipt::Delivered), headers),
            signed(by_post, receipt(CLASSIC_ID, Receipt::Delivered), headers),
        ],
        others: vec![changed(&classic(), "signing_key", "of somebody else")],
        is_signed: true,
    })
    .await;
}
