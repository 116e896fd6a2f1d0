//! Status reports, and what a number's flow forwards.

use axum::http::Method;
use form_urlencoded::Serializer;
use serde_json::{Map, Value};

use super::super::accounts::{InboundForm, MessageBirdAccount};
use super::{instant, part_count, signature, status_word};
use crate::callbacks::{Callback, Patience, Target, headers};
use crate::message::Message;
use crate::phone;
use crate::protocol::Inbound;
use crate::world::World;

/// Tries in all.
const ATTEMPTS: u32 = 10;
const SIGNATURE: &str = "messagebird-signature-jwt";

/// The GET request about the status of `message`. Without a reference there is none.
pub(in crate::messagebird) fn report(
    world: &World,
    account: &MessageBirdAccount,
    message: &Message,
) -> Option<Callback> {
    let facts = &message.facts;
    let url = facts.status_callback.as_deref()?;
    let reference = facts.client_reference.as_deref()?;
    let text = facts.text.as_deref().unwrap_or_default();
    let mut pairs = vec![
        ("id", facts.provider_message_id.clone()),
        ("reference", reference.to_owned()),
        ("recipient", phone::digits(&facts.contact)),
        ("status", status_word(message.status).to_owned()),
        (
            "statusReason",
            match message.failure {
                Some(failure) => failure.title.to_owned(),
                None => "successfully delivered".to_owned(),
            },
        ),
        ("statusDatetime", instant(message.updated_at)),
        ("mccmnc", "310260".to_owned()),
        ("ported", "0".to_owned()),
        ("messageLength", text.chars().count().to_string()),
        ("messagePartCount", part_count(message).to_string()),
        (
            "datacoding",
            facts.own["datacoding"]
                .as_str()
                .unwrap_or("plain")
                .to_owned(),
        ),
        ("price[amount]", "0.0450".to_owned()),
        ("price[currency]", "EUR".to_owned()),
    ];
    if let Some(failure) = message.failure {
        pairs.push(("statusErrorCode", failure.code.to_string()));
    }
    let url = with_query(url, &pairs);
    let target = Target {
        kind: "status",
        url: &url,
        lane: message.seq,
    };
    Some(get(world, account, message, target))
}

fn with_query(url: &str, pairs: &[(&'static str, String)]) -> String {
    let joint = if url.contains('?') { '&' } else { '?' };
    let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("{url}{joint}{query}")
}

fn get(
    world: &World,
    account: &MessageBirdAccount,
    message: &Message,
    target: Target<'_>,
) -> Callback {
    let token = signature::token(world, &account.signing_key, target.url, "");
    let headers = headers([(SIGNATURE, &token)]);
    Callback {
        method: Method::GET,
        patience: Patience {
            attempts: ATTEMPTS,
            ..Patience::persistent(world.retry_after)
        },
        ..Callback::post(world, message, target, headers, String::new())
    }
}

/// The request of the number's flow about a message from a contact.
pub(in crate::messagebird) fn inbound(
    world: &World,
    account: &MessageBirdAccount,
    inbound: &Inbound<'_>,
) -> Option<Callback> {
    let message = inbound.message;
    let facts = &message.facts;
    let number = account.number(&facts.sender)?;
    let url = number.inbound_url.as_deref()?;
    let pairs = [
        ("id", facts.provider_message_id.clone()),
        ("recipient", phone::digits(&facts.sender)),
        ("originator", phone::digits(&facts.contact)),
        ("body", facts.text.clone().unwrap_or_default()),
        ("createdDatetime", instant(facts.at)),
    ];
    let (content_type, body) = match number.inbound_form {
        InboundForm::Get => {
            let url = with_query(url, &pairs);
            let target = Target {
                kind: "inbound",
                url: &url,
                lane: inbound.lane,
            };
            return Some(get(world, account, message, target));
        }
        InboundForm::Post => (
            "application/x-www-form-urlencoded",
            Serializer::new(String::new()).extend_pairs(&pairs).finish(),
        ),
        InboundForm::Json => {
            let object: Map<String, Value> = pairs
                .into_iter()
                .map(|(name, value)| (name.to_owned(), Value::String(value)))
                .collect();
            ("application/json", Value::Object(object).to_string())
        }
    };
    let token = signature::token(world, &account.signing_key, url, &body);
    let headers = headers([("content-type", content_type), (SIGNATURE, &token)]);
    let target = Target {
        kind: "inbound",
        url,
        lane: inbound.lane,
    };
    Some(Callback::post(world, message, target, headers, body))
}
