use super::fields::Fields;
use crate::{
    callback::{missing, number},
    inbound_fields::InboundFields,
    json::instant,
};
use tidings_kernel::Channel;
use tidings_messaging::{Address, InboundEvent, ProviderEvent, Unreadable};

/// What a flow forwards of a message from a contact. How its fields are called is the flow's matter.
pub(super) fn parse(names: &InboundFields, fields: &Fields) -> Result<ProviderEvent, Unreadable> {
    let Some(from) = fields.first(&names.from) else {
        return Ok(ProviderEvent::Ignored(
            "a request with neither a status nor a sender".into(),
        ));
    };
    let Some(number) = number(from) else {
        return Ok(ProviderEvent::Ignored(
            "a message from what is no phone number".into(),
        ));
    };
    // Without an id a repetition could not be told from the same word written twice.
    let id = fields.first(&names.id).ok_or_else(|| {
        missing("the id of an inbound message (name its field in inbound_fields)")
    })?;
    let to = fields.first(&names.to).unwrap_or_default();
    let text = fields.first(&names.text).unwrap_or_default();
    Ok(ProviderEvent::Inbound(InboundEvent {
        provider_message_id: id.to_owned(),
        channel: Channel::Sms,
        from: Address::Phone(number),
        whatsapp_user: None,
        to: as_sender(to),
        text: text.to_owned(),
        media: Vec::new(),
        button: None,
        shopping: None,
        profile_name: None,
        provider_opt: None,
        at: fields.first(&names.at).and_then(instant),
    }))
}

/// Our number as senders are kept here: with its plus sign, unless it is a short code.
fn as_sender(to: &str) -> String {
    number(to).map_or_else(|| to.to_owned(), |number| number.to_string())
}
