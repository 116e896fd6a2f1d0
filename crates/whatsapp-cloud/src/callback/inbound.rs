//! What contacts write, in the many types that WhatsApp has for it.

use super::{address, ignored, instant};
use crate::{credentials::phone_number_id, media::UPLOADED, node::Node};
use std::borrow::Cow;
use tidings_kernel::{Channel, Money};
use tidings_messaging::{
    Access, Address, InboundEvent, Media, Order, OrderItem, ProductRef, ProviderEvent, Shopping,
};

/// What a message says, whatever its type.
#[derive(Default)]
struct Said {
    text: String,
    media: Vec<Media>,
    button: Option<String>,
    order: Option<Order>,
}

impl Said {
    fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

/// Reads one of `messages` of a change.
pub(super) fn read(access: &Access, value: Node<'_>, message: Node<'_>) -> ProviderEvent {
    let kind = message.text("type").unwrap_or("without a type");
    if message.at("group_id").is_some() {
        // Groups have no consent and no window of one person.
        return ignored(&format!("group message {kind}"));
    }
    let Some(id) = message.text("id") else {
        return ignored(&format!("message {kind} without an id"));
    };
    let contact = contact(value, message);
    let from =
        address(message, "from", "from_user_id").or_else(|| address(contact?, "wa_id", "user_id"));
    let (Some(from), Some(said)) = (from, said(message, kind)) else {
        let detail = message
            .text("system/type")
            .or(message.text("interactive/type"));
        return ignored(format!("message {kind} {}", detail.unwrap_or_default()).trim_end());
    };
    let user = message
        .text("from_user_id")
        .or_else(|| contact?.text("user_id"));
    ProviderEvent::Inbound(InboundEvent {
        provider_message_id: id.to_owned(),
        channel: Channel::Whatsapp,
        whatsapp_user: user
            .filter(|_| matches!(from, Address::Phone(_)))
            .map(str::to_owned),
        from,
        to: sender(access, value),
        text: said.text,
        media: said.media,
        button: said.button,
        shopping: Shopping {
            order: said.order,
            product: product(message),
        }
        .some(),
        profile_name: contact
            .and_then(|contact| contact.text("profile/name"))
            .map(str::to_owned),
        // Meta does nothing with the word STOP.
        provider_opt: None,
        at: instant(message, "timestamp"),
    })
}

/// The entry of the person who wrote, by either id; the only entry where neither is told.
fn contact<'a>(value: Node<'a>, message: Node<'a>) -> Option<Node<'a>> {
    let (number, user) = (message.word("from"), message.text("from_user_id"));
    let mut contacts = value.list("contacts");
    if number.is_none() && user.is_none() {
        return contacts.next().filter(|_| contacts.next().is_none());
    }
    contacts.find(|contact| {
        (number.is_some() && contact.word("wa_id") == number)
            || (user.is_some() && contact.text("user_id") == user)
    })
}

/// Our number in E.164; Meta formats it for people in some callbacks. Its id where it is not told.
fn sender(access: &Access, value: Node<'_>) -> String {
    let shown = value
        .word("metadata/display_phone_number")
        .unwrap_or_default();
    let digits: String = shown.chars().filter(char::is_ascii_digit).collect();
    if digits.is_empty() {
        return phone_number_id(&access.credentials)
            .unwrap_or_default()
            .to_owned();
    }
    format!("+{digits}")
}

/// `None` for what says nothing that a person could answer.
fn said(message: Node<'_>, kind: &str) -> Option<Said> {
    match kind {
        "text" => message.text("text/body").map(Said::text),
        "image" | "video" | "document" | "sticker" | "audio" => file(message.at(kind)?),
        "button" => pressed(message.at("button")?, "text", "payload"),
        "interactive" => interactive(message.at("interactive")?),
        "location" => location(message.at("location")?),
        "contacts" => contacts(message),
        "reaction" => message
            .text("reaction/emoji")
            .map(|emoji| Said::text(format!("Reaction: {emoji}"))),
        "order" => order(message.at("order")?),
        _ => None,
    }
}

/// By its id, which lives a week, and else by an address, which lives five minutes. Both want our token.
fn file(file: Node<'_>) -> Option<Said> {
    let by_id = file.word("id").map(|id| format!("{UPLOADED}{id}"));
    let url = by_id.or_else(|| file.text("url").map(str::to_owned))?;
    let content_type = file.text("mime_type").map(str::to_owned);
    let text = file.text("caption").unwrap_or_default();
    Some(Said {
        media: vec![Media { url, content_type }],
        ..Said::text(text)
    })
}

fn pressed(button: Node<'_>, label: &str, payload: &str) -> Option<Said> {
    let payload = button.text(payload);
    let text = button.text(label).or(payload)?;
    Some(Said {
        button: payload.map(str::to_owned),
        ..Said::text(text)
    })
}

fn interactive(interactive: Node<'_>) -> Option<Said> {
    let kind = interactive.text("type")?;
    match kind {
        "button_reply" | "list_reply" => pressed(interactive.at(kind)?, "title", "id"),
        "nfm_reply" => {
            let reply = interactive.at(kind)?;
            let answers = reply.text("response_json").or(reply.text("body"))?;
            let name = reply.text("name").unwrap_or("form");
            Some(Said::text(format!("Form {name}: {answers}")))
        }
        _ => None,
    }
}

/// The place in words, and as a `geo:` address (RFC 5870).
fn location(location: Node<'_>) -> Option<Said> {
    let (latitude, longitude) = (location.word("latitude")?, location.word("longitude")?);
    let place = format!("geo:{latitude},{longitude}");
    let words = [
        location.text("name"),
        location.text("address"),
        Some(&place),
    ];
    let parts: Vec<&str> = words.into_iter().flatten().collect();
    Some(Said::text(format!("Location: {}", parts.join(", "))))
}

fn contacts(message: Node<'_>) -> Option<Said> {
    let cards: Vec<String> = message.list("contacts").map(card).collect();
    (!cards.is_empty()).then(|| Said::text(format!("Contact: {}", cards.join("; "))))
}

fn card(card: Node<'_>) -> String {
    let name = card
        .text("name/formatted_name")
        .or(card.text("name/first_name"));
    let phones = card.list("phones").filter_map(|phone| phone.text("phone"));
    let mut parts = vec![name.unwrap_or("without a name")];
    parts.extend(phones);
    parts.join(", ")
}

fn order(order: Node<'_>) -> Option<Said> {
    let items: Vec<OrderItem> = order.list("product_items").filter_map(item).collect();
    if items.is_empty() {
        return None;
    }
    let order = Order {
        catalog: order.word("catalog_id").map(Cow::into_owned),
        items,
        note: order.text("text").map(str::to_owned),
    };
    Some(Said {
        order: Some(order.clone()),
        ..Said::text(order.words())
    })
}

fn item(item: Node<'_>) -> Option<OrderItem> {
    let quantity = item.word("quantity").and_then(|word| word.parse().ok());
    let price = item.word("item_price").zip(item.text("currency"));
    Some(OrderItem {
        product: item.word("product_retailer_id")?.into_owned(),
        quantity: quantity.unwrap_or(1),
        price: price.and_then(|(amount, currency)| price_of(&amount, currency)),
    })
}

/// Meta writes prices as binary fractions: they are read to a millionth.
fn price_of(amount: &str, currency: &str) -> Option<Money> {
    let exact = Money::parse(amount, currency).ok();
    exact.or_else(|| {
        let amount: f64 = amount.parse().ok()?;
        Money::parse(&format!("{amount:.6}"), currency).ok()
    })
}

/// The product on whose page the contact pressed "Message business".
fn product(message: Node<'_>) -> Option<ProductRef> {
    let product = message.at("context/referred_product")?;
    Some(ProductRef {
        catalog: product.word("catalog_id")?.into_owned(),
        product: product.word("product_retailer_id")?.into_owned(),
    })
}
