//! Topics: what they post to their subscribers, and how one becomes one.

use axum::http::Method;
use bytes::Bytes;
use form_urlencoded::Serializer;
use serde_json::{Map, Value, json};

use super::accounts::{AwsAccount, AwsSubscription, AwsTopic};
use super::{AWS_SNS, signer};
use crate::callbacks::{Callback, Patience, headers};
use crate::clock;
use crate::message::Message;
use crate::world::World;

/// Tries in all: three after the first.
const ATTEMPTS: u32 = 4;

/// What a callback is about.
#[derive(Debug, Clone, Copy)]
pub(crate) struct About<'a> {
    pub(crate) kind: &'static str,
    pub(crate) message: &'a Message,
    pub(crate) lane: u64,
}

/// Publishes `content` to a topic: a notification for each confirmed subscription.
pub(crate) fn publish(
    world: &World,
    account: &AwsAccount,
    arn: &str,
    about: About<'_>,
    content: &Value,
) -> Vec<Callback> {
    let Some(topic) = account.topic(arn) else {
        return Vec::new();
    };
    let id = world.ids.uuid();
    let facts = &about.message.facts;
    let subscriptions = topic.subscriptions.iter().filter(|one| one.confirmed);
    subscriptions
        .filter_map(|subscription| {
            let arn = account.subscription_arn(&topic.arn, &subscription.endpoint);
            let unsubscribe = link(
                account,
                &[("Action", "Unsubscribe"), ("SubscriptionArn", &arn)],
            );
            let body = json!({
                "Type": "Notification",
                "MessageId": id,
                "Message": content.to_string(),
                "UnsubscribeURL": unsubscribe,
            });
            let sent = Sent {
                provider: facts.provider,
                kind: about.kind,
                id: facts.provider_message_id.clone(),
                status: about.message.status.word(),
                lane: about.lane,
            };
            post(world, account, topic, &subscription.endpoint, body, sent)
        })
        .collect()
}

/// Asks an address to confirm that it wants to hear of the topic.
pub(super) fn ask(world: &World, account: &AwsAccount, topic: &AwsTopic, endpoint: &str) {
    let token = account.token(&topic.arn, endpoint);
    let url = link(
        account,
        &[
            ("Action", "ConfirmSubscription"),
            ("TopicArn", &topic.arn),
            ("Token", &token),
        ],
    );
    let body = json!({
        "Type": "SubscriptionConfirmation",
        "MessageId": world.ids.uuid(),
        "Token": token,
        "Message": format!(
            "You have chosen to subscribe to the topic {}.\nTo confirm the subscription, visit \
             the SubscribeURL included in this message.",
            topic.arn
        ),
        "SubscribeURL": url,
    });
    let sent = Sent {
        provider: AWS_SNS,
        kind: "subscription",
        id: topic.arn.clone(),
        status: "pending",
        lane: 0,
    };
    if let Some(callback) = post(world, account, topic, endpoint, body, sent) {
        world.callbacks.offer(callback, std::time::Duration::ZERO);
    }
}

/// An address of SNS with this query.
fn link(account: &AwsAccount, pairs: &[(&str, &str)]) -> String {
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{}/?{query}", base(account))
}

/// Where the addresses in notifications point.
fn base(account: &AwsAccount) -> String {
    match &account.links {
        Some(links) => links.trim_end_matches('/').to_owned(),
        None => format!("https://sns.{}.amazonaws.com", account.region),
    }
}

/// What the ledger says of the callback.
struct Sent {
    provider: crate::protocol::Provider,
    kind: &'static str,
    id: String,
    status: &'static str,
    lane: u64,
}

/// Completes, signs and addresses a message.
fn post(
    world: &World,
    account: &AwsAccount,
    topic: &AwsTopic,
    endpoint: &str,
    body: Value,
    sent: Sent,
) -> Option<Callback> {
    let Value::Object(mut body) = body else {
        return None;
    };
    let key = world.key.get()?;
    let certificate = format!("{}{}", base(account), signer::certificate_path(key));
    let mut put = |name: &str, value: Value| body.insert(name.to_owned(), value);
    put("TopicArn", json!(topic.arn));
    put("Timestamp", json!(clock::rfc3339_millis(clock::now())));
    put(
        "SignatureVersion",
        json!(topic.signature_version.to_string()),
    );
    put("SigningCertURL", json!(certificate));
    let signature = signer::sign(key, topic.signature_version, &body)?;
    body.insert("Signature".into(), json!(signature));
    let text = |body: &Map<String, Value>, name: &str| {
        body.get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let headers = headers([
        // It is JSON all the same.
        ("content-type", "text/plain; charset=UTF-8"),
        ("x-amz-sns-message-type", &text(&body, "Type")),
        ("x-amz-sns-message-id", &text(&body, "MessageId")),
        ("x-amz-sns-topic-arn", &topic.arn),
        (
            "x-amz-sns-subscription-arn",
            &account.subscription_arn(&topic.arn, endpoint),
        ),
        ("user-agent", "Amazon Simple Notification Service Agent"),
    ]);
    Some(Callback {
        provider: sent.provider,
        kind: sent.kind,
        provider_message_id: sent.id,
        status: sent.status,
        method: Method::POST,
        url: endpoint.to_owned(),
        headers,
        body: Bytes::from(Value::Object(body).to_string()),
        patience: Patience {
            attempts: ATTEMPTS,
            // Whoever answers 4xx has got it.
            on_4xx: false,
            ..Patience::persistent(world.retry_after)
        },
        lane: sent.lane,
        attempt: 1,
    })
}

/// Confirms the subscription that has this token; gives its ARN.
pub(super) fn confirm(world: &World, arn: &str, token: &str) -> Option<String> {
    let account = world.registry.aws.by_topic(arn)?;
    let confirmed = world
        .registry
        .aws
        .update(&account.access_key_id, |changed| {
            let topic = changed.topics.iter_mut().find(|topic| topic.arn == arn)?;
            let subscription = topic
                .subscriptions
                .iter_mut()
                .find(|one| account.token(arn, &one.endpoint) == token)?;
            subscription.confirmed = true;
            Some(account.subscription_arn(arn, &subscription.endpoint))
        });
    confirmed.flatten()
}

/// Adds a subscription that waits for its confirmation.
pub(super) fn subscribe(world: &World, account: &AwsAccount, arn: &str, endpoint: &str) {
    let accounts = &world.registry.aws;
    accounts.update(&account.access_key_id, |account| {
        let topic = account.topics.iter_mut().find(|topic| topic.arn == arn)?;
        let is_there = topic
            .subscriptions
            .iter()
            .any(|one| one.endpoint == endpoint);
        if !is_there {
            topic.subscriptions.push(AwsSubscription {
                endpoint: endpoint.to_owned(),
                confirmed: false,
            });
        }
        Some(())
    });
    if let Some(topic) = account.topic(arn) {
        ask(world, account, topic, endpoint);
    }
}

/// Removes a subscription; false if there is none with this ARN.
pub(super) fn unsubscribe(world: &World, subscription_arn: &str) -> bool {
    let Some((arn, _)) = subscription_arn.rsplit_once(':') else {
        return false;
    };
    let Some(account) = world.registry.aws.by_topic(arn) else {
        return false;
    };
    let removed = world
        .registry
        .aws
        .update(&account.access_key_id, |changed| {
            let topic = changed.topics.iter_mut().find(|topic| topic.arn == arn)?;
            let before = topic.subscriptions.len();
            topic
                .subscriptions
                .retain(|one| account.subscription_arn(arn, &one.endpoint) != subscription_arn);
            Some(topic.subscriptions.len() < before)
        });
    removed.flatten() == Some(true)
}
