//! Events of a workspace: `{service, event, payload}`, signed over time, address and body.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::accounts::MessageBirdAccount;
use crate::callbacks::{Callback, Target, headers};
use crate::clock;
use crate::crypto::{hmac_sha256, sha256};
use crate::message::{Channel, Direction, Message, Status};
use crate::protocol::Inbound;
use crate::world::World;

fn medium(message: &Message) -> &'static str {
    match message.facts.channel {
        Channel::Sms | Channel::Email => "sms",
        Channel::Whatsapp => "whatsapp",
    }
}

fn status_word(message: &Message) -> &'static str {
    match message.status {
        // What comes in is there.
        _ if message.facts.direction == Direction::FromContact => "delivered",
        Status::Accepted => "accepted",
        Status::Queued => "processing",
        Status::Sent => "sent",
        Status::Delivered | Status::Read | Status::Received | Status::Complained => "delivered",
        Status::Undelivered => "delivery_failed",
        Status::Failed => "sending_failed",
    }
}

/// A contact as a workspace knows it.
fn contact(message: &Message, name: Option<&str>) -> Value {
    json!({
        "id": "00000000-0000-4000-8000-000000000000",
        "identifierKey": "phonenumber",
        "identifierValue": message.facts.contact,
        "annotations": {"name": name},
    })
}

/// The message resource, which is the payload of events as well.
pub(super) fn resource(account: &MessageBirdAccount, message: &Message) -> Value {
    let facts = &message.facts;
    let channel = account
        .channels
        .iter()
        .find(|own| {
            super::carries(own.kind, facts.channel)
                && super::super::accounts::sender(&own.number) == facts.sender
        })
        .map(|channel| channel.id.as_str());
    let connector = json!({"connector": {
        "id": channel,
        "identifierValue": facts.sender,
    }});
    let mut resource = json!({
        "id": facts.provider_message_id,
        "channelId": channel,
        "status": status_word(message),
        "reference": facts.client_reference,
        "body": facts.own["body"],
        "template": facts.template,
        "createdAt": clock::rfc3339(facts.at),
        "updatedAt": clock::rfc3339(message.updated_at),
        "lastStatusAt": clock::rfc3339(message.updated_at),
    });
    let Some(object) = resource.as_object_mut() else {
        return resource;
    };
    match facts.direction {
        Direction::ToContact => {
            object.insert("direction".into(), json!("outgoing"));
            object.insert("sender".into(), connector);
            let receiver = json!({"contacts": [contact(message, None)]});
            object.insert("receiver".into(), receiver);
        }
        Direction::FromContact => {
            object.insert("direction".into(), json!("incoming"));
            object.insert("receiver".into(), connector);
        }
    }
    if let Some(failure) = message.failure {
        object.insert("reason".into(), json!(failure.title));
        let details = json!({"code": failure.code, "description": failure.title});
        object.insert("failure".into(), details);
    }
    resource
}

/// The event about the status of `message`: reading is an interaction.
pub(in crate::messagebird) fn report(
    world: &World,
    account: &MessageBirdAccount,
    message: &Message,
) -> Option<Callback> {
    let url = account.webhook_url.as_deref()?;
    let target = Target {
        kind: "status",
        url,
        lane: message.seq,
    };
    let (what, payload) = if message.status == Status::Read {
        let facts = &message.facts;
        let payload = json!({
            "id": world.ids.uuid(),
            "type": "read",
            "messageId": facts.provider_message_id,
            "messageReference": facts.client_reference,
            "createdAt": clock::rfc3339(message.updated_at),
        });
        ("interaction", payload)
    } else {
        ("outbound", resource(account, message))
    };
    Some(post(world, account, message, target, what, &payload))
}

/// The event about a message from a contact.
pub(in crate::messagebird) fn inbound(
    world: &World,
    account: &MessageBirdAccount,
    inbound: &Inbound<'_>,
) -> Option<Callback> {
    let url = account.webhook_url.as_deref()?;
    let message = inbound.message;
    let facts = &message.facts;
    let mut payload = resource(account, message);
    let name = (facts.channel == Channel::Whatsapp).then_some(inbound.profile_name);
    let body = match facts.media.first() {
        Some(media) if media.content_type.starts_with("image/") => json!({
            "type": "image",
            "image": {"images": [{"mediaUrl": media.url}], "text": facts.text},
        }),
        Some(media) => json!({
            "type": "file",
            "file": {
                "files": [{"mediaUrl": media.url, "contentType": media.content_type}],
                "text": facts.text,
            },
        }),
        None => json!({"type": "text", "text": {"text": facts.text}}),
    };
    if let Some(object) = payload.as_object_mut() {
        let sender = json!({"contact": contact(message, name)});
        object.insert("sender".into(), sender);
        object.insert("body".into(), body);
        if let Some(on) = inbound.tap.and_then(|tap| tap.on.as_deref()) {
            object.insert("replyTo".into(), json!({"id": on, "type": "message"}));
        }
    }
    let target = Target {
        kind: "inbound",
        url,
        lane: inbound.lane,
    };
    Some(post(world, account, message, target, "inbound", &payload))
}

fn post(
    world: &World,
    account: &MessageBirdAccount,
    message: &Message,
    target: Target<'_>,
    what: &str,
    payload: &Value,
) -> Callback {
    let body = json!({
        "service": "channels",
        "event": format!("{}.{what}", medium(message)),
        "payload": payload,
    })
    .to_string();
    let timestamp = clock::now().unix_timestamp().to_string();
    let signature = signature(&account.signing_key, &timestamp, target.url, &body);
    let headers = headers([
        ("content-type", "application/json"),
        ("messagebird-request-timestamp", &timestamp),
        ("messagebird-signature", &signature),
    ]);
    Callback::post(world, message, target, headers, body)
}

/// The code of time, address and the hash of the body, a line each.
fn signature(key: &str, timestamp: &str, url: &str, body: &str) -> String {
    let signed = [
        timestamp.as_bytes(),
        b"\n",
        url.as_bytes(),
        b"\n",
        &sha256(body.as_bytes()),
    ]
    .concat();
    STANDARD.encode(hmac_sha256(key.as_bytes(), &signed))
}

#[cfg(test)]
mod tests {
    use super::signature;

    #[test]
    fn events_are_signed_by_the_documented_formula() {
        let body = r#"{"service":"channels","event":"sms.outbound","payload":{"id":"11111111-2222-4333-8444-555555555555","status":"delivered"}}"#;
        let url = "https://hooks.example.com/bird/channels?t=acme";
        assert_eq!(
            signature("bird_signing_key_test", "1789000000", url, body),
            "fHtANOQoOrcpuzUVXlHv6kie+4DMDtQW1LBVbXkgv9c="
        );
    }
}
