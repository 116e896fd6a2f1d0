//! What contacts write, in the types that Vonage has for it.

use super::{ignored, instant, message_id};
use crate::node::Node;
use tidings_kernel::{Channel, PhoneNumber};
use tidings_messaging::{Address, InboundEvent, Media, ProviderEvent, Unreadable};

/// What a message says, whatever its type.
#[derive(Default)]
struct Said {
    text: String,
    media: Vec<Media>,
    button: Option<String>,
}

/// Who wrote.
struct Writer {
    address: Address,
    whatsapp_user: Option<String>,
}

impl Said {
    fn text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }
}

pub(super) fn read(body: Node<'_>, channel: &str) -> Result<ProviderEvent, Unreadable> {
    let kind = body.text("message_type").unwrap_or("text");
    let channel = match channel {
        "sms" | "mms" => Channel::Sms,
        "whatsapp" => Channel::Whatsapp,
        other => return Ok(ignored(&format!("a message by {other}"))),
    };
    let id = message_id(body)?;
    let Some(writer) = writer(body, channel) else {
        return Ok(ignored("a message from what is no phone number"));
    };
    let Some(said) = said(body, channel, kind) else {
        return Ok(ignored(&format!("a message of the type {kind}")));
    };
    Ok(ProviderEvent::Inbound(InboundEvent {
        provider_message_id: id,
        channel,
        from: writer.address,
        whatsapp_user: writer.whatsapp_user,
        to: sender(&body.word("to").unwrap_or_default()),
        text: said.text,
        media: said.media,
        button: said.button,
        shopping: None,
        profile_name: body.text("profile/name").map(str::to_owned),
        // Nothing in a message tells what Vonage took it for.
        provider_opt: None,
        at: instant(body),
    }))
}

/// The number if it is told, else the business-scoped user id.
fn writer(body: Node<'_>, channel: Channel) -> Option<Writer> {
    let from = body.word("from");
    let number = from.as_deref().and_then(|from| number(from, channel));
    if channel != Channel::Whatsapp {
        return Some(Writer {
            address: Address::Phone(number?),
            whatsapp_user: None,
        });
    }
    let user = body
        .text("whatsapp/sender/user_id")
        .or_else(|| body.text("sender/user_id"));
    let known = body
        .word("whatsapp/sender/wa_id")
        .or_else(|| body.word("sender/wa_id"));
    let number = number.or_else(|| self::number(&known?, channel));
    match (number, user.map(str::to_owned).or(from)) {
        (Some(number), _) => Some(Writer {
            address: Address::Phone(number),
            whatsapp_user: user.map(str::to_owned),
        }),
        (None, Some(user)) => Some(Writer {
            address: Address::WhatsappUser(user),
            whatsapp_user: None,
        }),
        (None, None) => None,
    }
}

/// A number as Vonage writes it, without `+`. What has fewer than seven digits is a short code. Mexican
/// mobiles lost the 1 after 52 in August 2019, but WhatsApp still writes it.
fn number(text: &str, channel: Channel) -> Option<PhoneNumber> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    if digits.len() < 7 {
        return None;
    }
    let e164 = match digits.strip_prefix("521") {
        Some(national) if channel == Channel::Whatsapp && national.len() == 10 => {
            format!("+52{national}")
        }
        Some(_) | None => format!("+{digits}"),
    };
    PhoneNumber::from_e164(&e164).ok()
}

/// Our sender as we write it: numbers with `+`, short codes and names as they are.
fn sender(to: &str) -> String {
    match number(to, Channel::Sms) {
        Some(number) => number.to_string(),
        None => to.to_owned(),
    }
}

/// `None` for what says nothing that a person could answer.
fn said(body: Node<'_>, channel: Channel, kind: &str) -> Option<Said> {
    match kind {
        "text" => Some(Said::text(body.text("text").unwrap_or_default())),
        "image" | "video" | "audio" | "file" | "vcard" | "sticker" | "content" => {
            files(body, channel, kind)
        }
        "reply" => pressed(body, "reply/id", "reply/title"),
        "button" => pressed(body, "button/payload", "button/text").or_else(|| form(body)),
        "location" => location(body.at("location")?),
        "contacts" | "contact" => contacts(body),
        "order" => order(body),
        "reaction" => body
            .text("reaction/emoji")
            .map(|emoji| Said::text(format!("Reaction: {emoji}"))),
        _ => None,
    }
}

/// One file under the name of its type, or several in a list. A message by MMS is one even without either.
fn files(body: Node<'_>, channel: Channel, kind: &str) -> Option<Said> {
    let several = body.list("content").filter_map(|item| item.text("url"));
    let mut urls: Vec<&str> = several.collect();
    if let Some(one) = body
        .text(&format!("{kind}/url"))
        .filter(|one| !urls.contains(one))
    {
        urls.insert(0, one);
    }
    if urls.is_empty() && channel == Channel::Whatsapp {
        return None;
    }
    let text = body
        .text("text")
        .or_else(|| body.text(&format!("{kind}/caption")));
    let media = urls.into_iter().map(|url| Media {
        url: url.to_owned(),
        content_type: None,
    });
    Some(Said {
        text: text.unwrap_or_default().to_owned(),
        media: media.collect(),
        button: None,
    })
}

fn pressed(body: Node<'_>, payload: &str, label: &str) -> Option<Said> {
    let payload = body.text(payload)?;
    Some(Said {
        text: body.text(label).unwrap_or(payload).to_owned(),
        media: Vec::new(),
        button: Some(payload.to_owned()),
    })
}

/// The answers of a form, which come as the payload of a button.
fn form(body: Node<'_>) -> Option<Said> {
    let answers = body.at("button/payload")?;
    Some(Said::text(format!("Form: {}", answers.0)))
}

/// The place in words, and as a `geo:` address (RFC 5870).
fn location(location: Node<'_>) -> Option<Said> {
    let place = format!("geo:{},{}", location.word("lat")?, location.word("long")?);
    let words = [
        location.text("name"),
        location.text("address"),
        Some(&place),
    ];
    let parts: Vec<&str> = words.into_iter().flatten().collect();
    Some(Said::text(format!("Location: {}", parts.join(", "))))
}

fn contacts(body: Node<'_>) -> Option<Said> {
    let cards: Vec<String> = body.list("contacts").map(card).collect();
    (!cards.is_empty()).then(|| Said::text(format!("Contact: {}", cards.join("; "))))
}

fn card(card: Node<'_>) -> String {
    let name = card
        .text("name/formatted_name")
        .or_else(|| card.text("name/first_name"));
    let phones = card.list("phones").filter_map(|phone| phone.text("phone"));
    let mut parts = vec![name.unwrap_or("without a name")];
    parts.extend(phones);
    parts.join(", ")
}

fn order(body: Node<'_>) -> Option<Said> {
    let items: Vec<String> = body.list("order/product_items").filter_map(item).collect();
    (!items.is_empty()).then(|| Said::text(format!("Order: {}", items.join(", "))))
}

fn item(item: Node<'_>) -> Option<String> {
    let product = item.word("product_retailer_id")?;
    let quantity = item.word("quantity").unwrap_or_else(|| "1".into());
    let price = item.word("item_price").zip(item.text("currency"));
    let price = price.map(|(price, currency)| format!(" at {price} {currency}"));
    Some(format!(
        "{quantity} × {product}{}",
        price.unwrap_or_default()
    ))
}
