//! What happens to what a tenant has, as its own systems are told of it.

mod data;

pub use data::{
    AccountHealth, ConsentNoted, ContactMerged, ContactNamed, ConversationPart,
    ConversationUpdated, EndpointDisabled, EndpointTested, Failed, MessageStatus, RatedNumber,
    Received, Said, TemplateStanding,
};

use serde::Serialize;
use std::{fmt, str::FromStr};
use tidings_kernel::{EventId, TenantId};
use time::OffsetDateTime;
use uuid::Uuid;

/// Declares the kinds of event: what each says, and its name. A kind is added here, once; what it says is a struct in
/// `event/data.rs`, and whoever makes the change notes it.
macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident($data:ty) = $text:literal),+ $(,)?) => {
        /// Something that happened, of one kind. It names people and says nothing about them: what is personal stays
        /// where it is kept, and goes when the person is forgotten.
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[serde(untagged)]
        pub enum Happening {
            $($(#[$doc])* $name($data)),+
        }

        /// The kinds of event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind {
            $($(#[$doc])* $name),+
        }

        impl EventKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The name used in tables and API.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text),+
                }
            }
        }

        impl Happening {
            /// Of which kind it is.
            pub const fn kind(&self) -> EventKind {
                match self {
                    $(Self::$name(_) => EventKind::$name),+
                }
            }

            /// Reads what was stored of an event of this kind.
            ///
            /// # Errors
            /// The data are not those of the kind.
            pub fn read(
                kind: EventKind,
                data: serde_json::Value,
            ) -> Result<Self, serde_json::Error> {
                Ok(match kind {
                    $(EventKind::$name => Self::$name(serde_json::from_value(data)?)),+
                })
            }
        }
    };
}

kinds! {
    /// A message came to a status.
    MessageStatus(MessageStatus) = "message.status",
    /// A contact wrote.
    MessageReceived(Received) = "message.received",
    /// A conversation was moved by a message, or changed by somebody.
    ConversationUpdated(ConversationUpdated) = "conversation.updated",
    /// Messages go through an account no more, or again; or a provider rates a number of it otherwise.
    AccountHealth(AccountHealth) = "account.health",
    /// A template may be sent, or no more; or a provider says something else of it.
    TemplateStatus(TemplateStanding) = "template.status",
    /// There is a new contact.
    ContactCreated(ContactNamed) = "contact.created",
    /// A contact's data or preferences have changed.
    ContactUpdated(ContactNamed) = "contact.updated",
    /// A contact became a part of another.
    ContactMerged(ContactMerged) = "contact.merged",
    /// A contact was erased.
    ContactErased(ContactNamed) = "contact.erased",
    /// A consent event was recorded.
    ConsentRecorded(ConsentNoted) = "consent.recorded",
    /// An endpoint for webhooks took nothing for days, and is called no more.
    EndpointDisabled(EndpointDisabled) = "webhook_endpoint.disabled",
    /// Somebody wants to see whether an endpoint for webhooks works; that endpoint alone is told.
    EndpointTested(EndpointTested) = "webhook_endpoint.test",
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no kind of event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown event type {0:?}")]
pub struct UnknownEventKind(pub String);

impl FromStr for EventKind {
    type Err = UnknownEventKind;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| UnknownEventKind(text.to_owned()))
    }
}

/// Something that happened, at its place in its tenant's log.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The tenant.
    pub tenant: TenantId,
    /// Its place in the tenant's log: the next event has the next number, and none is left out.
    pub position: u64,
    /// When it got its place.
    pub logged_at: OffsetDateTime,
    /// When it happened.
    pub at: OffsetDateTime,
    /// What happened.
    pub happening: Happening,
}

/// An event as tenants' own systems read it, by whichever way.
#[derive(Serialize)]
struct Wire<'a> {
    id: EventId,
    r#type: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    timestamp: OffsetDateTime,
    data: &'a Happening,
}

impl Event {
    /// Its id. Ids of one tenant sort as its log does.
    pub fn id(&self) -> EventId {
        place_id(self.tenant, self.position, self.logged_at)
    }

    /// What readers are given: `{"id", "type", "timestamp", "data"}`, in one line.
    ///
    /// # Errors
    /// The data do not serialize, which would be a bug of ours.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(&Wire {
            id: self.id(),
            r#type: self.happening.kind().as_str(),
            timestamp: self.at,
            data: &self.happening,
        })
    }
}

/// How many of an id's bits tell places apart, and how many tenants.
const PLACE_BITS: u32 = 48;
const TENANT_BITS: u32 = 26;

/// What an id has of its tenant, so that no two tenants' events have the same id.
fn tenant_bits(tenant: TenantId) -> u128 {
    let bits = tenant.uuid().as_u128();
    // Folded, since it is not for this place to know which of them differ.
    let folded = (0..5).fold(0, |folded, part| folded ^ (bits >> (part * TENANT_BITS)));
    folded & ((1 << TENANT_BITS) - 1)
}

/// The id of a place in a tenant's log: a UUIDv7 whose random bits are the tenant and the place, so that the place is
/// found again without a look-up.
pub fn place_id(tenant: TenantId, position: u64, logged_at: OffsetDateTime) -> EventId {
    let milliseconds = u128::try_from(logged_at.unix_timestamp_nanos() / 1_000_000).unwrap_or(0);
    let place = u128::from(position) & ((1 << PLACE_BITS) - 1);
    let random = (tenant_bits(tenant) << PLACE_BITS) | place;
    // RFC 9562, section 5.7: 48 bits of time, the version, 12 bits, the variant, 62 bits.
    let bits = ((milliseconds & 0xffff_ffff_ffff) << 80)
        | (7 << 76)
        | ((random >> 62) << 64)
        | (0b10 << 62)
        | (random & ((1 << 62) - 1));
    EventId::from_uuid(Uuid::from_u128(bits))
}

/// The place that an id names in a tenant's log; `None` for an id of another tenant's.
///
/// ```
/// use tidings_kernel::{EventId, TenantId};
/// use tidings_messaging::{place_id, place_of};
/// use time::OffsetDateTime;
/// use uuid::Uuid;
///
/// let [ours, theirs] = [1, 2].map(|n| TenantId::from_uuid(Uuid::from_u128(n)));
/// let id = place_id(ours, 42, OffsetDateTime::UNIX_EPOCH);
/// assert_eq!(place_of(ours, id), Some(42));
/// assert_eq!(place_of(theirs, id), None);
/// ```
pub fn place_of(tenant: TenantId, id: EventId) -> Option<u64> {
    let bits = id.uuid().as_u128();
    let random = (((bits >> 64) & 0xfff) << 62) | (bits & ((1 << 62) - 1));
    let is_ours = random >> PLACE_BITS == tenant_bits(tenant);
    let place = random & ((1 << PLACE_BITS) - 1);
    is_ours.then(|| u64::try_from(place).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Status;
    use proptest::prelude::*;
    use tidings_kernel::{Channel, ContactId, MessageId};
    use time::macros::datetime;

    fn tenant(n: u128) -> TenantId {
        TenantId::from_uuid(Uuid::from_u128(n))
    }

    fn event(position: u64) -> Event {
        Event {
            tenant: tenant(7),
            position,
            logged_at: datetime!(2026-07-15 15:00:01 UTC),
            at: datetime!(2026-07-15 15:00 UTC),
            happening: Happening::MessageStatus(MessageStatus {
                message_id: MessageId::from_uuid(Uuid::from_u128(1)),
                contact_id: ContactId::from_uuid(Uuid::from_u128(2)),
                channel: Channel::Sms,
                status: Status::Sent,
                source: "worker".into(),
                error: None,
            }),
        }
    }

    #[test]
    fn readers_are_given_one_line_of_json() {
        let text = event(3).to_json().unwrap();
        assert!(!text.contains('\n'));
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(json["id"], event(3).id().to_string());
        assert_eq!(json["type"], "message.status");
        assert_eq!(json["timestamp"], "2026-07-15T15:00:00Z");
        assert_eq!(json["data"]["status"], "sent");
        assert!(json["data"].get("error").is_none());
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let happening = event(1).happening;
        let stored = serde_json::to_value(&happening).unwrap();
        let read = Happening::read(EventKind::MessageStatus, stored.clone()).unwrap();
        assert_eq!(read, happening);
        assert!(Happening::read(EventKind::AccountHealth, stored).is_err());
    }

    #[test]
    fn names_are_read_and_others_are_not() {
        for kind in EventKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(*kind));
        }
        assert!("message.lost".parse::<EventKind>().is_err());
    }

    proptest! {
        #[test]
        fn a_place_is_found_again(n in any::<u128>(), place in 0_u64..(1 << 48), at in 0_i64..4_000_000_000) {
            let at = OffsetDateTime::from_unix_timestamp(at).unwrap();
            let id = place_id(tenant(n), place, at);
            prop_assert_eq!(place_of(tenant(n), id), Some(place));
            prop_assert_eq!(place_of(tenant(n ^ 1), id), None);
            prop_assert_eq!(id.uuid().get_version_num(), 7);
            prop_assert_eq!(id.made_at(), at);
        }

        #[test]
        fn ids_sort_as_the_log_does(one in 0_u64..1_000_000, other in 0_u64..1_000_000) {
            prop_assert_eq!(event(one).id().cmp(&event(other).id()), one.cmp(&other));
        }
    }
}
