//! Strategies that generate only what the constructors accept.

mod replies;

pub use replies::{dress, guarded, languages, reply_context, reply_text};

use crate::{Action, BoundedText, Channels, ConsentEvent, Evidence, Method, Purposes};
use proptest::{collection, option, prelude::*, sample};
use tidings_kernel::{Channel, ConsentEventId, ContactId, Purpose, strategies as kernel};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

/// Any action.
pub fn action() -> impl Strategy<Value = Action> + Clone {
    sample::select(Action::ALL)
}

/// Any method.
pub fn method() -> impl Strategy<Value = Method> + Clone {
    sample::select(Method::ALL)
}

/// All channels, or up to three.
pub fn channels() -> impl Strategy<Value = Channels> + Clone {
    option::of(collection::vec(kernel::channel(), 1..4)).prop_filter_map("not empty", |named| {
        named.map_or(Some(Channels::All), |named| Channels::only(named).ok())
    })
}

/// All purposes, or up to three that a tenant may name.
pub fn purposes() -> impl Strategy<Value = Purposes> + Clone {
    option::of(collection::vec(kernel::tenant_purpose(), 1..4))
        .prop_filter_map("not empty", |named| {
            named.map_or(Some(Purposes::All), |named| Purposes::only(named).ok())
        })
}

/// Evidence with any of its fields.
pub fn evidence() -> impl Strategy<Value = Evidence> + Clone {
    fn text<const MAX: usize>() -> impl Strategy<Value = Option<BoundedText<MAX>>> + Clone {
        option::of("[a-zäß]{1,12}".prop_filter_map("a text", |text| BoundedText::new(text).ok()))
    }
    (text(), text(), text(), text(), text(), text()).prop_map(
        |(text_shown, ip, user_agent, document_url, source_message_id, note)| Evidence {
            text_shown,
            ip,
            user_agent,
            document_url,
            source_message_id,
            note,
        },
    )
}

/// An instant on one of 400 hours from 1 March 2026: ties are common, and a double opt-in expires.
pub fn hour() -> impl Strategy<Value = OffsetDateTime> + Clone {
    (0_i64..400).prop_filter_map("in the range of instants", |hours| {
        OffsetDateTime::from_unix_timestamp(1_772_323_200)
            .ok()
            .map(|start| start + Duration::hours(hours))
    })
}

/// Any event of `contact`.
pub fn event(contact: ContactId) -> impl Strategy<Value = ConsentEvent> + Clone {
    let what = (action(), channels(), purposes(), method(), evidence());
    (any::<u128>(), what, hour(), 0_i64..48).prop_map(
        move |(id, (action, channels, purposes, method, evidence), occurred_at, delay)| {
            ConsentEvent {
                id: ConsentEventId::from_uuid(Uuid::from_u128(id)),
                contact,
                action,
                channels,
                purposes,
                method,
                occurred_at,
                recorded_at: occurred_at + Duration::hours(delay),
                evidence,
            }
        },
    )
}

/// Up to a dozen events of `contact`, in no order.
pub fn history(contact: ContactId) -> impl Strategy<Value = Vec<ConsentEvent>> + Clone {
    collection::vec(event(contact), 0..12)
}

/// Up to a dozen events of `contact` that are likely to meet: marketing or everything, by SMS,
/// WhatsApp or both, within five days. Short enough that a double opt-in expires now and then.
pub fn entangled(contact: ContactId) -> impl Strategy<Value = Vec<ConsentEvent>> + Clone {
    let channels = sample::select(vec![
        vec![Channel::Sms],
        vec![Channel::Whatsapp],
        vec![Channel::Sms, Channel::Whatsapp],
    ]);
    let purposes = sample::select(vec![None, Some(Purpose::Marketing)]);
    let hours = (0_i64..120).prop_filter_map("in the range of instants", |hours| {
        OffsetDateTime::from_unix_timestamp(1_772_323_200 + hours * 3_600).ok()
    });
    let event = (event(contact), channels, purposes, hours).prop_map(
        |(event, channels, purpose, occurred_at)| ConsentEvent {
            channels: Channels::of(channels),
            purposes: purpose.map_or(Purposes::All, |purpose| Purposes::of([purpose])),
            occurred_at,
            ..event
        },
    );
    collection::vec(event, 0..12)
}
