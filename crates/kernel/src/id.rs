use std::fmt;
use time::OffsetDateTime;
use uuid::Uuid;

/// Makes identities. Only use cases hold one; tests fix it.
pub trait Ids: Send + Sync {
    /// A fresh UUIDv7. Two calls never give the same, and later calls sort later.
    fn next(&self) -> Uuid;
}

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid id {text:?}: expected {prefix}_ and 26 characters")]
pub struct InvalidId {
    /// The prefix that was expected.
    pub prefix: &'static str,
    /// What was given.
    pub text: String,
}

/// Base 32 after Crockford, as TypeID 0.3 prescribes.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(uuid: Uuid, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let bits = uuid.as_u128();
    for position in (0..26_u32).rev() {
        let digit = (bits >> (position * 5)) & 31;
        let letter = ALPHABET
            .get(usize::try_from(digit).unwrap_or(0))
            .copied()
            .unwrap_or(b'0');
        fmt::Write::write_char(f, char::from(letter))?;
    }
    Ok(())
}

fn decode(text: &str) -> Option<Uuid> {
    // 26 letters hold 130 bits: the first carries only three of its five.
    if text.len() != 26 || text.as_bytes().first().is_none_or(|first| *first > b'7') {
        return None;
    }
    let mut bits: u128 = 0;
    for letter in text.bytes() {
        let digit = ALPHABET.iter().position(|known| *known == letter)?;
        bits = (bits << 5) | u128::try_from(digit).ok()?;
    }
    Some(Uuid::from_u128(bits))
}

fn parse(prefix: &'static str, text: &str) -> Result<Uuid, InvalidId> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .and_then(decode)
        .ok_or_else(|| InvalidId {
            prefix,
            text: text.chars().take(64).collect(),
        })
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What the text form starts with.
            pub const PREFIX: &'static str = $prefix;

            /// The id with this UUID.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// A fresh id.
            pub fn new(ids: &dyn Ids) -> Self {
                Self(ids.next())
            }

            /// The UUID inside, for adapters.
            pub const fn uuid(self) -> Uuid {
                self.0
            }

            /// When it was made, to the millisecond, as a UUIDv7 says (RFC 9562, section 5.7).
            pub fn made_at(self) -> OffsetDateTime {
                let milliseconds = i128::try_from(self.0.as_u128() >> 80).unwrap_or(0);
                OffsetDateTime::from_unix_timestamp_nanos(milliseconds * 1_000_000)
                    .unwrap_or(OffsetDateTime::UNIX_EPOCH)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                encode(self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                parse($prefix, text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

id!(/// A business that sends.
    TenantId, "ten");
id!(/// An API key.
    ApiKeyId, "key");
id!(/// A person who receives.
    ContactId, "con");
id!(/// A tenant's credentials at one provider.
    AccountId, "acc");
id!(/// A number or address that messages come from.
    SenderId, "snd");
id!(/// Reusable content.
    TemplateId, "tpl");
id!(/// One thing to be delivered to one contact, or received from one.
    MessageId, "msg");
id!(/// One call to one provider for one message.
    AttemptId, "att");
id!(/// The thread of messages with one contact.
    ConversationId, "cnv");
id!(/// What somebody has written down beside a conversation.
    NoteId, "note");
id!(/// A text that is said often.
    QuickReplyId, "qrp");
id!(/// A fact about consent.
    ConsentEventId, "cev");
id!(/// A stored answer of the gate.
    DecisionId, "dec");
id!(/// A provider's request to us, as it came.
    CallbackId, "cbk");
id!(/// Many messages that were asked for together.
    BatchId, "bat");
id!(/// A person who works for a tenant.
    MemberId, "mem");
id!(/// A request from a client.
    RequestId, "req");
id!(/// Something that happened, as a tenant's own systems are told of it.
    EventId, "evt");
id!(/// Where a tenant's own system is told of events.
    WebhookEndpointId, "hook");
id!(/// A file that was received, or is to be sent.
    MediaId, "med");

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_specification_s_vectors_hold() {
        // TypeID specification 0.3, spec/valid.json.
        let vectors = [
            (
                "00000000-0000-0000-0000-000000000000",
                "00000000000000000000000000",
            ),
            (
                "00000000-0000-0000-0000-000000000001",
                "00000000000000000000000001",
            ),
            (
                "00000000-0000-0000-0000-000000000020",
                "00000000000000000000000010",
            ),
            (
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "7zzzzzzzzzzzzzzzzzzzzzzzzz",
            ),
            (
                "0188bac7-4afa-78aa-bc3b-bd1eef28d881",
                "01h2xcejqtf2nbrexx3vqjhp41",
            ),
        ];
        for (uuid, text) in vectors {
            let id = MessageId::from_uuid(uuid.parse().unwrap());
            assert_eq!(id.to_string(), format!("msg_{text}"));
            assert_eq!(format!("msg_{text}").parse::<MessageId>().unwrap(), id);
        }
    }

    #[test]
    fn another_kind_or_shape_is_refused() {
        for text in [
            "acc_01h2xcejqtf2nbrexx3vqjhp41",
            "msg_81h2xcejqtf2nbrexx3vqjhp41",
            "msg_01h2xcejqtf2nbrexx3vqjhp4",
            "msg_01h2xcejqtf2nbrexx3vqjhp4u",
            "msg_01H2XCEJQTF2NBREXX3VQJHP41",
            "msg01h2xcejqtf2nbrexx3vqjhp41",
            "",
        ] {
            assert!(text.parse::<MessageId>().is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn text_round_trips_and_keeps_order(a in any::<u128>(), b in any::<u128>()) {
            let (x, y) = (MessageId::from_uuid(Uuid::from_u128(a)), MessageId::from_uuid(Uuid::from_u128(b)));
            prop_assert_eq!(x.to_string().parse::<MessageId>().unwrap(), x);
            prop_assert_eq!(x.to_string().cmp(&y.to_string()), x.cmp(&y));
        }
    }
}
