//! Events of configuration sets.

use serde_json::{Map, Value, json};

use crate::aws::{About, AwsAccount, publish};
use crate::callbacks::Callback;
use crate::clock;
use crate::mailbox::domain;
use crate::message::{Message, Status};
use crate::world::World;

/// The event about the status of `message`, if it was sent with a configuration set that has a topic.
pub(super) fn report(world: &World, message: &Message) -> Vec<Callback> {
    let facts = &message.facts;
    let Some(account) = world.registry.aws.get(&facts.account) else {
        return Vec::new();
    };
    let set = facts
        .service
        .as_deref()
        .and_then(|name| account.configuration_set(name));
    let Some((set, topic)) = set.and_then(|set| Some((&set.name, set.topic.as_deref()?))) else {
        return Vec::new();
    };
    let Some((kind, name, details)) = event(world, message) else {
        return Vec::new();
    };
    let content = json!({
        "eventType": kind,
        "mail": mail(&account, message, set),
        name: details,
    });
    let about = About {
        kind: "status",
        message,
        lane: message.seq,
    };
    publish(world, &account, topic, about, &content)
}

/// The type of the event, and the member that has its details.
fn event(world: &World, message: &Message) -> Option<(&'static str, &'static str, Value)> {
    let facts = &message.facts;
    let at = clock::rfc3339_millis(message.updated_at);
    let recipient = &facts.contact;
    let feedback = || format!("0100018f0a0b0c0d-{}-000000", world.ids.uuid());
    let Some(failure) = message.failure else {
        return match message.status {
            Status::Sent => Some(("Send", "send", json!({}))),
            Status::Delivered => {
                let taken = (message.updated_at - facts.at).whole_milliseconds();
                let millis = i64::try_from(taken).unwrap_or(0);
                let details = json!({
                    "timestamp": at,
                    "processingTimeMillis": millis,
                    "recipients": [recipient],
                    "smtpResponse": "250 2.6.0 Message received",
                    "reportingMTA": "a8-70.smtp-out.amazonses.com",
                });
                Some(("Delivery", "delivery", details))
            }
            _ => None,
        };
    };
    let code = failure.code.to_string();
    match message.status {
        Status::Complained => {
            let details = json!({
                "complainedRecipients": [{"emailAddress": recipient}],
                "timestamp": at,
                "feedbackId": feedback(),
                "complaintSubType": null,
                "complaintFeedbackType": "abuse",
                "userAgent": "Simulated feedback loop/1.0",
                "arrivalDate": at,
            });
            Some(("Complaint", "complaint", details))
        }
        Status::Failed => Some(("Reject", "reject", json!({"reason": failure.title}))),
        _ => {
            let (kind, subtype) = code.split_once('.').unwrap_or((&code, "General"));
            let status = match (kind, subtype) {
                (_, "MailboxFull") => "4.2.2",
                ("Transient", _) => "4.4.7",
                _ => "5.1.1",
            };
            let details = json!({
                "bounceType": kind,
                "bounceSubType": subtype,
                "timestamp": at,
                "feedbackId": feedback(),
                "bouncedRecipients": [{
                    "emailAddress": recipient,
                    "action": "failed",
                    "status": status,
                    "diagnosticCode": failure.title,
                }],
                "reportingMTA": "dsn; a8-70.smtp-out.amazonses.com",
            });
            Some(("Bounce", "bounce", details))
        }
    }
}

/// The mail as all events describe it.
fn mail(account: &AwsAccount, message: &Message, set: &str) -> Value {
    let facts = &message.facts;
    let (id, region) = (&account.account_id, &account.region);
    let from_domain = domain(&facts.sender);
    let mut tags = Map::new();
    tags.insert("ses:configuration-set".into(), json!([set]));
    tags.insert("ses:from-domain".into(), json!([from_domain]));
    let own = facts.own["tags"].as_array().into_iter().flatten();
    for pair in own {
        if let (Some(name), Some(value)) = (pair[0].as_str(), pair[1].as_str()) {
            tags.insert(name.to_owned(), json!([value]));
        }
    }
    json!({
        "timestamp": clock::rfc3339_millis(facts.at),
        "messageId": facts.provider_message_id,
        "source": facts.own["source"],
        "sourceArn": format!("arn:aws:ses:{region}:{id}:identity/{from_domain}"),
        "sendingAccountId": id,
        "destination": [facts.contact],
        "headersTruncated": false,
        "headers": facts.own["headers"],
        "commonHeaders": {
            "from": [facts.own["source"]],
            "to": [facts.contact],
            "subject": facts.subject,
            "messageId": facts.provider_message_id,
        },
        "tags": tags,
    })
}
