use crate::{
    callback::{missing, number},
    json::{Json, without_nul},
};
use tidings_kernel::Channel;
use tidings_messaging::{Address, InboundEvent, Media, ProviderEvent, Unreadable};

/// A message from a contact.
pub(super) fn message(channel: Channel, payload: Json<'_>) -> Result<ProviderEvent, Unreadable> {
    let contact = payload.at("/sender/contact");
    let contact = contact.ok_or_else(|| missing("sender.contact"))?;
    let user = (channel == Channel::Whatsapp)
        .then(|| payload.clean("/meta/extraInformation/whatsappbsuid"))
        .flatten();
    let named = contact
        .text("/identifierValue")
        .filter(|_| is_number(contact));
    let from = match (named.and_then(number), &user) {
        (Some(number), _) => Address::Phone(number),
        (None, Some(user)) => Address::WhatsappUser(user.clone()),
        (None, None) => {
            return Ok(ProviderEvent::Ignored(
                "a message from what is no phone number".into(),
            ));
        }
    };
    // The connector often does not say which number it is; its channel does.
    let to = ["/receiver/connector/identifierValue", "/channelId"];
    let to = to.into_iter().find_map(|place| payload.clean(place));
    Ok(ProviderEvent::Inbound(InboundEvent {
        provider_message_id: payload.clean("/id").ok_or_else(|| missing("id"))?,
        channel,
        from,
        whatsapp_user: user,
        to: to.ok_or_else(|| missing("channelId"))?,
        text: text(payload),
        media: media(payload),
        button: None,
        shopping: None,
        profile_name: contact.clean("/annotations/name"),
        provider_opt: None,
        at: payload.instant("/createdAt"),
    }))
}

fn is_number(contact: Json<'_>) -> bool {
    contact
        .text("/identifierKey")
        .is_none_or(|key| key == "phonenumber")
}

/// What was written; a place without words becomes a `geo:` address (RFC 5870).
fn text(payload: Json<'_>) -> String {
    let told = ["/body/text/text", "/body/image/text", "/body/file/text"];
    if let Some(text) = told.iter().find_map(|place| payload.text(place)) {
        return without_nul(text);
    }
    let place = "/body/location/coordinates";
    let latitude = payload.word(&format!("{place}/latitude"));
    let longitude = payload.word(&format!("{place}/longitude"));
    match (latitude, longitude) {
        (Some(latitude), Some(longitude)) => format!("geo:{latitude},{longitude}"),
        _ => String::new(),
    }
}

fn media(payload: Json<'_>) -> Vec<Media> {
    let images = payload.list("/body/image/images");
    images
        .chain(payload.list("/body/file/files"))
        .filter_map(|file| {
            Some(Media {
                url: file.clean("/mediaUrl")?,
                content_type: file.clean("/contentType"),
            })
        })
        .collect()
}
