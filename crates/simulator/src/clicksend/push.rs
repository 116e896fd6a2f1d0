//! What the rules of an account post: receipts and inbound messages. Nothing is signed.

use axum::http::Method;
use form_urlencoded::Serializer;
use serde_json::{Map, Value, json};

use super::accounts::{ClickSendAccount, Subject, WebhookType};
use crate::callbacks::{Callback, Target, headers};
use crate::message::{Direction, Message, Status};
use crate::protocol::Inbound;
use crate::world::{World, locked};

/// Code and text of the gateway, and its error.
pub(super) struct Gateway {
    pub(super) status_code: u16,
    pub(super) status_text: &'static str,
    /// `None`: no error.
    pub(super) error_code: Option<u32>,
    pub(super) error_text: Option<&'static str>,
    /// In the history.
    pub(super) word: &'static str,
}

/// What the gateway says of the message.
pub(super) fn gateway(message: &Message) -> Gateway {
    let plain = |status_code, status_text, word| Gateway {
        status_code,
        status_text,
        error_code: None,
        error_text: None,
        word,
    };
    match (message.status, message.failure) {
        (Status::Undelivered | Status::Failed, failure) => Gateway {
            status_code: 301,
            status_text: "Delivery failed: Message delivery failed.",
            error_code: failure.and_then(|failure| failure.code.number()),
            error_text: failure.map(|failure| failure.title),
            word: "Failed",
        },
        (Status::Delivered | Status::Read | Status::Complained, _) => {
            plain(201, "Success: Message received on handset.", "Sent")
        }
        (Status::Sent, _) => plain(200, "Success: Message sent.", "Sent"),
        (Status::Received, _) => plain(201, "Success: Message received.", "Received"),
        (Status::Accepted | Status::Queued, _) => plain(200, "Success: Message queued.", "Queued"),
    }
}

/// The fields of a receipt.
pub(super) fn receipt(account: &ClickSendAccount, message: &Message) -> Map<String, Value> {
    let facts = &message.facts;
    let gateway = gateway(message);
    let fields = json!({
        "timestamp_send": facts.at.unix_timestamp(),
        "timestamp": message.updated_at.unix_timestamp(),
        "message_id": facts.provider_message_id,
        "status_code": gateway.status_code,
        "status_text": gateway.status_text,
        "error_code": gateway.error_code,
        "error_text": gateway.error_text,
        "custom_string": facts.client_reference.as_deref().unwrap_or_default(),
        "user_id": account.user_id,
        "subaccount_id": account.subaccount_id,
        "message_type": facts.own["kind"].as_str().unwrap_or("sms"),
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// The receipts about the status of `message`, one for each rule.
pub(super) fn receipts(world: &World, message: &Message) -> Vec<Callback> {
    let Some(account) = world.registry.clicksend.get(&message.facts.account) else {
        return Vec::new();
    };
    let rules = account.rules(Subject::Receipts).iter();
    rules
        .filter_map(|rule| {
            let target = Target {
                kind: "status",
                url: rule.address()?,
                lane: message.seq,
            };
            let fields = receipt(&account, message);
            Some(push(world, message, target, rule.webhook_type, fields))
        })
        .collect()
}

/// The fields of an inbound message.
pub(super) fn received(world: &World, message: &Message) -> Map<String, Value> {
    let facts = &message.facts;
    let text = facts.text.as_deref().unwrap_or_default();
    let keyword = text.split_whitespace().next().unwrap_or_default();
    let store = locked(&world.store);
    let ours = store
        .messages_of(&facts.contact)
        .rev()
        .filter(|other| other.seq < message.seq)
        .find(|other| {
            other.facts.direction == Direction::ToContact
                && other.facts.account == facts.account
                && other.facts.sender == facts.sender
        })
        .map(|other| &other.facts);
    let fields = json!({
        "timestamp": facts.at.unix_timestamp(),
        "from": facts.contact,
        "to": facts.sender,
        "body": text,
        "message_id": facts.provider_message_id,
        "original_message_id": ours.map(|ours| ours.provider_message_id.as_str()),
        "original_body": ours.and_then(|ours| ours.text.as_deref()),
        "custom_string": ours
            .and_then(|ours| ours.client_reference.as_deref())
            .unwrap_or_default(),
        "_keyword": keyword.to_lowercase(),
    });
    match fields {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

/// What the rules post about a message from a contact.
pub(super) fn inbound(world: &World, inbound: &Inbound<'_>) -> Vec<Callback> {
    let message = inbound.message;
    let facts = &message.facts;
    let Some(account) = world.registry.clicksend.get(&facts.account) else {
        return Vec::new();
    };
    let rules = account.rules(Subject::Inbound).iter();
    rules
        .filter(|rule| {
            let number = &rule.dedicated_number;
            number == "*" || crate::phone::e164(number).as_ref() == Some(&facts.sender)
        })
        .filter_map(|rule| {
            let target = Target {
                kind: "inbound",
                url: rule.address()?,
                lane: inbound.lane,
            };
            let mut fields = received(world, message);
            fields.insert("user_id".into(), json!(account.user_id));
            fields.insert("subaccount_id".into(), json!(account.subaccount_id));
            Some(push(world, message, target, rule.webhook_type, fields))
        })
        .collect()
}

fn push(
    world: &World,
    message: &Message,
    target: Target<'_>,
    how: WebhookType,
    fields: Map<String, Value>,
) -> Callback {
    if how == WebhookType::Json {
        let headers = headers([("content-type", "application/json")]);
        let body = Value::Object(fields).to_string();
        return Callback::post(world, message, target, headers, body);
    }
    let pairs = fields.iter().map(|(name, value)| {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        (name.as_str(), text)
    });
    let form = Serializer::new(String::new()).extend_pairs(pairs).finish();
    if how == WebhookType::Get {
        let joint = if target.url.contains('?') { '&' } else { '?' };
        let url = format!("{}{joint}{form}", target.url);
        let target = Target {
            url: &url,
            ..target
        };
        return Callback {
            method: Method::GET,
            ..Callback::post(world, message, target, headers([]), String::new())
        };
    }
    let headers = headers([("content-type", "application/x-www-form-urlencoded")]);
    Callback::post(world, message, target, headers, form)
}
