//! The shapes that many routes share.

use serde::{Deserialize, Deserializer, Serialize};
use tidings_kernel::to_micros;
use time::{OffsetDateTime, UtcOffset};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{ObjectBuilder, RefOr, Schema, schema::Type},
};

/// An instant: RFC 3339 with any offset in requests, in UTC with `Z` in answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-07-15T15:00:00Z")]
pub(crate) struct Timestamp(#[serde(with = "time::serde::rfc3339")] pub(crate) OffsetDateTime);

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let at = time::serde::rfc3339::deserialize(deserializer)?;
        Self::of(at).ok_or_else(|| serde::de::Error::custom("the instant is out of range"))
    }
}

impl Timestamp {
    fn of(at: OffsetDateTime) -> Option<Self> {
        // PostgreSQL and RFC 3339 agree on these years.
        let at = at.checked_to_offset(UtcOffset::UTC)?;
        (1..=9999).contains(&at.year()).then(|| Self(to_micros(at)))
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(at: OffsetDateTime) -> Self {
        Self(at.to_offset(UtcOffset::UTC))
    }
}

/// A field of a change: absent, cleared by `null`, or a new value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Patch<T> {
    #[default]
    Absent,
    Null,
    Value(T),
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Null, Self::Value))
    }
}

impl<T> Patch<T> {
    /// Puts the change to a field that may be empty.
    pub(crate) fn apply(self, field: &mut Option<T>) {
        match self {
            Self::Absent => {}
            Self::Null => *field = None,
            Self::Value(value) => *field = Some(value),
        }
    }

    /// The change in other terms.
    pub(crate) fn map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Patch<U>, E> {
        Ok(match self {
            Self::Absent => Patch::Absent,
            Self::Null => Patch::Null,
            Self::Value(value) => Patch::Value(f(value)?),
        })
    }
}

/// Reads a field of a change that cannot be cleared: `null` is an error rather than no change.
pub(crate) fn given<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The entries, newest first unless said otherwise.
    pub(crate) data: Vec<T>,
    /// The cursor to ask on with as `after`; `null` at the end.
    pub(crate) next: Option<String>,
}

/// An amount.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of what the kernel writes")]
pub(crate) struct Money {
    /// A decimal number as text, without loss.
    #[schema(example = "0.0079")]
    amount: String,
    /// ISO 4217.
    #[schema(example = "USD")]
    currency: String,
}

/// Declares the schema of words that a domain enum owns, from the enum itself.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident = $all:expr;)+) => {$(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(Type::String)
                    .enum_values(Some($all.iter().map(|word| word.as_str())))
                    .into()
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

words! {
    /// A way to reach a contact.
    Channel = tidings_kernel::Channel::ALL;
    /// Why a message is sent.
    Purpose = tidings_kernel::Purpose::FOR_TENANTS;
    /// Where a message is in its life.
    MessageStatus = tidings_messaging::Status::ALL;
    /// Where a conversation is kept.
    ConversationStatus = tidings_conversations::ConversationStatus::ALL;
    /// What happened to consent, as far as a client may say.
    ConsentAction = tidings_consent::Action::FOR_REQUESTS;
    /// What happened to consent, also by what providers tell and what the system does.
    RecordedConsentAction = tidings_consent::Action::ALL;
    /// How it reached us.
    ConsentMethod = tidings_consent::Method::ALL;
    /// What the ledger adds up to.
    ConsentStatus = tidings_consent::Status::ALL;
    /// What happens.
    EventType = tidings_messaging::EventKind::ALL;
    /// What came of telling an endpoint.
    DeliveryStatus = tidings_messaging::DeliveryStatus::ALL;
    /// What a provider's refusal is about.
    ErrorClass = tidings_routing::Class::ALL;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_read_with_any_offset_and_written_in_utc() {
        let at: Timestamp = serde_json::from_str(r#""2026-07-15T17:00:00.1234567+02:00""#).unwrap();
        assert_eq!(
            serde_json::to_string(&at).unwrap(),
            r#""2026-07-15T15:00:00.123456Z""#
        );
        assert!(serde_json::from_str::<Timestamp>(r#""2026-07-15""#).is_err());
        assert!(serde_json::from_str::<Timestamp>(r#""9999-12-31T23:59:59-23:00""#).is_err());
    }

    #[test]
    fn null_clears_and_absence_changes_nothing() {
        let mut field = Some(1);
        Patch::Absent.apply(&mut field);
        assert_eq!(field, Some(1));
        serde_json::from_str::<Patch<i32>>("null")
            .unwrap()
            .apply(&mut field);
        assert_eq!(field, None);
        serde_json::from_str::<Patch<i32>>("2")
            .unwrap()
            .apply(&mut field);
        assert_eq!(field, Some(2));
    }
}
