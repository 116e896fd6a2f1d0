//! Webhooks: statuses and inbound messages, signed with a token.

use serde_json::{Map, Value, json};

use super::accounts::VonageAccount;
use crate::callbacks::{Callback, Target, headers};
use crate::clock;
use crate::crypto::{hex, jwt_hs256, sha256};
use crate::message::{Channel, Media, Message, Status};
use crate::phone;
use crate::protocol::Inbound;
use crate::segments;
use crate::world::World;

/// An address as Vonage writes it: digits, or a name.
pub(super) fn written(address: &str) -> &str {
    address.strip_prefix('+').unwrap_or(address)
}

/// The word of the channel that a message came in or goes out by.
pub(super) fn channel(message: &Message) -> &str {
    let facts = &message.facts;
    match (facts.channel, facts.own["channel"].as_str()) {
        (_, Some(word)) => word,
        (Channel::Whatsapp, None) => "whatsapp",
        (Channel::Sms | Channel::Email, None) if facts.media.is_empty() => "sms",
        (Channel::Sms | Channel::Email, None) => "mms",
    }
}

/// The status as Vonage names it; `None` for what it never tells.
pub(super) fn status_word(status: Status) -> Option<&'static str> {
    match status {
        Status::Sent => Some("submitted"),
        Status::Delivered => Some("delivered"),
        Status::Read => Some("read"),
        Status::Undelivered => Some("undeliverable"),
        Status::Failed => Some("rejected"),
        Status::Accepted | Status::Queued | Status::Received | Status::Complained => None,
    }
}

/// The webhook about the status of `message`, if there is an address for it.
pub(super) fn status(world: &World, message: &Message) -> Option<Callback> {
    let facts = &message.facts;
    let account = world.registry.vonage.get(&facts.account)?;
    let application = facts.own["application"].as_str();
    let url = facts
        .status_callback
        .as_deref()
        .or_else(|| account.status_url(application))?;
    let id = &facts.provider_message_id;
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("message_uuid", json!(id));
    put("to", json!(written(&facts.contact)));
    put("from", json!(written(&facts.sender)));
    put(
        "timestamp",
        json!(clock::rfc3339_seconds(message.updated_at)),
    );
    put("status", json!(status_word(message.status)?));
    put("channel", json!(channel(message)));
    if let Some(reference) = &facts.client_reference {
        put("client_ref", json!(reference));
    }
    if let Some(failure) = message.failure {
        put("error", super::errors::reported(failure, id));
    }
    if let Some(usage) = usage(message) {
        put("usage", usage);
    }
    match facts.channel {
        Channel::Sms | Channel::Email => {
            put("destination", json!({"network_code": "310260"}));
            if channel(message) == "sms" {
                let count = segments::count(facts.text.as_deref().unwrap_or_default());
                put("sms", json!({"count_total": count.to_string()}));
            }
        }
        Channel::Whatsapp if message.status == Status::Delivered => {
            let category = facts.category.unwrap_or("service");
            put(
                "whatsapp",
                json!({
                    "pricing": {
                        "type": if category == "service" { "free_customer_service" } else { "regular" },
                        "pricing_model": "PMP",
                        "category": category,
                    },
                }),
            );
        }
        Channel::Whatsapp => {}
    }
    let target = Target {
        kind: "status",
        url,
        lane: message.seq,
    };
    Some(post(world, &account, application, message, target, body))
}

/// SMS is charged when it is submitted, WhatsApp when it is delivered.
fn usage(message: &Message) -> Option<Value> {
    let price = match (message.facts.channel, message.status) {
        (Channel::Sms, Status::Sent) => {
            let text = message.facts.text.as_deref().unwrap_or_default();
            333 * segments::count(text)
        }
        (Channel::Whatsapp, Status::Delivered) => 0,
        _ => return None,
    };
    let price = format!("{}.{:04}", price / 10_000, price % 10_000);
    Some(json!({"currency": "EUR", "price": price}))
}

/// The webhook about a message from a contact.
pub(super) fn inbound(world: &World, inbound: &Inbound<'_>) -> Option<Callback> {
    let message = inbound.message;
    let facts = &message.facts;
    let account = world.registry.vonage.get(&facts.account)?;
    let application = account
        .number(&facts.sender)
        .and_then(|number| number.application_id.as_deref());
    let url = account.inbound_url(application)?;
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("channel", json!(channel(message)));
    put("message_uuid", json!(facts.provider_message_id));
    put("to", json!(written(&facts.sender)));
    put("from", json!(written(&facts.contact)));
    put("timestamp", json!(clock::rfc3339_seconds(facts.at)));
    let text = facts.text.as_deref().unwrap_or_default();
    let (kind, payload) = match (inbound.tap, facts.media.first()) {
        (Some(tap), _) if tap.of_template => {
            ("button", json!({"payload": tap.payload, "text": tap.title}))
        }
        (Some(tap), _) => ("reply", json!({"id": tap.payload, "title": tap.title})),
        (None, Some(media)) => file(media, facts.text.as_deref()),
        (None, None) => ("text", json!(text)),
    };
    put("message_type", json!(kind));
    put(kind, payload);
    match facts.channel {
        Channel::Sms | Channel::Email => {
            put("origin", json!({"network_code": "310260"}));
            if facts.media.is_empty() {
                let keyword = text.split_whitespace().next().unwrap_or_default();
                put(
                    "sms",
                    json!({
                        "num_messages": segments::count(text).to_string(),
                        "keyword": keyword.to_uppercase(),
                    }),
                );
                put("usage", json!({"currency": "EUR", "price": "0.0000"}));
            }
        }
        Channel::Whatsapp => {
            put("profile", json!({"name": inbound.profile_name}));
            let wa_id = phone::digits(&facts.contact);
            put("sender", json!({ "wa_id": wa_id }));
            let context = inbound.tap.and_then(|tap| tap.on.as_deref());
            let availability = match context {
                Some(_) => "available",
                None => "none",
            };
            put("context_status", json!(availability));
            if let Some(original) = context {
                let from = written(&facts.sender);
                put(
                    "context",
                    json!({"message_uuid": original, "message_from": from}),
                );
            }
        }
    }
    let target = Target {
        kind: "inbound",
        url,
        lane: inbound.lane,
    };
    Some(post(world, &account, application, message, target, body))
}

fn file(media: &Media, caption: Option<&str>) -> (&'static str, Value) {
    let kind = match media.content_type.split('/').next() {
        Some("image") => "image",
        Some("video") => "video",
        Some("audio") => "audio",
        Some(_) | None if media.content_type == "text/vcard" => "vcard",
        Some(_) | None => "file",
    };
    let url = media.url.as_deref().unwrap_or_default();
    let name = url.rsplit('/').next().unwrap_or_default();
    let mut payload = json!({"url": url, "name": name});
    if let (Some(object), Some(caption)) = (payload.as_object_mut(), caption) {
        object.insert("caption".into(), json!(caption));
    }
    (kind, payload)
}

fn post(
    world: &World,
    account: &VonageAccount,
    application: Option<&str>,
    message: &Message,
    target: Target<'_>,
    body: Map<String, Value>,
) -> Callback {
    let body = Value::Object(body).to_string();
    let mut claims = json!({
        "iss": "Vonage",
        "iat": clock::now().unix_timestamp(),
        "jti": world.ids.uuid(),
        "api_key": account.api_key,
        "payload_hash": hex(&sha256(body.as_bytes())),
    });
    if let (Some(object), Some(application)) = (claims.as_object_mut(), application) {
        object.insert("application_id".into(), json!(application));
    }
    let token = jwt_hs256(&account.signature_secret, &claims.to_string());
    let headers = headers([
        ("content-type", "application/json"),
        ("authorization", &format!("Bearer {token}")),
    ]);
    Callback::post(world, message, target, headers, body)
}
