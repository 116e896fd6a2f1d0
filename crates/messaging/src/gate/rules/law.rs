//! What the law of the contact's places says about a channel as a whole.

use super::{Case, Word, block};
use crate::Reason;

/// A channel that is closed for now, such as WhatsApp for marketing to the United States (compliance
/// reference, 7.4 and L89).
pub(super) fn channel_pause(case: &Case<'_>) -> Word {
    let Some(pause) = &case.facts.law.pause else {
        return Word::Nothing;
    };
    let instead = pause.instead.iter().map(ToString::to_string);
    let instead: Vec<String> = instead.collect();
    let advice = if instead.is_empty() {
        String::new()
    } else {
        format!(": use {}", instead.join(" or "))
    };
    Word::Block(Reason::new(
        "jurisdiction.channel_paused",
        format!(
            "{} messages on {} are not delivered to this contact's place under the rule {}{advice}",
            case.purpose, case.request.channel, pause.rule
        ),
    ))
}

/// Some laws look at the sender's clock beside the contact's; without it no hour is sure to be lawful.
pub(super) fn sender_clock(case: &Case<'_>) -> Word {
    match &case.facts.law.sender_clock {
        None => Word::Nothing,
        Some(rule) => block(
            "jurisdiction.sender_clock",
            format!("the rule {rule} looks at the sender's clock too: set the tenant's time zone"),
        ),
    }
}
