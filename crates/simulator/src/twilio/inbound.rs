//! Inbound messages: the webhook to the number's own URL.

use super::query::{address, addresses, num_segments};
use super::status::{Shape, form};
use crate::callbacks::Callback;
use crate::message::{Channel, Media};
use crate::phone;
use crate::protocol::Inbound;
use crate::world::World;

/// The id of a file, as Twilio writes it.
pub(super) fn file_sid(media: &Media) -> String {
    format!("ME{:0>32}", media.id.as_deref().unwrap_or_default())
}

/// The webhook about a message from a contact; `None` if the number has no inbound URL.
pub(super) fn callback(world: &World, inbound: &Inbound<'_>) -> Option<Callback> {
    let Inbound {
        message,
        profile_name,
        tap,
        lane,
    } = *inbound;
    let facts = &message.facts;
    let account = world.registry.twilio.get(&facts.account)?;
    let url = account
        .numbers
        .iter()
        .find(|number| number.number == facts.sender)?
        .inbound_url
        .as_deref()?;
    let (from, to) = addresses(message);
    let sid = &facts.provider_message_id;
    let mut params = vec![
        ("AccountSid", facts.account.clone()),
        ("ApiVersion", "2010-04-01".to_owned()),
        ("Body", facts.text.clone().unwrap_or_default()),
        ("From", from),
        ("MessageSid", sid.clone()),
        ("NumMedia", facts.media.len().to_string()),
        ("NumSegments", num_segments(message).to_string()),
        ("SmsMessageSid", sid.clone()),
        ("SmsSid", sid.clone()),
        ("SmsStatus", "received".to_owned()),
        ("To", to),
    ];
    let in_pool = |numbers: &[String]| numbers.contains(&facts.sender);
    if let Some(service) = account
        .messaging_services
        .iter()
        .find(|service| in_pool(&service.numbers))
    {
        params.push(("MessagingServiceSid", service.sid.clone()));
    }
    let names = [
        ("MediaUrl0", "MediaContentType0"),
        ("MediaUrl1", "MediaContentType1"),
        ("MediaUrl2", "MediaContentType2"),
        ("MediaUrl3", "MediaContentType3"),
        ("MediaUrl4", "MediaContentType4"),
        ("MediaUrl5", "MediaContentType5"),
        ("MediaUrl6", "MediaContentType6"),
        ("MediaUrl7", "MediaContentType7"),
        ("MediaUrl8", "MediaContentType8"),
        ("MediaUrl9", "MediaContentType9"),
    ];
    for ((url_name, type_name), media) in names.into_iter().zip(&facts.media) {
        let id = file_sid(media);
        let path = format!("Accounts/{}/Messages/{sid}/Media/{id}", facts.account);
        params.push((url_name, format!("{}/2010-04-01/{path}", world.origin)));
        params.push((type_name, media.content_type.clone()));
    }
    if facts.channel == Channel::Whatsapp {
        params.push(("ProfileName", profile_name.to_owned()));
        params.push(("WaId", phone::digits(&facts.contact)));
        let kind = match (tap, facts.media.first()) {
            (Some(_), _) => "button",
            (None, Some(media)) => media.content_type.split('/').next().unwrap_or("document"),
            (None, None) => "text",
        };
        params.push(("MessageType", kind.to_owned()));
    }
    if let Some(tap) = tap {
        params.push(("ButtonPayload", tap.payload.clone()));
        params.push(("ButtonText", tap.title.clone()));
        params.push(("ButtonType", "REPLY".to_owned()));
        if let Some(original) = &tap.on {
            let from = address(facts.channel, &facts.sender);
            params.push(("OriginalRepliedMessageSid", original.clone()));
            params.push(("OriginalRepliedMessageSender", from));
        }
    }
    let shape = Shape {
        kind: "inbound",
        status: "received",
        lane,
    };
    Some(form(
        world,
        message,
        &account.auth_token,
        url,
        &params,
        shape,
    ))
}
