//! Status callbacks.

use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use form_urlencoded::Serializer;

use super::TWILIO;
use super::query::addresses;
use super::signature::twilio_signature;
use crate::callbacks::{Callback, Patience, headers};
use crate::clock;
use crate::message::{Channel, Message, Status};
use crate::world::World;

/// The callback about `message`, if its sender asked for one.
pub(super) fn callback(world: &World, message: &Message) -> Option<Callback> {
    let facts = &message.facts;
    let url = facts.status_callback.as_deref()?;
    let account = world.registry.twilio.get(&facts.account)?;
    let (from, recipient) = addresses(message);
    let status = message.status.word();
    let mut params = vec![
        ("AccountSid", facts.account.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("From", from),
        ("MessageSid", facts.provider_message_id.clone()),
        ("MessageStatus", status.to_owned()),
        ("SmsSid", facts.provider_message_id.clone()),
        ("SmsStatus", status.to_owned()),
        ("To", recipient),
    ];
    if let Some(service) = &facts.service {
        params.push(("MessagingServiceSid", service.clone()));
    }
    if let Some(failure) = message.failure {
        params.push(("ErrorCode", failure.code.to_string()));
    }
    match facts.channel {
        Channel::Sms | Channel::Email => {
            if matches!(message.status, Status::Delivered | Status::Undelivered) {
                params.push(("RawDlrDoneDate", clock::raw_dlr(message.updated_at)));
            }
        }
        Channel::Whatsapp => {
            let install = format!("XE{}", facts.account.trim_start_matches("AC"));
            params.push(("ChannelInstallSid", install));
            params.push(("ChannelPrefix", "whatsapp".to_owned()));
            params.push(("ChannelToAddress", facts.contact.clone()));
            if let Some(failure) = message.failure {
                params.push(("ChannelStatusMessage", failure.title.to_owned()));
            }
            if message.status == Status::Read {
                params.push(("EventType", "READ".to_owned()));
            }
        }
    }
    let shape = Shape {
        kind: "status",
        status,
        lane: message.seq,
    };
    Some(form(
        world,
        message,
        &account.auth_token,
        url,
        &params,
        shape,
    ))
}

/// The part of a callback that differs between status and inbound.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) kind: &'static str,
    pub(super) status: &'static str,
    pub(super) lane: u64,
}

/// A signed form POST to a URL with Twilio's connection options in its fragment.
pub(super) fn form(
    world: &World,
    message: &Message,
    auth_token: &str,
    url: &str,
    params: &[(&'static str, String)],
    shape: Shape,
) -> Callback {
    let (url, options) = url.split_once('#').unwrap_or((url, ""));
    let pairs = params.iter().map(|(name, value)| (*name, value.as_str()));
    let signature = twilio_signature(auth_token, url, pairs.clone());
    let body = Serializer::new(String::new()).extend_pairs(pairs).finish();
    Callback {
        provider: TWILIO,
        kind: shape.kind,
        provider_message_id: message.facts.provider_message_id.clone(),
        status: shape.status,
        method: Method::POST,
        url: url.to_owned(),
        headers: headers([
            (
                "content-type",
                "application/x-www-form-urlencoded; charset=utf-8",
            ),
            ("x-twilio-signature", &signature),
            ("i-twilio-idempotency-token", &world.ids.trace()),
        ]),
        body: Bytes::from(body),
        patience: patience(options, world.retry_after),
        lane: shape.lane,
        attempt: 1,
    }
}

/// Reads `rc`, `rp`, `rt` and `tt`; without them Twilio tries once more if it cannot connect.
/// Source: <https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides>.
fn patience(options: &str, pause: Duration) -> Patience {
    let mut retries: u32 = 1;
    let mut policy = "ct".to_owned();
    let mut timeout = Duration::from_secs(15);
    for (name, value) in form_urlencoded::parse(options.as_bytes()) {
        match &*name {
            "rc" => retries = value.parse().unwrap_or(retries).min(5),
            "rp" => policy = value.into_owned(),
            "rt" | "tt" => {
                if let Ok(millis) = value.parse() {
                    timeout = timeout.min(Duration::from_millis(millis));
                }
            }
            _ => {}
        }
    }
    let has = |wanted: &str| {
        policy
            .split(',')
            .any(|word| word == wanted || word == "all")
    };
    Patience {
        timeout,
        attempts: retries + 1,
        on_connect: has("ct"),
        on_timeout: has("rt"),
        on_4xx: has("4xx"),
        on_5xx: has("5xx"),
        pause,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::patience;

    #[test]
    fn options_of_the_url_say_what_is_tried_again() {
        let usual = patience("", Duration::ZERO);
        assert_eq!(usual.attempts, 2);
        assert!(usual.on_connect && !usual.on_timeout && !usual.on_4xx && !usual.on_5xx);
        let all = patience("rc=3&rp=all&rt=4000", Duration::ZERO);
        assert_eq!(all.attempts, 4);
        assert_eq!(all.timeout, Duration::from_secs(4));
        assert!(all.on_connect && all.on_timeout && all.on_4xx && all.on_5xx);
        let some = patience("rp=5xx,rt&rc=9", Duration::ZERO);
        assert_eq!(some.attempts, 6);
        assert!(!some.on_connect && some.on_timeout && !some.on_4xx && some.on_5xx);
    }
}
