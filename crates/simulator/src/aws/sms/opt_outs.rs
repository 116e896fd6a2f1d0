//! The list of those who have opted out, one for each account.

use serde_json::{Value, json};

use super::super::AWS_SNS;
use super::super::accounts::AwsAccount;
use super::super::errors::EumError;
use super::describe::arn;
use crate::clock;
use crate::journey::Fate;
use crate::message::{Channel, Direction, Facts, Message, Parties, Status};
use crate::phone;
use crate::request::text;
use crate::stop::{self, Keyword};
use crate::world::{World, locked};

/// Does with a message of a contact what AWS does by itself: it answers STOP and opts the number out.
pub(in crate::aws) fn react(world: &World, message: &Message) {
    let facts = &message.facts;
    let Some(account) = world.registry.aws.get(&facts.account) else {
        return;
    };
    let manages_itself = account
        .number(&facts.sender)
        .is_some_and(|number| number.self_managed_opt_outs);
    if manages_itself {
        return;
    }
    let Some(keyword) = stop::obey(world, message, &account.opt_out_list()) else {
        return;
    };
    let answer = match keyword {
        Keyword::Stop => "You are opted out and will receive no further messages.",
        Keyword::Start => "You are opted in.",
        Keyword::Help => "For help, contact the business. Reply STOP to opt out.",
    };
    let parties = Parties {
        account: facts.account.clone(),
        channel: Channel::Sms,
        contact: facts.contact.clone(),
        sender: facts.sender.clone(),
    };
    let reply = Facts {
        text: Some(answer.to_owned()),
        automatic: true,
        ..Facts::new(AWS_SNS, world.ids.uuid(), Direction::ToContact, parties)
    };
    world.begin(reply, Status::Queued, Fate::Delivered);
}

/// True if the contact has opted out of what the account sends.
pub(in crate::aws) fn has_opted_out(world: &World, account: &AwsAccount, contact: &str) -> bool {
    locked(&world.store)
        .handset(contact)
        .is_some_and(|handset| handset.stopped.contains(&account.opt_out_list()))
}

/// Opts a contact out, or in again; true if that is new.
pub(in crate::aws) fn opt_out(
    world: &World,
    account: &AwsAccount,
    contact: &str,
    wish: Wish,
) -> bool {
    let mut store = locked(&world.store);
    let stopped = &mut store.handset_mut(contact).stopped;
    match wish {
        Wish::Out => stopped.insert(account.opt_out_list()),
        Wish::In => stopped.remove(&account.opt_out_list()),
    }
}

/// What is entered for a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::aws) enum Wish {
    Out,
    In,
}

/// Everybody who has opted out, by number.
pub(in crate::aws) fn all(world: &World, account: &AwsAccount) -> Vec<String> {
    let list = account.opt_out_list();
    let mut numbers: Vec<String> = locked(&world.store)
        .handsets()
        .filter(|(_, handset)| handset.stopped.contains(&list))
        .map(|(number, _)| number.clone())
        .collect();
    numbers.sort();
    numbers
}

pub(super) fn describe(world: &World, account: &AwsAccount) -> Value {
    let numbers: Vec<Value> = all(world, account)
        .into_iter()
        .map(|number| {
            json!({
                "OptedOutNumber": number,
                "OptedOutTimestamp": clock::now().unix_timestamp(),
                "EndUserOptedOut": true,
            })
        })
        .collect();
    json!({
        "OptOutListArn": arn(account, "opt-out-list", "Default"),
        "OptOutListName": "Default",
        "OptedOutNumbers": numbers,
    })
}

fn number(body: &Value) -> Result<String, EumError> {
    text(body, "OptedOutNumber")
        .and_then(phone::e164)
        .ok_or_else(|| EumError::field("OptedOutNumber", "must be a phone number"))
}

pub(super) fn put(world: &World, account: &AwsAccount, body: &Value) -> Result<Value, EumError> {
    let number = number(body)?;
    opt_out(world, account, &number, Wish::Out);
    Ok(entry(account, &number))
}

pub(super) fn delete(world: &World, account: &AwsAccount, body: &Value) -> Result<Value, EumError> {
    let number = number(body)?;
    if opt_out(world, account, &number, Wish::In) {
        Ok(entry(account, &number))
    } else {
        Err(EumError::of("ResourceNotFoundException"))
    }
}

fn entry(account: &AwsAccount, number: &str) -> Value {
    json!({
        "OptOutListArn": arn(account, "opt-out-list", "Default"),
        "OptOutListName": "Default",
        "OptedOutNumber": number,
        "OptedOutTimestamp": clock::now().unix_timestamp(),
        "EndUserOptedOut": false,
    })
}
