//! Addresses that a channel was said not to know.

use crate::{Address, ChannelSwitch};
use tidings_kernel::Channel;
use tidings_routing::Certainty;
use time::{Duration, OffsetDateTime};

/// An address on a channel.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Destination {
    /// The channel.
    pub channel: Channel,
    /// The address.
    pub address: Address,
}

/// A refusal that says that the channel does not know an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Refusal {
    /// When its attempt began.
    pub at: OffsetDateTime,
    /// How surely it says so.
    pub certainty: Certainty,
}

/// What is known of an address that a channel was said not to know.
///
/// Whether it is absent follows from all of this together, so that nothing depends on what was learned first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Absence {
    /// Which.
    pub destination: Destination,
    /// The newest refusals, one for each attempt, in any order; at most [`Absence::REMEMBERED`].
    pub refusals: Vec<Refusal>,
    /// The last sign of life: a message was delivered there, or came from there.
    pub alive_at: Option<OffsetDateTime>,
    /// When the contact has asked for it to be tried again, last.
    pub wished_at: Option<OffsetDateTime>,
    /// When the contact was told, last.
    pub told_at: Option<OffsetDateTime>,
}

impl Absence {
    /// How many refusals of an address are remembered.
    pub const REMEMBERED: u8 = 20;
    /// For how long a refusal counts. People come to a channel, and numbers to other people.
    pub const COUNTS_FOR: Duration = Duration::days(90);

    /// Since when the address is absent at `now`, if it is: since as many refusals in a row as the tenant has
    /// chosen. A sign of life that is as old as a refusal outweighs it.
    ///
    /// ```rust
    /// use tidings_kernel::{Channel, PhoneNumber};
    /// use tidings_messaging::{Absence, Address, ChannelSwitch, Destination, Refusal};
    /// use tidings_routing::Certainty;
    /// use time::{Duration, macros::datetime};
    ///
    /// let noon = datetime!(2026-07-15 12:00 UTC);
    /// let refused = |hour| Refusal { at: noon + Duration::hours(hour), certainty: Certainty::Stated };
    /// let mut absence = Absence {
    ///     destination: Destination {
    ///         channel: Channel::Whatsapp,
    ///         address: Address::Phone(PhoneNumber::from_e164("+12025550123")?),
    ///     },
    ///     refusals: vec![refused(2), refused(0), refused(1)],
    ///     alive_at: None,
    ///     wished_at: None,
    ///     told_at: None,
    /// };
    /// let switch = ChannelSwitch::default();
    /// let now = noon + Duration::DAY;
    /// assert_eq!(absence.since(&switch, now), Some(noon + Duration::hours(2)));
    /// absence.alive_at = Some(noon);
    /// assert_eq!(absence.since(&switch, now), None);
    /// # Ok::<(), tidings_kernel::PhoneError>(())
    /// ```
    pub fn since(&self, switch: &ChannelSwitch, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let last = usize::from(switch.after).checked_sub(1)?;
        let oldest = now.saturating_sub(Self::COUNTS_FOR);
        let cleared_at = self.alive_at.max(self.wished_at);
        let mut counted: Vec<OffsetDateTime> = self
            .refusals
            .iter()
            .filter(|refusal| refusal.at > oldest && Some(refusal.at) > cleared_at)
            .filter(|refusal| match refusal.certainty {
                Certainty::Stated => true,
                Certainty::Supposed => switch.count_unconfirmed,
            })
            .map(|refusal| refusal.at)
            .collect();
        counted.sort_unstable();
        counted.get(last).copied()
    }

    /// Whether the contact is to be told at `now`: once, and again only after they have asked to be tried again.
    pub fn is_to_be_told(&self, switch: &ChannelSwitch, now: OffsetDateTime) -> bool {
        switch.tell
            && self.may_be_told()
            && self.destination.channel != Channel::Sms
            && self.since(switch, now).is_some()
    }

    /// Whether the contact does not know yet, as far as we have told them.
    pub fn may_be_told(&self) -> bool {
        self.told_at.is_none() || self.wished_at > self.told_at
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{
        prelude::{Just, Strategy, any, prop, proptest},
        prop_assert, prop_assert_eq,
    };
    use tidings_routing::{Class, ProviderError};
    use time::macros::datetime;

    const NOON: OffsetDateTime = datetime!(2026-07-15 12:00 UTC);

    fn at(minute: i64) -> OffsetDateTime {
        NOON + Duration::minutes(minute)
    }

    fn refused(minute: i64) -> Refusal {
        Refusal {
            at: at(minute),
            certainty: Certainty::Stated,
        }
    }

    fn absence(refusals: Vec<Refusal>) -> Absence {
        Absence {
            destination: Destination {
                channel: Channel::Whatsapp,
                address: Address::WhatsappUser("US.1".into()),
            },
            refusals,
            alive_at: None,
            wished_at: None,
            told_at: None,
        }
    }

    fn after(after: u8) -> ChannelSwitch {
        ChannelSwitch {
            after,
            ..ChannelSwitch::default()
        }
    }

    #[test]
    fn as_many_as_were_chosen_and_no_fewer() {
        let twice = absence(vec![refused(1), refused(2)]);
        assert_eq!(twice.since(&after(3), at(9)), None);
        assert_eq!(twice.since(&after(2), at(9)), Some(at(2)));
        assert_eq!(twice.since(&after(1), at(9)), Some(at(1)));
        assert_eq!(twice.since(&after(0), at(9)), None, "it is switched off");
    }

    #[test]
    fn a_sign_of_life_between_breaks_the_row_whenever_it_is_learned() {
        let mut found = absence(vec![refused(1), refused(2), refused(4)]);
        found.alive_at = Some(at(3));
        assert_eq!(found.since(&after(3), at(9)), None);
        found.refusals.extend([refused(5), refused(6)]);
        assert_eq!(found.since(&after(3), at(9)), Some(at(6)));
        found.wished_at = Some(at(7));
        assert_eq!(found.since(&after(3), at(9)), None);
    }

    #[test]
    fn what_may_mean_something_else_counts_only_where_the_tenant_says_so() {
        let guess = Refusal {
            at: at(3),
            certainty: Certainty::Supposed,
        };
        let found = absence(vec![refused(1), refused(2), guess]);
        assert_eq!(found.since(&after(3), at(9)), None);
        let every = ChannelSwitch {
            count_unconfirmed: true,
            ..after(3)
        };
        assert_eq!(found.since(&every, at(9)), Some(at(3)));
    }

    #[test]
    fn after_three_months_it_is_tried_again() {
        let found = absence(vec![refused(1), refused(2), refused(3)]);
        let end = at(1) + Absence::COUNTS_FOR;
        assert_eq!(
            found.since(&after(3), end - Duration::MICROSECOND),
            Some(at(3))
        );
        assert_eq!(found.since(&after(3), end), None);
    }

    #[test]
    fn the_contact_is_told_once_until_they_ask_again() {
        let mut found = absence(vec![refused(1), refused(2), refused(3)]);
        assert!(found.is_to_be_told(&after(3), at(9)));
        found.told_at = Some(at(4));
        assert!(!found.is_to_be_told(&after(3), at(9)));
        found.wished_at = Some(at(5));
        assert!(!found.is_to_be_told(&after(3), at(9)), "it is not absent");
        found.refusals.extend([refused(6), refused(7), refused(8)]);
        assert!(found.is_to_be_told(&after(3), at(9)));
        let silent = ChannelSwitch {
            tell: false,
            ..after(3)
        };
        assert!(!found.is_to_be_told(&silent, at(9)));
    }

    #[test]
    fn what_was_stored_of_refusals_before_reads_as_silence() {
        let refused = |absence| ProviderError {
            absence,
            ..ProviderError::new(Class::Recipient, "63003", "no")
        };
        let stored = serde_json::to_value(refused(None)).unwrap();
        assert_eq!(stored.get("absence"), None);
        let stored = serde_json::to_value(refused(Some(Certainty::Stated))).unwrap();
        assert_eq!(stored["absence"], "stated");
        let read: ProviderError = serde_json::from_value(stored).unwrap();
        assert_eq!(read.absence, Some(Certainty::Stated));
    }

    proptest! {
        #[test]
        fn the_order_in_which_things_are_learned_does_not_matter(
            (minutes, shuffled) in prop::collection::vec(0_i64..60, 0..8)
                .prop_flat_map(|minutes| (Just(minutes.clone()), Just(minutes).prop_shuffle())),
            alive in prop::option::of(0_i64..60),
            count in 0_u8..5,
            later in any::<bool>(),
        ) {
            let of = |minutes: &[i64]| Absence {
                alive_at: alive.map(at),
                ..absence(minutes.iter().copied().map(refused).collect())
            };
            let found = of(&minutes).since(&after(count), at(60));
            prop_assert_eq!(found, of(&shuffled).since(&after(count), at(60)));
            let row = minutes.iter().filter(|it| alive.is_none_or(|alive| **it > alive)).count();
            prop_assert_eq!(found.is_some(), count > 0 && row >= usize::from(count));
            // Another sign of life never makes it more absent.
            if later {
                let mut cleared = of(&minutes);
                cleared.alive_at = Some(at(61));
                prop_assert!(cleared.since(&after(count), at(62)).is_none());
            }
        }
    }
}
