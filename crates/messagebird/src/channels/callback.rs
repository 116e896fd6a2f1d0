use super::{inbound, signature, status};
use crate::{
    account::ChannelsAccount,
    callback::{missing, shortened},
    json::Json,
};
use serde_json::Value;
use tidings_kernel::Channel;
use tidings_messaging::{
    CallbackRequest, NotAuthentic, ProviderEvent, Receipt, ReceiptEvent, Unreadable,
};

pub(crate) fn authenticate(
    account: &ChannelsAccount,
    request: &CallbackRequest,
) -> Result<(), NotAuthentic> {
    // Without a key nothing can be right.
    let key = account.signing_key.as_ref().ok_or(NotAuthentic::Wrong)?;
    signature::check(key, request)
}

/// Reads one event: in an envelope that names it, or bare.
pub(crate) fn parse(
    account: &ChannelsAccount,
    request: &CallbackRequest,
) -> Result<ProviderEvent, Unreadable> {
    let body: Value = serde_json::from_slice(&request.body).map_err(|error| Unreadable {
        context: "an event of a workspace is no JSON".into(),
        source: Some(error.into()),
    })?;
    let envelope = Json(&body);
    let payload = envelope.at("/payload").unwrap_or(envelope);
    let event = envelope.text("/event").unwrap_or_default();
    let (medium, what) = event.split_once('.').unwrap_or((event, ""));
    if what == "interaction" {
        return interaction(payload);
    }
    let direction = payload.text("/direction");
    match (direction, what) {
        (Some("incoming"), _) | (None, "inbound") => match channel(account, medium, payload) {
            Some(channel) => inbound::message(channel, payload),
            None => Ok(ProviderEvent::Ignored(shortened(event))),
        },
        (Some("outgoing"), _) | (None, "outbound") => receipt(payload),
        _ => Ok(ProviderEvent::Ignored(shortened(event))),
    }
}

/// Our channel: by the event's name, or, where there is none, by the channel at Bird.
fn channel(account: &ChannelsAccount, medium: &str, payload: Json<'_>) -> Option<Channel> {
    let id = payload.text("/channelId");
    match medium {
        "sms" => Some(Channel::Sms),
        "whatsapp" => Some(Channel::Whatsapp),
        "" => [Channel::Sms, Channel::Whatsapp]
            .into_iter()
            .find(|channel| id.is_some() && account.channel(*channel) == id),
        _ => None,
    }
}

fn receipt(payload: Json<'_>) -> Result<ProviderEvent, Unreadable> {
    let status = payload.text("/status").ok_or_else(|| missing("status"))?;
    let Some(receipt) = status::receipt(status) else {
        return Ok(ProviderEvent::Ignored(shortened(status)));
    };
    let attempt = payload.text("/reference");
    Ok(ProviderEvent::Receipt(ReceiptEvent {
        attempt: attempt.and_then(|attempt| attempt.parse().ok()),
        provider_message_id: payload.clean("/id").ok_or_else(|| missing("id"))?,
        receipt,
        error: (receipt == Receipt::Failed).then(|| status::failure(payload, status)),
        cost: None,
        at: payload.instant("/lastStatusAt"),
    }))
}

/// What a contact did with a message: only reading it counts.
fn interaction(payload: Json<'_>) -> Result<ProviderEvent, Unreadable> {
    let kind = payload.text("/type").unwrap_or_default();
    if kind != "read" {
        return Ok(ProviderEvent::Ignored(shortened(kind)));
    }
    let attempt = payload.text("/messageReference");
    let id = payload.clean("/messageId");
    Ok(ProviderEvent::Receipt(ReceiptEvent {
        attempt: attempt.and_then(|attempt| attempt.parse().ok()),
        provider_message_id: id.ok_or_else(|| missing("messageId"))?,
        receipt: Receipt::Read,
        error: None,
        cost: None,
        at: payload.instant("/createdAt"),
    }))
}
