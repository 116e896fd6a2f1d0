//! Events of configuration sets, entries of the delivery log, and inbound messages.

use serde_json::{Value, json};

use super::super::accounts::AwsAccount;
use super::super::topics::{About, publish};
use crate::callbacks::Callback;
use crate::clock;
use crate::message::{Code, Direction, Message, Status};
use crate::protocol::Inbound;
use crate::segments;
use crate::world::{World, locked};

/// What is told about the status of `message`: an event of its configuration set, or an entry of the
/// delivery log if it went through SNS.
pub(in crate::aws) fn report(world: &World, message: &Message) -> Vec<Callback> {
    let facts = &message.facts;
    let Some(account) = world.registry.aws.get(&facts.account) else {
        return Vec::new();
    };
    let about = About {
        kind: "status",
        message,
        lane: message.seq,
    };
    if facts.own["log"] == true {
        let (Some(topic), Some(entry)) = (&account.delivery_log_topic, log_entry(message)) else {
            return Vec::new();
        };
        return publish(world, &account, topic, about, &entry);
    }
    let topic = facts
        .service
        .as_deref()
        .and_then(|name| account.configuration_set(name)?.topic.as_deref());
    match (topic, event(message)) {
        (Some(topic), Some(event)) => publish(world, &account, topic, about, &event),
        _ => Vec::new(),
    }
}

fn millis(at: time::OffsetDateTime) -> i64 {
    i64::try_from(at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0)
}

fn parts(message: &Message) -> usize {
    segments::count(message.facts.text.as_deref().unwrap_or_default())
}

fn event(message: &Message) -> Option<Value> {
    let facts = &message.facts;
    let word = match (message.status, message.failure.map(|failure| failure.code)) {
        (Status::Sent, _) => "SUCCESSFUL",
        (Status::Delivered, _) => "DELIVERED",
        (Status::Undelivered | Status::Failed, Some(Code::Word(word))) => word,
        _ => return None,
    };
    let prefix = if facts.own["media"] == true {
        "MEDIA"
    } else {
        "TEXT"
    };
    let description = match message.failure {
        Some(failure) => failure.title,
        None => "Message has been accepted by phone",
    };
    let text = facts.text.as_deref().unwrap_or_default();
    let price = 0.00745 * f64::from(u32::try_from(parts(message)).unwrap_or(1));
    Some(json!({
        "eventType": format!("{prefix}_{word}"),
        "eventVersion": "1.0",
        "eventTimestamp": millis(message.updated_at),
        "isFinal": message.status.is_final(),
        "originationPhoneNumber": facts.sender,
        "destinationPhoneNumber": facts.contact,
        "isoCountryCode": "US",
        "isInternationalSend": false,
        "mcc": "310",
        "mnc": "260",
        "carrierName": "Simulated",
        "messageId": facts.provider_message_id,
        "messageRequestTimestamp": millis(facts.at),
        "messageEncoding": if segments::is_unicode(text) { "Unicode" } else { "GSM" },
        "messageType": facts.own["type"],
        "messageStatus": word,
        "messageStatusDescription": description,
        "context": facts.own["context"],
        "totalMessageParts": parts(message),
        "totalMessagePrice": price,
        "totalCarrierFee": 0.003,
    }))
}

/// The entry of CloudWatch: there is none before the end.
fn log_entry(message: &Message) -> Option<Value> {
    let facts = &message.facts;
    let (status, response) = match (message.status, message.failure) {
        (Status::Delivered, _) => ("SUCCESS", "Message has been accepted by phone carrier"),
        (_, Some(failure)) => ("FAILURE", failure.title),
        _ => return None,
    };
    let stamp = clock::rfc3339_millis(facts.at)
        .replace('T', " ")
        .replace('Z', "");
    Some(json!({
        "notification": {
            "messageId": facts.provider_message_id,
            "timestamp": stamp,
        },
        "delivery": {
            "phoneCarrier": "Simulated",
            "mnc": 260,
            "mcc": 310,
            "numberOfMessageParts": parts(message),
            "destination": facts.contact,
            "priceInUSD": 0.00645,
            "smsType": facts.own["type"],
            "providerResponse": response,
            "dwellTimeMs": 599,
            "dwellTimeMsUntilDeviceAck": 1344,
        },
        "status": status,
    }))
}

/// What is published about a message from a contact.
pub(in crate::aws) fn inbound(world: &World, inbound: &Inbound<'_>) -> Vec<Callback> {
    let message = inbound.message;
    let facts = &message.facts;
    let Some(account) = world.registry.aws.get(&facts.account) else {
        return Vec::new();
    };
    let topic = account
        .number(&facts.sender)
        .and_then(|number| number.topic.as_deref());
    let Some(topic) = topic else {
        return Vec::new();
    };
    let mut content = json!({
        "originationNumber": facts.contact,
        "destinationNumber": facts.sender,
        "messageKeyword": format!("KEYWORD_{}", crate::phone::digits(&facts.sender)),
        "messageBody": facts.text.as_deref().unwrap_or_default(),
        "inboundMessageId": facts.provider_message_id,
    });
    if let (Some(object), Some(id)) = (content.as_object_mut(), answered(world, &account, message))
    {
        object.insert("previousPublishedMessageId".into(), json!(id));
    }
    let about = About {
        kind: "inbound",
        message,
        lane: inbound.lane,
    };
    publish(world, &account, topic, about, &content)
}

/// The message that the contact seems to answer.
fn answered(world: &World, account: &AwsAccount, message: &Message) -> Option<String> {
    let store = locked(&world.store);
    store
        .messages_of(&message.facts.contact)
        .rev()
        .filter(|other| other.seq < message.seq && !other.facts.automatic)
        .find(|other| {
            other.facts.direction == Direction::ToContact
                && other.facts.account == account.access_key_id
                && other.facts.sender == message.facts.sender
        })
        .map(|other| other.facts.provider_message_id.clone())
}
