mod account;
mod inbound;
mod template;

use crate::{
    credentials::{app_secret, phone_number_id, verify_token, waba_id},
    errors::{self, MetaError},
    node::{Node, drop_nul},
    signature,
};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use std::borrow::Cow;
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{
    Access, Address, CallbackRequest, FreeWindowEvent, Handshake, NotAuthentic, PreferenceChange,
    PreferenceEvent, PreferenceReach, ProviderEvent, Receipt, ReceiptEvent, Unreadable,
};
use tidings_provider_http::is_same;
use time::OffsetDateTime;
use url::Url;

const SIGNATURE_HEADER: &str = "x-hub-signature-256";

/// Answers the request with which Meta checks the address: the challenge for the right token.
pub(crate) fn handshake(access: &Access, request: &CallbackRequest) -> Option<Handshake> {
    if request.method != "GET" {
        return None;
    }
    Some(challenge(access, request).map_or(Handshake::Refused, Handshake::Welcome))
}

fn challenge(access: &Access, request: &CallbackRequest) -> Option<String> {
    let expected = verify_token(&access.credentials).ok()?;
    let url = Url::parse(&request.url).ok()?;
    let value = |name: &str| {
        let mut pairs = url.query_pairs();
        pairs
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    };
    let token = value("hub.verify_token")?;
    let is_known = is_same(expected.expose_secret().as_bytes(), token.as_bytes());
    let is_meta = is_known && value("hub.mode")? == "subscribe";
    value("hub.challenge").filter(|_| is_meta)
}

/// The account's part of a callback: one app, and so one address and one secret, may serve many numbers and many
/// businesses.
struct Own<'a> {
    business: &'a str,
    number: &'a str,
}

impl<'a> Own<'a> {
    fn of(access: &'a Access) -> Option<Self> {
        Some(Self {
            business: waba_id(&access.credentials).ok()?,
            number: phone_number_id(&access.credentials).ok()?,
        })
    }

    /// What names no business or no number is everybody's.
    fn has(&self, entry: Node<'_>, change: Node<'_>) -> bool {
        entry.word("id").is_none_or(|id| id == self.business)
            && number(change).is_none_or(|id| id == self.number)
    }
}

fn number(change: Node<'_>) -> Option<Cow<'_, str>> {
    change.word("value/metadata/phone_number_id")
}

/// Every change with the entry that it stands in.
fn changes(body: Node<'_>) -> impl Iterator<Item = (Node<'_>, Node<'_>)> {
    body.list("entry").flat_map(|entry| {
        let changes = entry.list("changes");
        changes.map(move |change| (entry, change))
    })
}

/// Checks the signature, then that something is the account's.
pub(crate) fn authenticate(access: &Access, request: &CallbackRequest) -> Result<(), NotAuthentic> {
    let header = request
        .header(SIGNATURE_HEADER)
        .ok_or(NotAuthentic::Missing)?;
    let secret = app_secret(&access.credentials).map_err(|_| NotAuthentic::Wrong)?;
    if !signature::is_right(secret, &request.body, header) {
        return Err(NotAuthentic::Wrong);
    }
    let own = Own::of(access).ok_or(NotAuthentic::OtherAccount)?;
    // A body that is no JSON belongs to nobody else; reading it then says what is wrong.
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    let mut all = changes(Node(&body)).peekable();
    if all.peek().is_none() || all.any(|(entry, change)| own.has(entry, change)) {
        Ok(())
    } else {
        Err(NotAuthentic::OtherAccount)
    }
}

/// Whether a change names no number, as those of templates and businesses, or another one.
pub(crate) fn is_shared(access: &Access, request: &CallbackRequest) -> bool {
    let own = phone_number_id(&access.credentials).ok();
    let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
    changes(Node(&body)).any(|(_, change)| number(change).as_deref() != own)
}

/// Reads everything of the account that one callback tells, in its order.
pub(crate) fn parse(
    access: &Access,
    request: &CallbackRequest,
) -> Result<Vec<ProviderEvent>, Unreadable> {
    let mut body: Value = serde_json::from_slice(&request.body).map_err(|error| Unreadable {
        context: "the body is not JSON".into(),
        source: Some(error.into()),
    })?;
    drop_nul(&mut body);
    let body = Node(&body);
    if body.at("entry").is_none_or(|entry| !entry.0.is_array()) {
        return Err(Unreadable {
            context: "the body has no list \"entry\"".into(),
            source: None,
        });
    }
    let own = Own::of(access);
    let mut events = Vec::new();
    for (entry, change) in changes(body) {
        if own.as_ref().is_some_and(|own| own.has(entry, change)) {
            let said_at = instant(entry, "time").unwrap_or(request.received_at);
            read_change(access, change, said_at, &mut events);
        } else {
            events.push(ignored("a change of another number or business"));
        }
    }
    Ok(events)
}

fn read_change(
    access: &Access,
    change: Node<'_>,
    at: OffsetDateTime,
    events: &mut Vec<ProviderEvent>,
) {
    let field = change.text("field").unwrap_or("a change without a field");
    let Some(value) = change.at("value") else {
        return events.push(ignored(field));
    };
    let before = events.len();
    match field {
        "messages" => {
            for item in value.list("statuses") {
                events.push(status(item));
                events.extend(free_window(item));
            }
            let messages = value.list("messages");
            events.extend(messages.map(|message| inbound::read(access, value, message)));
            events.extend(value.list("errors").map(|error| {
                let error = MetaError::read(error);
                let code = error
                    .code
                    .map_or_else(|| "without code".to_owned(), |code| code.to_string());
                ignored(&format!("error {code}"))
            }));
        }
        "user_preferences" => {
            events.extend(
                value
                    .list("user_preferences")
                    .map(|item| preference(value, item)),
            );
        }
        "message_template_status_update"
        | "message_template_quality_update"
        | "template_category_update" => events.push(template::read(field, value, at)),
        field if account::FIELDS.contains(&field) => {
            events.push(account::read(field, value, Some(at)));
        }
        _ => {}
    }
    if events.len() == before {
        events.push(ignored(field));
    }
}

fn status(status: Node<'_>) -> ProviderEvent {
    let Some(id) = status.text("id") else {
        return ignored("a status without an id");
    };
    let receipt = match status.text("status") {
        Some("sent") => Receipt::Sent,
        Some("delivered") => Receipt::Delivered,
        // A voice message that was played was displayed as well.
        Some("read" | "played") => Receipt::Read,
        Some("failed") => Receipt::Failed,
        other => return ignored(&format!("status {}", other.unwrap_or("without a name"))),
    };
    let error = match receipt {
        Receipt::Failed => status
            .list("errors")
            .next()
            .map(|error| errors::delivery_failure(&MetaError::read(error))),
        Receipt::Sent | Receipt::Delivered | Receipt::Read => None,
    };
    let attempt = status
        .text("biz_opaque_callback_data")
        .and_then(|text| text.parse().ok());
    ProviderEvent::Receipt(ReceiptEvent {
        attempt,
        provider_message_id: id.to_owned(),
        receipt,
        error,
        // `pricing` names a category and no amount.
        cost: None,
        at: instant(status, "timestamp"),
    })
}

/// Until when everything to the person is free, if the status tells: Meta names the end with the first message
/// of such a window (Pricing, "Free entry point conversations").
fn free_window(status: Node<'_>) -> Option<ProviderEvent> {
    let is_free = status.text("pricing/type") == Some("free_entry_point")
        || status.text("conversation/origin/type") == Some("referral_conversion");
    if !is_free {
        return None;
    }
    Some(ProviderEvent::FreeWindow(FreeWindowEvent {
        contact: address(status, "recipient_id", "recipient_user_id")?,
        channel: Channel::Whatsapp,
        closes_at: instant(status, "conversation/expiration_timestamp")?,
    }))
}

fn preference(value: Node<'_>, item: Node<'_>) -> ProviderEvent {
    let change = match (item.text("category"), item.text("value")) {
        (Some("marketing_messages"), Some("stop")) => PreferenceChange::Stop,
        (Some("marketing_messages"), Some("resume")) => PreferenceChange::Resume,
        (category, value) => {
            let words = [category.unwrap_or("?"), value.unwrap_or("?")];
            return ignored(&format!("user preference {}", words.join(" ")));
        }
    };
    // The person stands in the item, or only in the list of contacts beside it.
    let only_contact = || {
        let mut contacts = value.list("contacts");
        contacts.next().filter(|_| contacts.next().is_none())
    };
    let from =
        address(item, "wa_id", "user_id").or_else(|| address(only_contact()?, "wa_id", "user_id"));
    match from {
        Some(from) => ProviderEvent::Preference(PreferenceEvent {
            from,
            channel: Channel::Whatsapp,
            change,
            reach: PreferenceReach::Marketing,
            at: instant(item, "timestamp"),
        }),
        None => ignored("a user preference of nobody"),
    }
}

fn ignored(name: &str) -> ProviderEvent {
    ProviderEvent::Ignored(name.chars().take(100).collect())
}

/// The number if it is told, else the business-scoped user id.
fn address(node: Node<'_>, number: &str, user: &str) -> Option<Address> {
    let number = node
        .word(number)
        .and_then(|digits| phone(&digits))
        .map(Address::Phone);
    number.or_else(|| {
        node.text(user)
            .map(|id| Address::WhatsappUser(id.to_owned()))
    })
}

/// The number that a WhatsApp id stands for. Mexican mobiles lost the 1 after 52 in August 2019, but
/// WhatsApp still writes it.
fn phone(digits: &str) -> Option<PhoneNumber> {
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    let e164 = match digits.strip_prefix("521") {
        Some(national) if national.len() == 10 => format!("+52{national}"),
        Some(_) | None => format!("+{digits}"),
    };
    PhoneNumber::from_e164(&e164).ok()
}

/// Unix seconds, as text or number.
fn instant(node: Node<'_>, path: &str) -> Option<OffsetDateTime> {
    let seconds = node.word(path)?.parse().ok()?;
    OffsetDateTime::from_unix_timestamp(seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mexican_mobiles_lose_the_digit_that_whatsapp_keeps() {
        let phone = |digits| phone(digits).map(|number| number.to_string());
        assert_eq!(phone("5215512345678").as_deref(), Some("+525512345678"));
        assert_eq!(phone("525512345678").as_deref(), Some("+525512345678"));
        assert_eq!(phone("5491123456789").as_deref(), Some("+5491123456789"));
        for odd in ["", "+", "0123", "12a", "US.1"] {
            assert_eq!(phone(odd), None, "{odd}");
        }
    }
}
