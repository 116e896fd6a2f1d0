//! Messages for the gate, with the facts in hand.

use crate::ledger;
use tidings_kernel::{Channel, PhoneNumber, Purpose};
use tidings_messaging::{
    Address, Content, ContentFacts, Facts, GateRequest, Preferences, ZoneSource, Zones,
};
use tidings_quiet_hours::Zone;
use time::{OffsetDateTime, macros::datetime};

/// A Wednesday, 11:00 in New York: marketing may go out.
pub const DAY: OffsetDateTime = datetime!(2026-07-15 15:00 UTC);

/// The night after it, 23:00 in New York: marketing waits for the morning.
pub const NIGHT: OffsetDateTime = datetime!(2026-07-16 03:00 UTC);

/// A message to a number in the United States.
pub fn request(purpose: Purpose) -> GateRequest {
    let content = Content::text("Example Shop: 20 % off all shoes until Sunday. Text STOP to end.");
    GateRequest {
        channel: Channel::Sms,
        purpose,
        to: PhoneNumber::from_e164("+12025550123")
            .ok()
            .map(Address::Phone),
        template: None,
        calls_template: false,
        content: ContentFacts::of(&content, Channel::Sms),
        topic: None,
        valid_until: None,
    }
}

/// What is known of somebody in New York who has agreed to everything.
pub fn facts() -> Facts {
    Facts {
        is_channel_disabled: false,
        preferences: Preferences::default(),
        zones: Zones {
            zones: Zone::parse("America/New_York").into_iter().collect(),
            source: ZoneSource::Contact,
        },
        consent: ledger::agreement(),
        suppressed_since: None,
        template: None,
        last_inbound: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tidings_messaging::{GateOutcome, gate::decide};

    #[test]
    fn the_cases_decide_what_their_names_say() {
        let marketing = request(Purpose::Marketing);
        assert_eq!(decide(&marketing, &facts(), DAY).outcome, GateOutcome::Send);
        assert_eq!(
            decide(&marketing, &facts(), NIGHT).outcome,
            GateOutcome::Defer
        );
    }
}
