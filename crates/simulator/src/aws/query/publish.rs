//! `Action=Publish` to a phone number.

use std::sync::Arc;

use axum::response::Response;
use serde_json::json;

use super::super::AWS_SNS;
use super::super::accounts::AwsAccount;
use super::super::errors::{SnsError, decided, failure};
use super::super::sms::has_opted_out;
use super::{Form, answer};
use crate::answer::Taken;
use crate::journey::{Fate, magic};
use crate::ledger::Request;
use crate::message::{Channel, Direction, Facts, Message, Parties, Status};
use crate::phone;
use crate::world::World;

/// Who sends if nobody is named.
const SHARED: &str = "+12025550199";

/// Takes a message, or says why not.
pub(super) async fn publish(
    world: &World,
    caller: Result<Arc<AwsAccount>, SnsError>,
    form: &Form,
) -> Response {
    world.hesitate(AWS_SNS).await;
    let key = caller
        .as_ref()
        .ok()
        .map(|account| account.access_key_id.clone());
    let mut entry = Request::now(AWS_SNS, key.as_deref().unwrap_or_default());
    entry.to = form.get("PhoneNumber").map(str::to_owned);
    entry.text = form.get("Message").map(str::to_owned);
    let result = caller
        .and_then(|account| accept(world, &account, form))
        .map(|message| {
            let id = &message.facts.provider_message_id;
            let content = format!("<MessageId>{id}</MessageId>");
            let answer = answer(world, "Publish", &content);
            Taken { message, answer }
        });
    world.conclude(entry, result).await
}

/// `MessageAttributes.entry.N.Name` and its value.
fn attribute<'a>(form: &'a Form, name: &str) -> Option<&'a str> {
    let (key, _) = form.0.iter().find(|(key, value)| {
        key.starts_with("MessageAttributes.entry.") && key.ends_with(".Name") && value == name
    })?;
    let entry = key.strip_suffix(".Name")?;
    form.get(&format!("{entry}.Value.StringValue"))
}

fn accept(world: &World, account: &AwsAccount, form: &Form) -> Result<Message, SnsError> {
    let told = world.judge::<SnsError>()?;
    if form.get("TopicArn").is_some() || form.get("TargetArn").is_some() {
        let message = "the simulator publishes to a PhoneNumber";
        return Err(SnsError::invalid(message));
    }
    let to = form.required("PhoneNumber")?;
    if !phone::is_e164(to) {
        return Err(SnsError::invalid(
            "PhoneNumber Reason: is not valid to publish to",
        ));
    }
    let text = form.required("Message")?;
    if text.chars().count() > 1600 {
        return Err(SnsError::invalid("Message too long"));
    }
    let kind = attribute(form, "AWS.SNS.SMS.SMSType").unwrap_or("Promotional");
    if !["Transactional", "Promotional"].contains(&kind) {
        return Err(SnsError::invalid("AWS.SNS.SMS.SMSType"));
    }
    let sender = sender(account, form)?;
    // A 200 means nothing: the log tells.
    let fate = told.unwrap_or_else(|| {
        if has_opted_out(world, account, to) || magic(to) == Some("0167") {
            Fate::Failed(failure("OPTED_OUT"))
        } else if world.is_blocked(to) {
            Fate::Undelivered(failure("BLOCKED"))
        } else {
            magic(to).and_then(decided).unwrap_or(Fate::Delivered)
        }
    });
    let parties = Parties {
        account: account.access_key_id.clone(),
        channel: Channel::Sms,
        contact: to.to_owned(),
        sender,
    };
    let facts = Facts {
        text: Some(text.to_owned()),
        own: json!({"log": true, "type": kind}),
        ..Facts::new(AWS_SNS, world.ids.uuid(), Direction::ToContact, parties)
    };
    Ok(world.begin(facts, Status::Queued, fate))
}

fn sender(account: &AwsAccount, form: &Form) -> Result<String, SnsError> {
    if let Some(number) = attribute(form, "AWS.MM.SMS.OriginationNumber") {
        let number = phone::e164(number)
            .filter(|number| account.numbers.is_empty() || account.number(number).is_some());
        return number.ok_or_else(|| {
            SnsError::invalid("AWS.MM.SMS.OriginationNumber Reason: not a number of this account")
        });
    }
    match attribute(form, "AWS.SNS.SMS.SenderID") {
        Some(name) => {
            let is_name = (3..=11).contains(&name.len())
                && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
                && name.bytes().any(|byte| byte.is_ascii_alphabetic());
            is_name
                .then(|| name.to_owned())
                .ok_or_else(|| SnsError::invalid("AWS.SNS.SMS.SenderID"))
        }
        None => Ok(account
            .numbers
            .first()
            .and_then(|own| phone::e164(&own.number))
            .unwrap_or_else(|| SHARED.to_owned())),
    }
}
