use crate::{
    fixtures::{self, NOW},
    works::Works,
};
use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes};
use tidings_jurisdictions::Packs;
use tidings_kernel::{
    AttemptId, Channel, ConsentEventId, ContactId, MessageId, Purpose, SenderId, TenantId,
};
use tidings_messaging::{
    Address, Content, Known, Message, Segments, SendableMessage, TemplateFacts, gate,
};
use tidings_templates::ApprovalStatus;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// An attempt id with these bits, for tests of provider adapters.
pub const fn attempt_id(n: u128) -> AttemptId {
    AttemptId::from_uuid(Uuid::from_u128(n))
}

/// A message that the real gate has let through at [`fixtures::NOW`]: the contact has agreed to
/// everything, has just written, and the template, if any, is approved.
///
/// # Panics
/// If the gate refuses nevertheless, such as for empty content; the reasons are in the panic.
pub fn sendable(
    attempt: AttemptId,
    channel: Channel,
    purpose: Purpose,
    to: Address,
    from: &str,
    content: Content,
) -> SendableMessage {
    cleared(attempt, channel, purpose, to, from, content, None)
}

/// The same for a message that matters for so long.
///
/// # Panics
/// As [`sendable`] does, and if the time is over.
pub fn sendable_for(
    attempt: AttemptId,
    channel: Channel,
    purpose: Purpose,
    to: Address,
    from: &str,
    content: Content,
    valid_for: Duration,
) -> SendableMessage {
    let until = Some(NOW + valid_for);
    cleared(attempt, channel, purpose, to, from, content, until)
}

fn cleared(
    attempt: AttemptId,
    channel: Channel,
    purpose: Purpose,
    to: Address,
    from: &str,
    content: Content,
    valid_until: Option<OffsetDateTime>,
) -> SendableMessage {
    let id = |count| fixtures::uuid(0, count);
    let tenant = fixtures::tenant(TenantId::from_uuid(id(1)));
    let contact = fixtures::contact(tenant.id, ContactId::from_uuid(id(2)), 23);
    let message = Message {
        channel,
        purpose,
        to: to.to_string(),
        contact_address: to,
        template: content.template.as_ref().map(|call| call.id),
        segments: (channel == Channel::Sms).then(|| Segments::of(&content.text)),
        valid_until,
        content,
        ..fixtures::message(&contact, MessageId::from_uuid(id(3)), "")
    };
    let agreement = ConsentEvent {
        id: ConsentEventId::from_uuid(id(4)),
        contact: contact.id,
        action: Action::ConsentGiven,
        channels: Channels::All,
        purposes: Purposes::only(Purpose::FOR_TENANTS).works(),
        method: Method::WebForm,
        occurred_at: NOW - Duration::DAY,
        recorded_at: NOW - Duration::DAY,
        evidence: Evidence::default(),
    };
    let known = Known {
        tenant,
        contact,
        preferences: None,
        consent: vec![agreement],
        suppressions: Vec::new(),
        absences: Vec::new(),
        template: message.template.map(|id| TemplateFacts {
            id,
            status: ApprovalStatus::Approved,
            purpose,
            version: 1,
            locales: [].into(),
        }),
        last_inbound: vec![(channel, NOW - Duration::MINUTE)],
        marketing_sent: Vec::new(),
        source_version: None,
        usage: tidings_messaging::Usage::default(),
    };
    // No law of any place: what a provider does with a message does not depend on it.
    let packs = Packs::parse(&[]).works();
    let (_, _, decision, clearance) = gate::clear(&message, &known, &packs, NOW);
    let Some(clearance) = clearance else {
        panic!(
            "the gate refused a message that should be sendable: {:?}",
            decision.reasons
        );
    };
    clearance.address(attempt, SenderId::from_uuid(id(5)), from.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_may_matter_for_a_while_only() {
        let to = Address::Phone(fixtures::phone(1));
        let (channel, purpose) = (Channel::Sms, Purpose::Transactional);
        let content = Content::text("Hello");
        let message = sendable_for(
            attempt_id(7),
            channel,
            purpose,
            to,
            "+12025550199",
            content,
            Duration::HOUR,
        );
        assert_eq!(message.valid_for(), Some(Duration::HOUR));
    }

    #[test]
    fn every_purpose_and_channel_can_be_sendable() {
        for channel in Channel::ALL {
            for purpose in Purpose::ALL {
                let to = Address::Phone(fixtures::phone(1));
                let message = sendable(
                    attempt_id(7),
                    channel,
                    purpose,
                    to.clone(),
                    "+12025550199",
                    Content::text("Hello"),
                );
                assert_eq!(
                    (message.attempt(), message.channel()),
                    (attempt_id(7), channel)
                );
                assert_eq!((message.purpose(), message.to()), (purpose, &to));
                assert_eq!(message.from(), "+12025550199");
            }
        }
    }
}
