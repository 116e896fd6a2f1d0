//! Events: `{type, timestamp, data}`, signed after Standard Webhooks.
//! Source: <https://www.standardwebhooks.com>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::accounts::MessageBirdAccount;
use super::medium;
use crate::callbacks::{Callback, Target, headers};
use crate::clock;
use crate::crypto::hmac_sha256;
use crate::message::{Channel, Direction, Failure, Message, Status};
use crate::protocol::Inbound;
use crate::stop::Keyword;
use crate::world::World;

pub(super) fn is_inbound(message: &Message) -> bool {
    message.facts.direction == Direction::FromContact
}

/// The status as the platform names it; reading is an event and no status.
pub(super) fn status_word(message: &Message) -> &'static str {
    match message.status {
        _ if is_inbound(message) => "received",
        Status::Accepted | Status::Queued | Status::Received => "accepted",
        Status::Sent => "sent",
        Status::Delivered | Status::Read | Status::Complained => "delivered",
        Status::Undelivered if message.facts.channel == Channel::Sms => "undelivered",
        Status::Undelivered => "failed",
        Status::Failed => "rejected",
    }
}

/// A number, or what WhatsApp knows of it.
pub(super) fn address(message: &Message, number: &str) -> Value {
    match message.facts.channel {
        Channel::Sms | Channel::Email => json!(number),
        Channel::Whatsapp => json!({ "phone_number": number }),
    }
}

pub(super) fn segments(message: &Message) -> Value {
    let text = message.facts.text.as_deref().unwrap_or_default();
    let is_unicode = crate::segments::is_unicode(text);
    json!({
        "count": crate::segments::count(text),
        "encoding": if is_unicode { "UCS2" } else { "GSM_7BIT" },
        "characters": text.chars().count(),
    })
}

/// Known when the message was handed on.
pub(super) fn cost(message: &Message) -> Value {
    if message.sent_at.is_none() || is_inbound(message) {
        return Value::Null;
    }
    json!({
        "amount": "0.00790",
        "currency_code": "USD",
        "transaction_amount": "0.00790",
        "passthrough_amount": null,
    })
}

pub(super) fn failure(message: &Message, failure: Failure) -> Value {
    let mut error = json!({
        "code": failure.code,
        "description": failure.title,
        "occurred_at": clock::rfc3339(message.updated_at),
    });
    let own = match message.facts.channel {
        Channel::Sms | Channel::Email => (
            "permanent",
            json!(failure.code.to_string() != "unreachable"),
        ),
        Channel::Whatsapp => ("meta_error_code", Value::Null),
    };
    if let Some(object) = error.as_object_mut() {
        object.insert(own.0.into(), own.1);
    }
    error
}

/// The event about the status of `message`.
pub(in crate::messagebird) fn report(
    world: &World,
    account: &MessageBirdAccount,
    message: &Message,
) -> Option<Callback> {
    let what = match message.status {
        Status::Read => "read",
        _ => status_word(message),
    };
    let mut data = data(account, message);
    if let Some(why) = message.failure {
        data.insert("error".into(), failure(message, why));
    }
    if message.facts.channel == Channel::Sms {
        if message.status == Status::Queued {
            data.insert("segments".into(), segments(message));
        }
        data.insert("cost".into(), cost(message));
    }
    let url = account.webhook_url.as_deref()?;
    let target = Target {
        kind: "status",
        url,
        lane: message.seq,
    };
    let kind = format!("{}.{what}", medium(message));
    Some(post(world, account, message, target, &kind, &data))
}

/// What all events about a message have.
fn data(account: &MessageBirdAccount, message: &Message) -> Map<String, Value> {
    let facts = &message.facts;
    let (from, to) = if is_inbound(message) {
        (&facts.contact, &facts.sender)
    } else {
        (&facts.sender, &facts.contact)
    };
    let mut data = Map::new();
    let mut put = |name: &str, value: Value| data.insert(name.to_owned(), value);
    put("workspace_id", json!(account.workspace()));
    put("from", address(message, from));
    put("to", address(message, to));
    put("tags", facts.own["tags"].clone());
    put("metadata", facts.own["metadata"].clone());
    match facts.channel {
        Channel::Sms | Channel::Email => {
            put("sms_id", json!(facts.provider_message_id));
            put("country_code", json!("US"));
            for absent in [
                "requested_language",
                "resolved_language",
                "template_id",
                "template_version_id",
                "template_content_hash",
            ] {
                put(absent, Value::Null);
            }
        }
        Channel::Whatsapp => {
            put("whatsapp_id", json!(facts.provider_message_id));
            let direction = if is_inbound(message) {
                "inbound"
            } else {
                "outbound"
            };
            put("direction", json!(direction));
        }
    }
    data
}

/// The events about a message from a contact: the message, and before it the stop that it is.
pub(in crate::messagebird) fn inbound(
    world: &World,
    account: &MessageBirdAccount,
    inbound: &Inbound<'_>,
) -> Vec<Callback> {
    let Some(url) = account.webhook_url.as_deref() else {
        return Vec::new();
    };
    let message = inbound.message;
    let facts = &message.facts;
    let target = Target {
        kind: "inbound",
        url,
        lane: inbound.lane,
    };
    let mut callbacks = Vec::new();
    let keyword = facts.text.as_deref().and_then(Keyword::read);
    if facts.channel == Channel::Sms && keyword == Some(Keyword::Stop) {
        let suppression = json!({
            "suppression_id": world.ids.base32("sup_"),
            "destination": facts.contact,
            "originator": facts.sender,
            "reason": "keyword_stop",
            "workspace_id": account.workspace(),
        });
        if let Value::Object(data) = suppression {
            let kind = "sms_suppression.created";
            callbacks.push(post(world, account, message, target, kind, &data));
        }
    }
    let mut data = data(account, message);
    match facts.channel {
        Channel::Sms | Channel::Email => {
            data.insert("text".into(), json!(facts.text));
            data.insert("segments".into(), segments(message));
        }
        Channel::Whatsapp => whatsapp(&mut data, inbound),
    }
    let kind = format!("{}.received", medium(message));
    callbacks.push(post(world, account, message, target, &kind, &data));
    callbacks
}

fn whatsapp(data: &mut Map<String, Value>, inbound: &Inbound<'_>) {
    let facts = &inbound.message.facts;
    data.insert(
        "from".into(),
        json!({"phone_number": facts.contact, "display_name": inbound.profile_name}),
    );
    if let Some(tap) = inbound.tap {
        let button = json!({"slug": tap.payload, "text": tap.title});
        let reply = json!({"type": "button", "button": button});
        data.insert("interactive_reply".into(), reply);
        data.insert("in_reply_to_message_id".into(), json!(tap.on));
    } else if let Some(media) = facts.media.first() {
        let kind = match media.content_type.split('/').next() {
            Some("image") => "image",
            Some("video") => "video",
            Some("audio") => "audio",
            Some(_) | None => "document",
        };
        let file = json!({
            "id": media.id,
            "url": media.url,
            "content_type": media.content_type,
            "caption": facts.text,
        });
        data.insert(kind.into(), file);
    } else {
        data.insert("text".into(), json!({ "body": facts.text }));
    }
}

fn post(
    world: &World,
    account: &MessageBirdAccount,
    message: &Message,
    target: Target<'_>,
    kind: &str,
    data: &Map<String, Value>,
) -> Callback {
    let body = json!({
        "type": kind,
        "timestamp": clock::rfc3339(message.updated_at),
        "data": data,
    })
    .to_string();
    let id = world.ids.base32("msg_");
    let timestamp = clock::now().unix_timestamp().to_string();
    let signature = signature(&account.signing_key, &id, &timestamp, &body);
    let headers = headers([
        ("content-type", "application/json"),
        ("webhook-id", &id),
        ("webhook-timestamp", &timestamp),
        ("webhook-signature", &signature),
    ]);
    Callback::post(world, message, target, headers, body)
}

/// `v1,` and the code of id, time and body. The key is in base 64 after `whsec_`.
fn signature(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let encoded = secret.strip_prefix("whsec_").unwrap_or(secret);
    let key = STANDARD
        .decode(encoded)
        .unwrap_or_else(|_| secret.as_bytes().to_vec());
    let signed = format!("{id}.{timestamp}.{body}");
    format!(
        "v1,{}",
        STANDARD.encode(hmac_sha256(&key, signed.as_bytes()))
    )
}

#[cfg(test)]
mod tests {
    use super::signature;

    /// The vector that the official Python kit 0.106.0 accepts.
    #[test]
    fn events_are_signed_after_standard_webhooks() {
        let body = r#"{"type":"sms.delivered","timestamp":"2026-09-09T19:46:40Z","data":{"sms_id":"sms_01krdgeqcxet5s7t44vh8rt9mg","metadata":{"ref":"msg_01TEST"}}}"#;
        let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        assert_eq!(
            signature(secret, "msg_2TESTVECTOR0001", "1789000000", body),
            "v1,j3NA7blm3gUXZcIPdTFgdTE+413cl5+T/D5K1CYEnkk="
        );
    }
}
