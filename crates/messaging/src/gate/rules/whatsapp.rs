//! WhatsApp's service window.

use super::{Case, Word, block};
use tidings_kernel::Channel;
use time::Duration;

/// WhatsApp takes free text only in the 24 hours after the contact wrote (WhatsApp Business Platform,
/// "Customer service windows"); a minute less, so that it does not close on the way.
pub(crate) const SERVICE_WINDOW: Duration = Duration::minutes(24 * 60 - 1);

pub(super) fn window(case: &Case<'_>) -> Word {
    if case.request.channel != Channel::Whatsapp || case.request.calls_template {
        return Word::Nothing;
    }
    match case.facts.last_inbound {
        Some(at) if case.now < at + SERVICE_WINDOW => Word::Nothing,
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
