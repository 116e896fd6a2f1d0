//! Whether the contact can be reached on the channel, and wants to be.

use super::{Case, Word, block};
use tidings_kernel::Purpose;

pub(super) fn channel_enabled(case: &Case<'_>) -> Word {
    if case.facts.is_channel_disabled {
        let detail = format!("{} is switched off", case.request.channel);
        return block("channel.disabled", detail);
    }
    Word::Nothing
}

pub(super) fn reachable(case: &Case<'_>) -> Word {
    if case.request.to.is_none() {
        let detail = format!("the contact has no address for {}", case.request.channel);
        return block("contact.unreachable", detail);
    }
    Word::Nothing
}

/// Providers have said, again and again, that the channel does not know the address.
pub(super) fn present(case: &Case<'_>) -> Word {
    match case.facts.absent_since {
        Some(since) => {
            let detail = format!(
                "providers say that the contact is not on {}, since {}: use another channel, until the contact \
                 writes there",
                case.request.channel,
                since.date()
            );
            block("contact.not_on_channel", detail)
        }
        None => Word::Nothing,
    }
}

/// The contact's own switches. The system's answers to the contact's own act pass, and so does an
/// emergency for those who want them or against whose wish somebody answers for it.
pub(super) fn preferences(case: &Case<'_>) -> Word {
    let (request, preferences) = (case.request, &case.facts.preferences);
    let passes = match case.purpose {
        Purpose::OptOutConfirmation | Purpose::DoubleOptIn => true,
        Purpose::Emergency => {
            preferences.emergency_notifications || case.emergency_override().is_some()
        }
        Purpose::Transactional
        | Purpose::Reminder
        | Purpose::Conversational
        | Purpose::Marketing
        | Purpose::Authentication => false,
    };
    if passes {
        return Word::Nothing;
    }
    if !preferences.welcomes(request.channel) {
        let detail = format!("the contact has switched {} off", request.channel);
        return block("contact.channel_off", detail);
    }
    let wanted = request.topic.as_ref().and_then(|topic| {
        let channel = preferences.topic_channels.get(topic)?;
        Some((topic, *channel))
    });
    match wanted {
        Some((topic, channel)) if channel != request.channel => {
            let detail = format!("the contact wants {topic:?} on {channel} only");
            block("contact.topic_channel", detail)
        }
        Some(_) | None => Word::Nothing,
    }
}
