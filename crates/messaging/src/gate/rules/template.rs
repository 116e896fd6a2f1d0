//! Whether the template may be sent now.

use super::{Case, Word, block};
use crate::Reason;
use tidings_kernel::Channel;
use tidings_templates::ApprovalStatus;
use time::Duration;

/// The rule by which a message waits for its template: it ends by news and not by the clock.
pub const HELD: &str = "template.held";
/// What waits for its template looks again after so long.
const LOOK: Duration = Duration::minutes(15);

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
/// after the message was queued is not sent either (compliance reference, L87): what waits already goes on waiting
/// while that may end.
pub(super) fn approved(case: &Case<'_>) -> Word {
    if case.request.channel != Channel::Whatsapp || case.request.template.is_none() {
        return Word::Nothing;
    }
    let locale = case.request.template_locale.as_deref();
    let Some(template) = &case.facts.template else {
        return Word::Nothing;
    };
    match template.status_in(locale) {
        ApprovalStatus::Approved => Word::Nothing,
        status @ (ApprovalStatus::Paused | ApprovalStatus::Pending) if case.request.is_waiting => {
            let detail = format!("the template is {status} at WhatsApp: the message waits for it");
            Word::Defer(case.look_after(LOOK), Reason::new(HELD, detail))
        }
        status => {
            let shown = locale.map_or_else(String::new, |locale| format!(" in {locale}"));
            let detail = format!("the template is {status}{shown}, not approved");
            block("template.not_approved", detail)
        }
    }
}
