use crate::{
    signed::{WROTE, request, status},
    support::{
        ACCOUNT, FROM, KEY, SID, access, access_with, attempt, refusal, resource, sms, to, twilio,
    },
};
use serde_json::json;
use std::{collections::BTreeSet, sync::Arc};
use tidings_conformance::{Canned, ProviderCase, Signed, changed};
use tidings_kernel::Channel;
use tidings_messaging::{
    CallbackRequest, InboundEvent, Provider, ProviderEvent, Receipt, ReceiptEvent, StatusQuery,
};
use tidings_routing::Class;
use time::macros::datetime;

fn signed(request: CallbackRequest, event: ProviderEvent) -> Signed {
    Signed {
        request,
        events: vec![event],
        signed_headers: &["x-twilio-signature"],
        // Signed is what the form says, and not how it is written.
        says_the_same: |one, other| {
            let pairs = |request: &CallbackRequest| -> BTreeSet<(String, String)> {
                form_urlencoded::parse(&request.body).into_owned().collect()
            };
            one.headers == other.headers && pairs(one) == pairs(other)
        },
    }
}

#[tokio::test]
async fn the_adapter_keeps_every_promise_of_its_port() {
    let receipt = |receipt| {
        ProviderEvent::Receipt(ReceiptEvent {
            attempt: Some(attempt()),
            provider_message_id: SID.into(),
            receipt,
            error: None,
            cost: None,
            at: None,
        })
    };
    let mut wrote = vec![("AccountSid", ACCOUNT)];
    wrote.extend(WROTE);
    let case = ProviderCase {
        make: |url| Arc::new(twilio(url)) as Arc<dyn Provider>,
        access: access_with(&[("api_key_sid", KEY), ("api_key_secret", "only shown once")]),
        message: sms("Your table is ready"),
        accepted: Canned::json(201, &resource()),
        accepted_id: SID,
        refusals: [
            (400, 21_211, Class::Recipient, "21211"),
            (400, 21_606, Class::Sender, "21606"),
            (400, 21_610, Class::OptedOut, "21610"),
            (400, 21_617, Class::Content, "21617"),
            (400, 63_016, Class::WindowClosed, "63016"),
            (401, 20_003, Class::Account, "20003"),
            (429, 20_429, Class::RateLimited, "20429"),
            (503, 20_429, Class::RateLimited, "20429"),
        ]
        .into_iter()
        .map(|(status, code, class, name)| {
            let body = refusal(code, "To +12025550123 is refused", status);
            (Canned::json(status, &body), class, name)
        })
        .collect(),
        errors: tidings_twilio::ERRORS,
        not_taken: &[],
        unknown_refusal: Canned::json(400, &refusal(99_999, "Something new", 400)),
        connected: Canned::json(
            200,
            &json!({
                "sid": ACCOUNT, "friendly_name": "Acme", "status": "active", "type": "Full",
                "messages": [], "next_page_uri": null
            }),
        ),
        query: Some(StatusQuery {
            attempt: attempt(),
            started_at: datetime!(2026-07-15 15:00:00 UTC),
            provider_message_id: Some(SID.into()),
            channel: Channel::Sms,
            from: FROM.into(),
            to: to(),
            text: "Your table is ready".into(),
            taken: Vec::new(),
        }),
        callbacks: vec![
            signed(status("delivered", &[]), receipt(Receipt::Delivered)),
            signed(
                request(&wrote),
                ProviderEvent::Inbound(InboundEvent {
                    provider_message_id: SID.into(),
                    channel: Channel::Sms,
                    from: to(),
                    whatsapp_user: None,
                    to: FROM.into(),
                    text: "Hello".into(),
                    media: Vec::new(),
                    button: None,
                    shopping: None,
                    profile_name: None,
                    provider_opt: None,
                    at: None,
                }),
            ),
        ],
        others: vec![
            changed(&access(), "account_sid", &ACCOUNT.replace('0', "1")),
            changed(&access(), "auth_token", &"b".repeat(32)),
        ],
        is_signed: true,
    };
    tidings_conformance::provider(&case).await;
}
