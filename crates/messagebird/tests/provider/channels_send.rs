//! Messages by a workspace at app.bird.com.

use crate::{
    platform_whatsapp::{call, component, says, with_media},
    support::{
        ATTEMPT, SMS_CHANNEL, TEXT, TO, UUID, WHATSAPP_CHANNEL, WORKSPACE, access, body, channels,
        header, message, message_for, place, refused_here, sent, sms,
    },
};
use serde_json::{Value, json};
use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Address, ComponentKind, Content, Outcome, ParameterValue};
use tidings_routing::Class;

const PROJECT: &str = "ce6a2fd6-b2fa-4f5a-a2cd-f3bd15883318";

fn accepted() -> Value {
    json!({"id": UUID, "channelId": SMS_CHANNEL, "status": "accepted", "direction": "outgoing",
        "reference": ATTEMPT})
}

fn receiver() -> Value {
    json!({"contacts": [{"identifierKey": "phonenumber", "identifierValue": TO}]})
}

async fn wired(content: Content) -> Value {
    let message = message(Channel::Whatsapp, content);
    let (request, _) = sent(&channels(), &message, 202, &accepted()).await;
    let expected = format!("/workspaces/{WORKSPACE}/channels/{WHATSAPP_CHANNEL}/messages");
    assert_eq!(place(&request), expected);
    body(&request)
}

async fn refused(content: Content) -> (Class, String) {
    let error = refused_here(&channels(), &message(Channel::Whatsapp, content)).await;
    assert!(!error.advice.is_empty());
    (error.class, error.provider_code)
}

#[tokio::test]
async fn an_sms_goes_to_the_sms_channel() {
    let (request, outcome) = sent(&channels(), &sms(TEXT), 202, &accepted()).await;
    assert_eq!(
        outcome,
        Outcome::Accepted {
            provider_message_id: UUID.into()
        }
    );
    let expected = format!("/workspaces/{WORKSPACE}/channels/{SMS_CHANNEL}/messages");
    assert_eq!(place(&request), expected);
    assert_eq!(
        header(&request, "authorization"),
        "AccessKey AbCdEfGhIjKlMnOp"
    );
    assert_eq!(
        body(&request),
        json!({
            "receiver": receiver(),
            "body": {"type": "text", "text": {"text": TEXT}},
            "reference": ATTEMPT
        })
    );
}

#[tokio::test]
async fn texts_and_files_by_whatsapp() {
    assert_eq!(
        wired(Content::text(TEXT)).await["body"],
        json!({"type": "text", "text": {"text": TEXT}})
    );
    let picture = "https://files.example.com/a.png";
    assert_eq!(
        wired(with_media("", &[(picture, None)])).await["body"],
        json!({"type": "image", "image": {"images": [{"mediaUrl": picture}]}})
    );
    let document = "https://files.example.com/i.pdf";
    assert_eq!(
        wired(with_media("", &[(document, Some("application/pdf"))])).await["body"],
        json!({"type": "file", "file": {"files": [
            {"mediaUrl": document, "contentType": "application/pdf", "filename": "i.pdf"}
        ]}})
    );
    assert_eq!(
        refused(with_media("Menu", &[(picture, None)])).await,
        (Class::Sender, "no_caption".into())
    );
}

#[tokio::test]
async fn a_template_has_its_variables_numbered_through() {
    let components = vec![
        component(
            ComponentKind::Header,
            &[(
                "1",
                ParameterValue::Image("https://files.example.com/a.png".into()),
            )],
        ),
        component(
            ComponentKind::Body,
            &[("1", says("Ana")), ("order", says("A-42"))],
        ),
        component(
            ComponentKind::UrlButton { index: 0 },
            &[("1", says("A-42/track"))],
        ),
    ];
    let body = wired(call(Some(PROJECT), components)).await;
    assert_eq!(
        body,
        json!({
            "receiver": receiver(),
            "template": {
                "projectId": PROJECT, "version": "latest", "locale": "en-US",
                "parameters": [
                    {"type": "string", "key": "1", "value": "https://files.example.com/a.png"},
                    {"type": "string", "key": "2", "value": "Ana"},
                    {"type": "string", "key": "3", "value": "A-42/track"},
                    {"type": "string", "key": "order", "value": "A-42"}
                ]
            },
            "reference": ATTEMPT
        })
    );
    assert_eq!(
        wired(call(Some(PROJECT), Vec::new())).await["template"]["parameters"],
        json!([])
    );
}

#[tokio::test]
async fn what_the_workspace_cannot_carry_never_leaves() {
    let conflicting = vec![
        component(ComponentKind::Header, &[("name", says("Ana"))]),
        component(ComponentKind::Body, &[("name", says("Bea"))]),
    ];
    assert_eq!(
        refused(call(Some(PROJECT), conflicting)).await,
        (Class::Sender, "conflicting_variables".into())
    );
    assert_eq!(
        refused(call(None, Vec::new())).await,
        (Class::Sender, "template_not_synced".into())
    );
    let user = message_for(
        Purpose::Transactional,
        Channel::Whatsapp,
        Address::WhatsappUser("US.1349".into()),
        Content::text(TEXT),
    );
    let error = refused_here(&channels(), &user).await;
    assert_eq!(
        (error.class, error.provider_code.as_str()),
        (Class::Sender, "no_phone_number")
    );
}

#[tokio::test]
async fn a_channel_that_the_account_does_not_name_is_left_to_others() {
    let only_sms = access(&[
        ("access_key", "AbCdEfGhIjKlMnOp"),
        ("workspace_id", WORKSPACE),
        ("sms_channel_id", SMS_CHANNEL),
    ]);
    let message = message(Channel::Whatsapp, Content::text(TEXT));
    let error = refused_here(&only_sms, &message).await;
    assert_eq!(
        (
            error.class,
            error.provider_code.as_str(),
            error.detail.as_str()
        ),
        (
            Class::Sender,
            "no_channel",
            "the account has no whatsapp_channel_id"
        )
    );
}

#[tokio::test]
async fn a_message_that_is_rejected_at_once_is_refused() {
    let mut answer = accepted();
    answer["status"] = "rejected".into();
    answer["reason"] = "the contact +12025550123 is blocked".into();
    let (_, outcome) = sent(&channels(), &sms(TEXT), 202, &answer).await;
    let Outcome::Rejected(error) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        (error.provider_code.as_str(), error.detail.as_str()),
        ("rejected", "the contact +…23 is blocked")
    );
}
