//! What a text must not be, and what marketing must say.

use super::{Case, Word, block};
use crate::{
    Reason,
    gate::{Demand, Presence},
};
use tidings_kernel::{Channel, Purpose};

/// Twilio's limit for one message, and the lowest of the providers that matter (SMS reference, 9).
const SMS_CHARACTERS: u32 = 1_600;
/// Meta's limit for a text message (WhatsApp reference, 3.1).
const WHATSAPP_CHARACTERS: u32 = 4_096;

pub(super) fn sendable(case: &Case<'_>) -> Word {
    let content = &case.request.content;
    if content.is_empty {
        return block("content.empty", "there is nothing to send");
    }
    if content.has_control_character {
        return block(
            "content.control_character",
            "the text has a control character: remove it",
        );
    }
    let most = match case.request.channel {
        Channel::Sms => SMS_CHARACTERS,
        Channel::Whatsapp => WHATSAPP_CHARACTERS,
        Channel::Email => u32::MAX,
    };
    if content.characters > most {
        let detail = format!(
            "the text has {} characters, {most} are allowed",
            content.characters
        );
        return block("content.too_long", detail);
    }
    Word::Nothing
}

/// Marketing by text message names the sender and says how to stop, where the law of the place asks for
/// it (compliance reference, 10.1 and L69).
pub(super) fn wording(case: &Case<'_>) -> Word {
    if case.purpose != Purpose::Marketing || case.request.channel != Channel::Sms {
        return Word::Nothing;
    }
    let content = &case.request.content;
    let law = &case.facts.law;
    // Where nobody looked, nothing proves that it is there.
    let lacks = |demand, presence| demand == Demand::Required && presence != Presence::Present;
    if lacks(law.brand, content.brand) {
        return block(
            "content.brand_missing",
            "marketing must name the sender: put the brand into the text",
        );
    }
    if lacks(law.stop_line, content.stop_line) {
        return block(
            "content.stop_missing",
            "marketing must say how to stop: add a line such as \"Reply STOP to opt out\"",
        );
    }
    Word::Nothing
}

/// Carriers filter public shorteners, and a link must go where the sender says it is (compliance
/// reference, 4.1, CTIA 5.3.2 and L71).
pub(super) fn links(case: &Case<'_>) -> Word {
    if case.purpose != Purpose::Marketing || case.request.content.foreign_links.is_empty() {
        return Word::Nothing;
    }
    block(
        "content.foreign_link",
        format!(
            "links in marketing go to the sender's own domain, not to {}",
            case.request.content.foreign_links.join(", ")
        ),
    )
}

/// What carriers may hold against marketing: said, and not refused, since words alone prove nothing.
pub(super) fn cautions(case: &Case<'_>) -> Word {
    if case.purpose != Purpose::Marketing || case.request.content.cautions.is_empty() {
        return Word::Nothing;
    }
    Word::Allow(Reason::new(
        "content.caution",
        format!(
            "carriers may hold against it: {}",
            case.request.content.cautions.join(", ")
        ),
    ))
}
