//! Whether the template may be sent now.

use super::{Case, Word, block};
use tidings_kernel::Channel;

pub(super) fn exists(case: &Case<'_>) -> Word {
    let Some(wanted) = case.request.template else {
        return Word::Nothing;
    };
    match &case.facts.template {
        Some(template) if template.id == wanted => Word::Nothing,
        Some(_) | None => block("template.missing", "the template does not exist any more"),
    }
}

/// Only WhatsApp approves templates; a text template is the tenant's own. A template that was paused
/// after the message was queued is not sent either (compliance reference, L87).
pub(super) fn approved(case: &Case<'_>) -> Word {
    if case.request.channel != Channel::Whatsapp || case.request.template.is_none() {
        return Word::Nothing;
    }
    match &case.facts.template {
        Some(template) if !template.status.is_sendable() => {
            let detail = format!("the template is {}, not approved", template.status);
            block("template.not_approved", detail)
        }
        Some(_) | None => Word::Nothing,
    }
}
