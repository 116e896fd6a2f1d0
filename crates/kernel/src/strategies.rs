//! Strategies that generate only what the constructors accept.

use crate::{Channel, PhoneNumber, Purpose, Region, TenantId, to_micros};
use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

/// Any channel.
pub fn channel() -> impl Strategy<Value = Channel> + Clone {
    proptest::sample::select(Channel::ALL.to_vec())
}

/// Any purpose, the system's own included.
pub fn purpose() -> impl Strategy<Value = Purpose> + Clone {
    proptest::sample::select(Purpose::ALL.to_vec())
}

/// Any purpose that a tenant may ask for.
pub fn tenant_purpose() -> impl Strategy<Value = Purpose> + Clone {
    proptest::sample::select(Purpose::FOR_TENANTS.to_vec())
}

/// A number of a range reserved for fiction: +1 202 555 0100 to 0199.
pub fn phone() -> impl Strategy<Value = PhoneNumber> + Clone {
    (100_u32..200).prop_filter_map("reserved numbers parse", |line| {
        PhoneNumber::from_e164(&format!("+12025550{line}")).ok()
    })
}

/// One of a few regions with rules of their own.
pub fn region() -> impl Strategy<Value = Region> + Clone {
    proptest::sample::select(vec!["US", "GB", "DE", "FR", "BR", "IN", "AU"])
        .prop_filter_map("known regions parse", |code| Region::parse(code).ok())
}

/// Any tenant.
pub fn tenant() -> impl Strategy<Value = TenantId> + Clone {
    any::<u128>().prop_map(|bits| TenantId::from_uuid(Uuid::from_u128(bits)))
}

/// An instant between 2020 and 2040, in whole microseconds.
pub fn instant() -> impl Strategy<Value = OffsetDateTime> + Clone {
    (1_577_836_800_i64..2_208_988_800, 0_i64..1_000_000).prop_filter_map(
        "in the range of instants",
        |(seconds, micros)| {
            let at = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
            Some(to_micros(at + time::Duration::microseconds(micros)))
        },
    )
}
