//! `SendTextMessage` and `SendMediaMessage`.

use std::sync::Arc;

use axum::response::Response;
use serde_json::{Value, json};

use super::super::AWS_SNS;
use super::super::accounts::AwsAccount;
use super::super::errors::{EumError, decided, failure};
use super::{has_opted_out, json_answer};
use crate::answer::Taken;
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{Channel, Direction, Facts, Media, Message, Parties, Status, content_type};
use crate::phone;
use crate::reference;
use crate::request::{list, text};
use crate::world::World;

/// Who sends if nobody is named and the account has no number.
const SHARED: &str = "+12025550199";

/// Takes a message, or says why not.
pub(super) async fn send(
    world: &World,
    operation: &str,
    caller: Result<Arc<AwsAccount>, EumError>,
    body: Option<Value>,
) -> Response {
    world.hesitate(AWS_SNS).await;
    let body = body.unwrap_or_default();
    let key = caller
        .as_ref()
        .ok()
        .map(|account| account.access_key_id.clone());
    let mut entry = Request::now(AWS_SNS, key.as_deref().unwrap_or_default());
    let copied = |name| text(&body, name).map(str::to_owned);
    entry.to = copied("DestinationPhoneNumber");
    entry.from = copied("OriginationIdentity");
    entry.text = copied("MessageBody");
    entry.client_reference = reference::of_object(&body["Context"]);
    let is_media = operation == "SendMediaMessage";
    let result = caller.and_then(|account| accept(world, &account, &body, is_media));
    match result {
        Ok(Accepted::DryRun) => json_answer(&json!({"MessageId": world.ids.uuid()})),
        Ok(Accepted::Message(message)) => {
            let id = &message.facts.provider_message_id;
            let answer = json_answer(&json!({ "MessageId": id }));
            let taken: Result<_, EumError> = Ok(Taken { message, answer });
            world.conclude(entry, taken).await
        }
        Err(error) => world.conclude(entry, Err(error)).await,
    }
}

enum Accepted {
    Message(Message),
    /// Everything is in order, and nothing is sent.
    DryRun,
}

fn accept(
    world: &World,
    account: &AwsAccount,
    body: &Value,
    is_media: bool,
) -> Result<Accepted, EumError> {
    let told = world.judge::<EumError>()?;
    if !body.is_object() {
        return Err(EumError::of("CANNOT_PARSE"));
    }
    let to = text(body, "DestinationPhoneNumber")
        .filter(|to| !to.contains(['(', ' ', '-', '.']))
        .and_then(phone::e164)
        .ok_or_else(|| EumError::field("DestinationPhoneNumber", "must be a phone number"))?;
    let from = origin(account, text(body, "OriginationIdentity"))?;
    let words = text(body, "MessageBody");
    if words.is_some_and(|words| words.chars().count() > 1600 || words.trim().is_empty()) {
        return Err(EumError::field(
            "MessageBody",
            "must have 1 to 1600 characters",
        ));
    }
    let media = media(body, is_media)?;
    if words.is_none() && media.is_empty() {
        return Err(EumError::field("MessageBody", "must not be missing"));
    }
    check_options(body)?;
    if let Some(name) = text(body, "ConfigurationSetName") {
        account
            .configuration_set(name)
            .ok_or_else(|| EumError::of("ResourceNotFoundException"))?;
    }
    if has_opted_out(world, account, &to) || magic(&to) == Some("0167") {
        return Err(EumError::of("DESTINATION_PHONE_NUMBER_OPTED_OUT"));
    }
    if body.get("DryRun").and_then(Value::as_bool) == Some(true) {
        return Ok(Accepted::DryRun);
    }
    let fate = told.unwrap_or_else(|| {
        if world.is_blocked(&to) {
            return Fate::Undelivered(failure("BLOCKED"));
        }
        magic(&to).and_then(decided).unwrap_or(Fate::Delivered)
    });
    let parties = Parties {
        account: account.access_key_id.clone(),
        channel: Channel::Sms,
        contact: to,
        sender: from,
    };
    let facts = Facts {
        text: words.map(str::to_owned),
        media,
        client_reference: reference::of_object(&body["Context"]),
        service: text(body, "ConfigurationSetName").map(str::to_owned),
        own: json!({
            "context": body.get("Context").cloned().unwrap_or_else(|| json!({})),
            "type": text(body, "MessageType").unwrap_or("TRANSACTIONAL"),
            "media": is_media,
        }),
        ..Facts::new(AWS_SNS, world.ids.uuid(), Direction::ToContact, parties)
    };
    Ok(Accepted::Message(world.begin(facts, Status::Queued, fate)))
}

/// One of the account's numbers, a sender id, a pool, or whoever is there.
fn origin(account: &AwsAccount, identity: Option<&str>) -> Result<String, EumError> {
    let first = account
        .numbers
        .first()
        .and_then(|own| phone::e164(&own.number));
    let Some(identity) = identity else {
        return Ok(first.unwrap_or_else(|| SHARED.to_owned()));
    };
    if let Some(number) = phone::e164(identity) {
        let is_own = account.numbers.is_empty() || account.number(&number).is_some();
        return is_own
            .then_some(number)
            .ok_or_else(|| EumError::of("ResourceNotFoundException"));
    }
    let is_name = (1..=11).contains(&identity.len())
        && identity
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    match first {
        _ if is_name => Ok(identity.to_owned()),
        // A pool, or an ARN.
        Some(first) => Ok(first),
        None => Err(EumError::of("ResourceNotFoundException")),
    }
}

fn media(body: &Value, is_media: bool) -> Result<Vec<Media>, EumError> {
    if !is_media {
        return Ok(Vec::new());
    }
    let urls = list(body, "MediaUrls");
    let [Value::String(url)] = urls else {
        return Err(EumError::field("MediaUrls", "must have one element"));
    };
    let is_s3 = url.starts_with("s3://") || (url.starts_with("https://") && url.contains(".s3"));
    if !is_s3 {
        return Err(EumError::field("MediaUrls", "must be an S3 URI"));
    }
    Ok(vec![Media {
        content_type: content_type(url).to_owned(),
        url: Some(url.clone()),
        id: None,
    }])
}

fn check_options(body: &Value) -> Result<(), EumError> {
    let kind = body.get("MessageType");
    if kind.is_some_and(|kind| kind != "TRANSACTIONAL" && kind != "PROMOTIONAL") {
        return Err(EumError::field(
            "MessageType",
            "must be TRANSACTIONAL or PROMOTIONAL",
        ));
    }
    let time_to_live = body.get("TimeToLive");
    let is_fine = |seconds: &Value| seconds.as_i64().is_some_and(|s| (5..=259_200).contains(&s));
    if time_to_live.is_some_and(|seconds| !is_fine(seconds)) {
        return Err(EumError::field("TimeToLive", "must be from 5 to 259200"));
    }
    match body.get("Context") {
        None => Ok(()),
        Some(Value::Object(context)) if context.len() > 5 => {
            Err(EumError::field("Context", "must have at most 5 entries"))
        }
        Some(Value::Object(context)) => {
            let is_entry = |(name, value): (&String, &Value)| {
                let value = value.as_str().unwrap_or_default();
                (1..=100).contains(&name.len())
                    && !name.contains(char::is_whitespace)
                    && (1..=800).contains(&value.len())
                    && value.trim() == value
            };
            if context.iter().all(is_entry) {
                Ok(())
            } else {
                Err(EumError::field("Context", "has an entry that is not valid"))
            }
        }
        Some(_) => Err(EumError::field("Context", "must be a map")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{check_options, media, origin};
    use crate::aws::AwsAccount;

    #[test]
    fn options_have_their_bounds() {
        for (body, is_fine) in [
            (json!({}), true),
            (json!({"MessageType": "PROMOTIONAL", "TimeToLive": 5}), true),
            (json!({"MessageType": "GOSSIP"}), false),
            (json!({"TimeToLive": 4}), false),
            (json!({"Context": {"att": "att_01"}}), true),
            (json!({"Context": {"att": " att_01"}}), false),
            (json!({"Context": {"a b": "1"}}), false),
            (
                json!({"Context": {"a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "f": "1"}}),
                false,
            ),
            (json!({"Context": []}), false),
        ] {
            assert_eq!(check_options(&body).is_ok(), is_fine, "{body}");
        }
        let urls = |url: &str| json!({ "MediaUrls": [url] });
        assert!(media(&urls("s3://bucket/a.jpg"), true).is_ok());
        assert!(media(&urls("https://files.example.com/a.jpg"), true).is_err());
        assert!(media(&json!({}), true).is_err());
    }

    #[test]
    fn an_account_sends_from_what_it_has() {
        let account = |numbers: Value| -> AwsAccount {
            serde_json::from_value(json!({"access_key_id": "AKID", "numbers": numbers}))
                .expect("an account")
        };
        let own = account(json!([{"number": "+12025550100"}]));
        let from = |account: &AwsAccount, identity| origin(account, identity).ok();
        assert_eq!(from(&own, None).as_deref(), Some("+12025550100"));
        assert_eq!(from(&own, Some("+12025550101")), None);
        assert_eq!(from(&own, Some("ACME")).as_deref(), Some("ACME"));
        assert_eq!(
            from(&own, Some("pool-0123456789abcdef")).as_deref(),
            Some("+12025550100")
        );
        let bare = account(json!([]));
        assert_eq!(
            from(&bare, Some("+12025550101")).as_deref(),
            Some("+12025550101")
        );
        assert_eq!(from(&bare, Some("pool-0123456789abcdef")), None);
    }
}
