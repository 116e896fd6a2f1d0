use crate::{
    credentials, delivery_log, event,
    wire::{Event, Inbound, LogEntry},
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tidings_aws_http::{SnsKind, SnsMessage, SnsVerifier};
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{
    Access, Address, CallbackRequest, InboundEvent, NotAuthentic, ProviderEvent, Unreadable,
};
use time::OffsetDateTime;

/// Checks that SNS sends this for a topic of the account.
pub(crate) async fn authenticate(
    verifier: &SnsVerifier,
    access: &Access,
    request: &CallbackRequest,
) -> Result<(), NotAuthentic> {
    // Topics that cannot be read are no topics: nothing can be right.
    let topics = credentials::topics(&access.credentials).unwrap_or_default();
    if request.header("x-amz-sns-rawdelivery") == Some("true") {
        tracing::warn!(
            account = %access.account,
            "raw message delivery is on, so that SNS signs nothing: switch it off in the subscription"
        );
        return Err(NotAuthentic::Missing);
    }
    verifier.authenticate(request, &topics).await
}

/// Reads one message of SNS; each tells one thing.
pub(crate) fn parse(request: &CallbackRequest) -> Result<ProviderEvent, Unreadable> {
    let message = SnsMessage::read(&request.body)?;
    match message.kind {
        SnsKind::Notification => notification(&message),
        SnsKind::SubscriptionConfirmation | SnsKind::UnsubscribeConfirmation => {
            Ok(ProviderEvent::Ignored(message.kind.as_str().to_owned()))
        }
    }
}

fn notification(message: &SnsMessage) -> Result<ProviderEvent, Unreadable> {
    let Ok(mut json) = serde_json::from_str::<Value>(&message.message) else {
        // Such as the greeting with which AWS tries a new topic.
        return Ok(ProviderEvent::Ignored(
            "a notification that is no JSON".into(),
        ));
    };
    clean(&mut json);
    let has = |name: &str| json.get(name).is_some();
    if let Some(kind) = json.get("eventType").and_then(Value::as_str) {
        match event::without_channel(kind) {
            None => Ok(event::ignored(kind)),
            Some(_) => Ok(event::read(&read::<Event>(
                json,
                "an event of a configuration set",
            )?)),
        }
    } else if has("inboundMessageId") || has("messageBody") {
        Ok(inbound(
            &read(json, "an inbound message")?,
            message.timestamp,
        ))
    } else if has("notification") && has("delivery") {
        let entry: LogEntry = read(json, "an entry of the delivery log")?;
        Ok(delivery_log::read(&entry, message.timestamp))
    } else {
        Ok(ProviderEvent::Ignored(
            "a notification of another kind".into(),
        ))
    }
}

fn inbound(inbound: &Inbound, at: OffsetDateTime) -> ProviderEvent {
    let Ok(from) = PhoneNumber::from_e164(&inbound.origination_number) else {
        return ProviderEvent::Ignored("a message from what is no phone number".into());
    };
    ProviderEvent::Inbound(InboundEvent {
        provider_message_id: inbound.id.clone(),
        channel: Channel::Sms,
        from: Address::Phone(from),
        whatsapp_user: None,
        to: inbound.destination_number.clone(),
        text: inbound.message_body.clone(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        // AWS says nowhere what it took a text for, so keywords are read by us.
        provider_opt: None,
        at: Some(at),
    })
}

fn read<T: DeserializeOwned>(json: Value, what: &str) -> Result<T, Unreadable> {
    serde_json::from_value(json).map_err(|error| Unreadable {
        context: format!("{what} is not as AWS documents it"),
        source: Some(error.into()),
    })
}

/// No store of ours keeps U+0000, and a STOP must not be lost because of one behind it.
fn clean(json: &mut Value) {
    match json {
        Value::String(text) => {
            if text.contains('\0') {
                *text = text.replace('\0', "");
            }
        }
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(fields) => fields.values_mut().for_each(clean),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
