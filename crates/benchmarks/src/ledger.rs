//! Consent ledgers of one contact.

use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes};
use tidings_kernel::{Channel, ConsentEventId, ContactId, Purpose};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// When the ledgers begin.
pub const START: OffsetDateTime = datetime!(2026-01-05 12:00 UTC);

/// A contact who signs up, confirms, leaves and returns, over and over: `count` events, an hour apart,
/// in the order in which they happened, on several channels and for several purposes.
pub fn history(count: usize) -> Vec<ConsentEvent> {
    let steps = [
        (Action::ConsentGiven, Method::WebForm, Some(Channel::Sms)),
        (Action::OptOut, Method::ReplyMessage, Some(Channel::Sms)),
        (Action::OptIn, Method::ReplyMessage, Some(Channel::Sms)),
        (
            Action::DoubleOptInRequested,
            Method::WebForm,
            Some(Channel::Whatsapp),
        ),
        (
            Action::DoubleOptInConfirmed,
            Method::ReplyMessage,
            Some(Channel::Whatsapp),
        ),
        (Action::ConsentWithdrawn, Method::Manual, None),
        (Action::OptIn, Method::WebForm, None),
        (Action::ConsentGiven, Method::WebForm, Some(Channel::Email)),
    ];
    let purposes = || Purposes::only([Purpose::Marketing, Purpose::Reminder]);
    (1_u32..)
        .zip(steps.into_iter().cycle())
        .take(count)
        .map(|(number, (action, method, channel))| {
            let at = START + Duration::HOUR * number;
            ConsentEvent {
                id: ConsentEventId::from_uuid(Uuid::from_u128(u128::from(number))),
                contact: contact(),
                action,
                channels: channel.map_or(Channels::All, Channels::one),
                purposes: match purposes() {
                    Ok(named) if number % 3 == 0 => named,
                    Ok(_) | Err(_) => Purposes::All,
                },
                method,
                occurred_at: at,
                recorded_at: at,
                evidence: Evidence::default(),
            }
        })
        .collect()
}

/// One agreement to everything, as most ledgers are.
pub fn agreement() -> Vec<ConsentEvent> {
    history(1)
}

/// Whom the ledgers are about.
pub fn contact() -> ContactId {
    ContactId::from_uuid(Uuid::from_u128(7))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_consent::{Status, state};

    #[test]
    fn the_agreement_grants_marketing() {
        let consent = state(&agreement(), START + Duration::days(1));
        let standing = consent.status(Channel::Sms, Purpose::Marketing);
        assert_eq!(standing.status, Status::Granted);
    }

    #[test]
    fn a_history_has_events_of_different_ids() {
        let ids: std::collections::BTreeSet<_> =
            history(1_000).into_iter().map(|event| event.id).collect();
        assert_eq!(ids.len(), 1_000);
    }
}
