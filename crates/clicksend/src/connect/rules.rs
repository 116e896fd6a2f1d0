//! The account's rules, by which receipts and replies come here.

use crate::{
    client::Client,
    wire::{Envelope, List, Rule, is_set},
};

/// Sentences for people about rules that are missing.
///
/// Nothing is said where the rules cannot be read: an API user may lack the permission.
pub(super) async fn missing(client: &Client<'_>, callback_url: &str) -> Vec<String> {
    let mut notes = Vec::new();
    for (list, note) in [
        (
            "receipts",
            "No rule sends delivery receipts here: add one with the action URL and the callback address. \
             Until then ClickSend is asked for them, and they come later.",
        ),
        (
            "inbound",
            "No rule sends replies here: add one with the action URL and the callback address. Until then \
             no STOP arrives.",
        ),
    ] {
        if is_there(client, list, callback_url).await == Some(false) {
            notes.push(note.to_owned());
        }
    }
    notes
}

/// Whether an enabled rule of this list calls the address; `None` if that cannot be told.
async fn is_there(client: &Client<'_>, list: &str, callback_url: &str) -> Option<bool> {
    let answer = client.get(&["automations", "sms", list], &[]).await.ok()?;
    let envelope: Envelope = answer.read().filter(|_| answer.is_success())?;
    let list: List<Rule> = serde_json::from_value(envelope.into_data()?).ok()?;
    let is_whole = list
        .last_page
        .as_deref()
        .is_some_and(|last| matches!(last, "0" | "1"));
    let rules = list.data.unwrap_or_default();
    if rules.iter().any(|rule| calls(rule, callback_url)) {
        return Some(true);
    }
    is_whole.then_some(false)
}

fn calls(rule: &Rule, callback_url: &str) -> bool {
    rule.enabled.as_deref().is_some_and(is_set)
        && rule.action.as_deref() == Some("URL")
        && rule
            .action_address
            .as_deref()
            .is_some_and(|address| address.trim().split(['?', '#']).next() == Some(callback_url))
}
