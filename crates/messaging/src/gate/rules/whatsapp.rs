//! WhatsApp's service window.

use super::{Case, Word, block};
use tidings_kernel::{Channel, Purpose};
use time::Duration;

/// WhatsApp takes free text only in the 24 hours after the contact wrote (WhatsApp Business Platform,
/// "Customer service windows"); a minute less, so that it does not close on the way.
pub const SERVICE_WINDOW: Duration = Duration::minutes(24 * 60 - 1);

pub(super) fn window(case: &Case<'_>) -> Word {
    if case.request.channel != Channel::Whatsapp || case.request.calls_template {
        return Word::Nothing;
    }
    match case.facts.last_inbound {
        Some(at) if case.now < at.saturating_add(SERVICE_WINDOW) => Word::Nothing,
        Some(_) => block(
            "whatsapp.window_closed",
            "the contact last wrote more than 24 hours ago: use an approved template",
        ),
        None => block(
            "whatsapp.window_closed",
            "the contact has not written yet: use an approved template",
        ),
    }
}

/// A one-time code proves that somebody holds a number, so it goes to a number only (compliance
/// reference, 10.5 and L92).
pub(super) fn number(case: &Case<'_>) -> Word {
    let has_number = case
        .request
        .to
        .as_ref()
        .is_none_or(|to| to.phone().is_some());
    if case.request.channel == Channel::Whatsapp
        && case.purpose == Purpose::Authentication
        && !has_number
    {
        return block(
            "whatsapp.no_number",
            "the contact's phone number is not known: send the code by another channel",
        );
    }
    Word::Nothing
}
