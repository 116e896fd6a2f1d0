mod fields;

use crate::{credentials::Identity, gateway::Report, number::number, wire::instant};
use fields::{Fields, LONGEST};
use tidings_kernel::Channel;
use tidings_messaging::{
    Access, Address, CallbackRequest, InboundEvent, NotAuthentic, ProviderEvent, ReceiptEvent,
    Unreadable,
};
use tidings_provider_http::is_same;

/// The fields that only receipts have.
const OF_RECEIPTS: [&str; 4] = ["status_code", "status_text", "error_code", "error_text"];

/// The kinds of messages that are sent here; it has others, such as calls.
const OF_MESSAGES: [&str; 2] = ["sms", "mms"];

/// ClickSend signs nothing. What vouches is the unguessable end of the address, compared in constant time;
/// and where the account's numbers were given, no other account may be named.
///
/// What cannot be read at all names nobody, and is refused when it is parsed.
pub(crate) fn authenticate(access: &Access, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    let ours = last_step(&access.callback_url);
    let theirs = last_step(&request.url);
    if ours.is_empty() || !is_same(ours.as_bytes(), theirs.as_bytes()) {
        return Err(NotAuthentic::Wrong);
    }
    if request.body.len() > LONGEST {
        return Err(NotAuthentic::Wrong);
    }
    let identity = Identity::read(&access.credentials).map_err(|_| NotAuthentic::Wrong)?;
    let Ok(fields) = Fields::of(request) else {
        return Ok(());
    };
    let is_other = |own: Option<&str>, named: Option<&str>| match (own, named) {
        (Some(own), Some(named)) => !is_same(own.as_bytes(), named.trim().as_bytes()),
        (None, _) | (_, None) => false,
    };
    if is_other(identity.user_id.as_deref(), fields.get("user_id"))
        || is_other(
            identity.subaccount_id.as_deref(),
            fields.get("subaccount_id"),
        )
    {
        return Err(NotAuthentic::OtherAccount);
    }
    Ok(())
}

/// The last step of an address' path.
fn last_step(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default()
}

/// Reads one request; each tells one thing.
pub(crate) fn parse(request: &CallbackRequest) -> Result<ProviderEvent, Unreadable> {
    let fields = Fields::of(request)?;
    let is_inbound = fields.get("from").is_some();
    if OF_RECEIPTS.iter().any(|name| fields.get(name).is_some())
        || (fields.get("status").is_some() && !is_inbound)
    {
        return receipt(&fields);
    }
    if is_inbound {
        return inbound(&fields);
    }
    Ok(ProviderEvent::Ignored(
        "neither a receipt nor a message".into(),
    ))
}

fn receipt(fields: &Fields) -> Result<ProviderEvent, Unreadable> {
    let is_ours = |kind: &str| OF_MESSAGES.iter().any(|own| kind.eq_ignore_ascii_case(own));
    if let Some(kind) = fields.get("message_type").filter(|kind| !is_ours(kind)) {
        return Ok(ignored("a receipt for ", kind));
    }
    let message_id = fields.require(&["message_id", "messageid"])?;
    let report = Report {
        status_code: fields.get("status_code"),
        error_code: fields.get("error_code"),
        status: fields.get("status"),
        words: fields.get("error_text").or(fields.get("status_text")),
    };
    let Some(receipt) = report.receipt() else {
        let what = report.error_code.or(report.status_code).or(report.status);
        return Ok(ignored("a receipt with ", what.unwrap_or("no code")));
    };
    Ok(ProviderEvent::Receipt(ReceiptEvent {
        attempt: fields
            .first(&["custom_string", "customstring"])
            .and_then(|reference| reference.trim().parse().ok()),
        provider_message_id: message_id.to_owned(),
        receipt,
        error: report.error(),
        // No receipt has a price; the history does.
        cost: None,
        at: fields.get("timestamp").and_then(instant),
    }))
}

fn inbound(fields: &Fields) -> Result<ProviderEvent, Unreadable> {
    let Some(from) = number(fields.require(&["from"])?) else {
        return Ok(ProviderEvent::Ignored(
            "a message from what is no phone number".into(),
        ));
    };
    let to = fields.get("to").unwrap_or_default();
    Ok(ProviderEvent::Inbound(InboundEvent {
        provider_message_id: fields.require(&["message_id", "messageid"])?.to_owned(),
        channel: Channel::Sms,
        from: Address::Phone(from),
        whatsapp_user: None,
        to: number(to).map_or_else(|| to.trim().to_owned(), |to| to.to_string()),
        text: fields.get("body").unwrap_or_default().to_owned(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        // ClickSend passes a STOP on without a word of its own.
        provider_opt: None,
        // The test that the dashboard offers has only the second.
        at: fields
            .first(&["timestamp", "timestamp_send"])
            .and_then(instant),
    }))
}

fn ignored(what: &str, word: &str) -> ProviderEvent {
    let word: String = word.chars().take(64).collect();
    ProviderEvent::Ignored(format!("{what}{word}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_step_of_an_address_is_what_nobody_guesses() {
        for (url, step) in [
            ("https://hooks.example.com/callbacks/clicksend/abc", "abc"),
            (
                "https://hooks.example.com/callbacks/clicksend/abc?x=/y#/z",
                "abc",
            ),
            ("https://hooks.example.com/callbacks/clicksend/", ""),
            ("", ""),
        ] {
            assert_eq!(last_step(url), step, "{url}");
        }
    }
}
