//! What a marketing text must say, added where it is missing.

use crate::{
    Content, Facts, GateRequest, Known, Wording,
    gate::{Demand, Presence},
};
use tidings_kernel::Channel;

/// Whether a text was completed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Completed {
    Changed,
    Unchanged,
}

impl Completed {
    pub(super) fn is_changed(self) -> bool {
        self == Self::Changed
    }
}

/// Puts the sender's name before a text message and the way to stop behind it, where the law of the
/// place asks for them, the text lacks them, and the tenant has not chosen to be refused instead. The
/// text of a WhatsApp template is the platform's, and that of an email has its own frame.
pub(super) fn complete(
    content: &mut Content,
    request: &GateRequest,
    facts: &Facts,
    known: &Known,
    language: Option<&str>,
) -> Completed {
    let settings = &known.tenant.settings;
    if request.channel != Channel::Sms
        || settings.wording != Wording::Complete
        || content.text.trim().is_empty()
    {
        return Completed::Unchanged;
    }
    let is_missing = |demand, presence| demand == Demand::Required && presence == Presence::Absent;
    let mut completed = Completed::Unchanged;
    // Without a name there is nothing to add, and the gate says so.
    let brand = known.tenant.brand();
    if !brand.is_empty() && is_missing(facts.law.brand, request.content.brand) {
        content.text = format!("{brand}: {}", content.text);
        completed = Completed::Changed;
    }
    if is_missing(facts.law.stop_line, request.content.stop_line) {
        let line =
            tidings_templates::content::stop_line(language.unwrap_or(known.locale().as_str()));
        content.text = format!("{} {line}", content.text.trim_end());
        completed = Completed::Changed;
    }
    completed
}
