//! `/v3/automations/sms/receipts` and `/inbound`: the rules of an account.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use super::accounts::{ClickSendAccount, ClickSendRule, Subject};
use super::authenticate;
use super::errors::{ClickSendError, success};
use super::list::Page;
use crate::world::World;

type Answer = Result<Response, ClickSendError>;

fn subject(name: &str) -> Result<Subject, ClickSendError> {
    match name {
        "receipts" => Ok(Subject::Receipts),
        "inbound" => Ok(Subject::Inbound),
        _ => Err(ClickSendError::of("NOT_FOUND")),
    }
}

async fn arrive(
    world: &World,
    headers: &HeaderMap,
    name: &str,
) -> Result<(Arc<ClickSendAccount>, Subject), ClickSendError> {
    world.survive::<ClickSendError>().await?;
    Ok((authenticate(world, headers)?, subject(name)?))
}

fn view(rule: &ClickSendRule, subject: Subject) -> Value {
    match subject {
        Subject::Receipts => json!({
            "receipt_rule_id": rule.rule_id,
            "rule_name": rule.rule_name,
            "match_type": 0,
            "action": rule.action,
            "action_address": rule.action_address,
            "enabled": rule.enabled,
        }),
        Subject::Inbound => json!({
            "inbound_rule_id": rule.rule_id,
            "dedicated_number": rule.dedicated_number,
            "rule_name": rule.rule_name,
            "message_search_type": 0,
            "message_search_term": "",
            "action": rule.action,
            "action_address": rule.action_address,
            "enabled": rule.enabled,
            "webhook_type": rule.webhook_type,
        }),
    }
}

pub(super) async fn list(
    State(world): State<Arc<World>>,
    Path(list): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let (account, subject) = arrive(&world, &headers, &list).await?;
    let page = Page::read(&query.unwrap_or_default())?;
    let rules = account.rules(subject).iter();
    let rows: Vec<Value> = rules.map(|rule| view(rule, subject)).collect();
    Ok(success("Here are your automation rules.", page.of(&rows)))
}

pub(super) async fn show(
    State(world): State<Arc<World>>,
    Path((list, id)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Answer {
    let (account, subject) = arrive(&world, &headers, &list).await?;
    let rule = account
        .rules(subject)
        .iter()
        .find(|rule| rule.rule_id == id);
    let rule = rule.ok_or_else(|| ClickSendError::of("NOT_FOUND"))?;
    Ok(success(
        "Here is your automation rule.",
        view(rule, subject),
    ))
}

pub(super) async fn create(
    State(world): State<Arc<World>>,
    Path(list): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let (account, subject) = arrive(&world, &headers, &list).await?;
    let mut rule: ClickSendRule =
        serde_json::from_slice(&body).map_err(|_| ClickSendError::of("BAD_REQUEST"))?;
    if rule.rule_name.is_empty() {
        return Err(ClickSendError::field(
            "rule_name",
            "The rule name is required.",
        ));
    }
    rule.rule_id = 0;
    let created = world
        .registry
        .clicksend
        .update(&account.username, |account| {
            account.rules_mut(subject).push(rule);
            account.number_rules(subject);
            let newest = account.rules(subject).last();
            newest.map(|rule| view(rule, subject)).unwrap_or_default()
        });
    Ok(success(
        "The rule has been added.",
        created.unwrap_or_default(),
    ))
}

pub(super) async fn change(
    State(world): State<Arc<World>>,
    Path((list, id)): Path<(String, u64)>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let (account, subject) = arrive(&world, &headers, &list).await?;
    let mut rule: ClickSendRule =
        serde_json::from_slice(&body).map_err(|_| ClickSendError::of("BAD_REQUEST"))?;
    rule.rule_id = id;
    let changed = world
        .registry
        .clicksend
        .update(&account.username, |account| {
            let rules = account.rules_mut(subject);
            let place = rules.iter_mut().find(|old| old.rule_id == id)?;
            *place = rule;
            Some(view(place, subject))
        });
    let changed = changed
        .flatten()
        .ok_or_else(|| ClickSendError::of("NOT_FOUND"))?;
    Ok(success("The rule has been updated.", changed))
}

pub(super) async fn remove(
    State(world): State<Arc<World>>,
    Path((list, id)): Path<(String, u64)>,
    headers: HeaderMap,
) -> Answer {
    let (account, subject) = arrive(&world, &headers, &list).await?;
    let removed = world
        .registry
        .clicksend
        .update(&account.username, |account| {
            let rules = account.rules_mut(subject);
            let before = rules.len();
            rules.retain(|rule| rule.rule_id != id);
            rules.len() < before
        });
    if removed == Some(true) {
        Ok(success("The rule has been deleted.", Value::Null))
    } else {
        Err(ClickSendError::of("NOT_FOUND"))
    }
}
