//! Messages for the gate, with the facts in hand.

use crate::ledger;
use std::collections::BTreeMap;
use tidings_jurisdictions::Packs;
use tidings_kernel::{BoxError, Channel, ContactId, Locale, PhoneNumber, Purpose, TenantId};
use tidings_messaging::{
    Address, Contact, Content, ContentFacts, Facts, GateRequest, Known, Settings, Stage, Tenant,
    Usage,
};
use tidings_quiet_hours::{Urgency, Zone};
use time::{OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// A Wednesday, 11:00 in New York: marketing may go out.
pub const DAY: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

/// The night after it, 23:00 in New York: marketing waits for the morning.
pub const NIGHT: OffsetDateTime = datetime!(2026-07-16 03:00 UTC);

/// A message to somebody in New York who has agreed to everything, with all that is known of them and
/// the law of the place as it was at `at`.
///
/// # Errors
/// The packs that we ship, or the constants of the case, cannot be read.
pub fn case(purpose: Purpose, at: OffsetDateTime) -> Result<(GateRequest, Facts), BoxError> {
    let known = known()?;
    let content =
        Content::text("Example Shop: 20 % off all shoes until Sunday. Reply STOP to end.");
    let request = GateRequest {
        channel: Channel::Sms,
        purpose,
        to: known.contact.phone.map(Address::Phone),
        template: None,
        template_locale: None,
        is_waiting: false,
        calls_template: false,
        content: ContentFacts::of(&content, Channel::Sms, &known),
        topic: None,
        valid_until: None,
        urgency: Urgency::Ordinary,
        override_by: None,
        source_version: None,
    };
    let packs = Packs::bundled()?;
    let facts = Facts::of(&known, &request, &packs, Stage::Dispatch, at);
    Ok((request, facts))
}

fn known() -> Result<Known, BoxError> {
    let tenant = TenantId::from_uuid(Uuid::from_u128(1));
    Ok(Known {
        tenant: Tenant {
            id: tenant,
            name: "Example Shop".into(),
            default_region: None,
            time_zone: None,
            locale: Locale::parse("en_US")?,
            disabled_channels: Vec::new(),
            settings: Settings::default(),
            created_at: DAY,
        },
        contact: Contact {
            phone: Some(PhoneNumber::from_e164("+12125550123")?),
            time_zone: Some(Zone::parse("America/New_York")?),
            attributes: BTreeMap::new(),
            ..Contact::blank(ContactId::from_uuid(Uuid::from_u128(2)), tenant, DAY)
        },
        preferences: None,
        consent: ledger::agreement(),
        suppressions: Vec::new(),
        absences: Vec::new(),
        template: None,
        last_inbound: Vec::new(),
        marketing_sent: Vec::new(),
        source_version: None,
        usage: Usage::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_messaging::{GateOutcome, gate::decide};

    #[test]
    fn the_cases_decide_what_their_names_say() {
        let outcome = |at| {
            let (request, facts) = case(Purpose::Marketing, at).unwrap();
            decide(&request, &facts, at).outcome
        };
        assert_eq!(outcome(DAY), GateOutcome::Send);
        assert_eq!(outcome(NIGHT), GateOutcome::Defer);
    }
}
