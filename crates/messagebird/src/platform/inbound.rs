use crate::{
    callback::{missing, number},
    json::{Json, without_nul},
};
use tidings_kernel::Channel;
use tidings_messaging::{Address, InboundEvent, Media, ProviderEvent, Unreadable};

/// The kinds of file that a contact can send.
const FILES: [&str; 5] = ["image", "video", "audio", "sticker", "document"];

pub(super) fn sms(event: Json<'_>) -> Result<ProviderEvent, Unreadable> {
    let id = event.clean("/data/sms_id");
    let from = event.text("/data/from").ok_or_else(|| missing("from"))?;
    let Some(number) = number(from) else {
        return Ok(ProviderEvent::Ignored(
            "a message from what is no phone number".into(),
        ));
    };
    Ok(ProviderEvent::Inbound(InboundEvent {
        provider_message_id: id.ok_or_else(|| missing("sms_id"))?,
        channel: Channel::Sms,
        from: Address::Phone(number),
        whatsapp_user: None,
        to: event.clean("/data/to").ok_or_else(|| missing("to"))?,
        text: event.clean("/data/text").unwrap_or_default(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: event.instant("/timestamp"),
    }))
}

pub(super) fn whatsapp(event: Json<'_>) -> Result<ProviderEvent, Unreadable> {
    let data = event.at("/data").ok_or_else(|| missing("data"))?;
    if data.text("/direction") == Some("outbound") {
        return Ok(ProviderEvent::Ignored(
            "a message that the business wrote elsewhere".into(),
        ));
    }
    let user = data.clean("/from/bsuid");
    let from = match (data.text("/from/phone_number").and_then(number), &user) {
        (Some(number), _) => Address::Phone(number),
        (None, Some(user)) => Address::WhatsappUser(user.clone()),
        (None, None) => {
            return Ok(ProviderEvent::Ignored(
                "a message from nobody who can be answered".into(),
            ));
        }
    };
    let id = data.clean("/whatsapp_id");
    let to = data.clean("/to/phone_number");
    let button = [
        "/interactive_reply/button/slug",
        "/interactive_reply/list/slug",
    ];
    Ok(ProviderEvent::Inbound(InboundEvent {
        provider_message_id: id.ok_or_else(|| missing("whatsapp_id"))?,
        channel: Channel::Whatsapp,
        from,
        whatsapp_user: user,
        to: to.ok_or_else(|| missing("to.phone_number"))?,
        text: text(data),
        media: FILES.iter().filter_map(|kind| file(data, kind)).collect(),
        button: button.iter().find_map(|place| data.clean(place)),
        shopping: None,
        profile_name: data.clean("/from/display_name"),
        provider_opt: None,
        at: event.instant("/timestamp"),
    }))
}

/// What was written or pressed; a place without words becomes a `geo:` address (RFC 5870).
fn text(data: Json<'_>) -> String {
    let told = [
        "/text/body",
        "/interactive_reply/button/text",
        "/interactive_reply/list/text",
        "/image/caption",
        "/video/caption",
        "/document/caption",
    ];
    if let Some(text) = told.iter().find_map(|place| data.text(place)) {
        return without_nul(text);
    }
    let place = (
        data.word("/location/latitude"),
        data.word("/location/longitude"),
    );
    match place {
        (Some(latitude), Some(longitude)) => format!("geo:{latitude},{longitude}"),
        _ => String::new(),
    }
}

/// A file of this kind. Bird keeps it for 30 days and gives it to whoever has the API key.
fn file(data: Json<'_>, kind: &str) -> Option<Media> {
    let file = data.at(&format!("/{kind}"))?;
    Some(Media {
        url: file.clean("/url")?,
        content_type: file.clean("/mime_type"),
    })
}
