//! Two contacts that are one person.

#[cfg(test)]
mod tests;

use crate::{Contact, FactStore, FactsQuery, Known, Preferences, QuietHoursPreference};
use std::collections::BTreeMap;
use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes, Status, state};
use tidings_kernel::{Channel, ConsentEventId, ContactId, Ids, Purpose, StoreError, TenantId};
use time::OffsetDateTime;

/// Which contact becomes a part of which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Merge {
    /// The contact that stays.
    pub into: ContactId,
    /// The one that goes; another than `into`.
    pub from: ContactId,
    /// When.
    pub at: OffsetDateTime,
    /// The ids of the events that carry refusals over, one for each channel in the order of [`Channel::ALL`].
    pub events: [ConsentEventId; Channel::ALL.len()],
}

impl Merge {
    /// Makes `from` a part of `into`, at `at`.
    pub fn new(into: ContactId, from: ContactId, at: OffsetDateTime, ids: &dyn Ids) -> Self {
        Self {
            into,
            from,
            at,
            events: std::array::from_fn(|_| ConsentEventId::new(ids)),
        }
    }
}

/// What came of asking for it.
#[derive(Debug, Clone, PartialEq)]
pub enum Merging {
    /// They are one now, as this says.
    Done(Box<MergePlan>),
    /// They were made one before; nothing was changed.
    Before,
    /// One of them is no contact of the tenant's; nothing was changed.
    NotFound,
}

/// Something of which both contacts have another value, and only one can stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// What it is, as the API names it: `first_name`, `attributes.size`.
    pub field: String,
    /// The value of the contact that stays, which stays.
    pub kept: String,
    /// The value of the one that goes. An address is still found, see [`Contact::also`]; all else is gone.
    pub dropped: String,
}

/// What a merge of two contacts comes to.
///
/// The contact that stays keeps what it has, and takes what it lacks. Addresses are never lost: those that it cannot be
/// written to at are kept to find it by and to answer at. It keeps its own agreements and takes the refusals of both;
/// what the other has agreed to stays with the other (L25 of the compliance reference), or an agreement would wander to
/// a number that has never given it. Of wishes the narrower counts, where one is; of two spans of quiet hours its own.
#[derive(Debug, Clone, PartialEq)]
pub struct MergePlan {
    /// The contact that stays, as it is then.
    pub contact: Contact,
    /// Its preferences, if either has set any.
    pub preferences: Option<Preferences>,
    /// What is added to its chain of consent.
    pub consent: Vec<ConsentEvent>,
    /// Where both had another value.
    pub conflicts: Vec<Conflict>,
}

impl MergePlan {
    /// What it comes to, from what the gate knows of both.
    pub fn of(into: &Known, from: &Known, merge: &Merge) -> Self {
        let mut conflicts = Vec::new();
        let contact = united(&into.contact, &from.contact, merge.at, &mut conflicts);
        Self {
            contact,
            preferences: narrower(
                into.preferences.as_ref(),
                from.preferences.as_ref(),
                &mut conflicts,
            ),
            consent: refusals(&from.consent, merge),
            conflicts,
        }
    }

    /// What a merge would come to now, with what is known of the one that stays and of the one that goes; `None` if one
    /// of them is no contact of the tenant's.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    pub async fn preview(
        facts: &dyn FactStore,
        tenant: TenantId,
        merge: &Merge,
    ) -> Result<Option<(Self, [Contact; 2])>, StoreError> {
        let people = [merge.into, merge.from];
        let queries = people.map(|contact| FactsQuery::of(tenant, contact));
        let mut known = facts.load(&queries, merge.at).await?.into_iter();
        let (Some(Some(into)), Some(Some(from))) = (known.next(), known.next()) else {
            return Ok(None);
        };
        let plan = Self::of(&into, &from, merge);
        Ok(Some((plan, [into.contact, from.contact])))
    }
}

/// Keeps one's own value, or takes the other's, and says where both have another.
fn keep<T: Clone + PartialEq>(
    own: &mut Option<T>,
    other: Option<&T>,
    field: &str,
    text: impl Fn(&T) -> String,
    conflicts: &mut Vec<Conflict>,
) {
    match (own.as_ref(), other) {
        (None, Some(_)) => *own = other.cloned(),
        (Some(kept), Some(dropped)) if kept != dropped => conflicts.push(Conflict {
            field: field.to_owned(),
            kept: text(kept),
            dropped: text(dropped),
        }),
        (Some(_), _) | (None, None) => {}
    }
}

fn united(
    own: &Contact,
    other: &Contact,
    at: OffsetDateTime,
    conflicts: &mut Vec<Conflict>,
) -> Contact {
    let mut contact = Contact {
        updated_at: at,
        ..own.clone()
    };
    macro_rules! keep {
        ($($field:ident),+) => {$(
            keep(
                &mut contact.$field,
                other.$field.as_ref(),
                stringify!($field),
                ToString::to_string,
                conflicts,
            );
        )+};
    }
    keep!(
        first_name,
        last_name,
        phone,
        email,
        region,
        locale,
        time_zone,
        external_id
    );
    // Whoever is reached by WhatsApp already is reached where they were.
    if own.address(Channel::Whatsapp).is_none() || own.whatsapp_phone.is_some() {
        keep!(whatsapp_phone);
    }
    if own.address(Channel::Whatsapp).is_none() || own.whatsapp_user.is_some() {
        keep!(whatsapp_user);
    }
    let has = contact.addresses();
    let others = other.addresses().into_iter();
    contact
        .also
        .extend(others.filter(|address| !has.contains(address)));
    for tag in &other.tags {
        if !contact.tags.contains(tag) {
            contact.tags.push(tag.clone());
        }
    }
    for (name, value) in &other.attributes {
        let mut known = contact.attributes.remove(name);
        let field = format!("attributes.{name}");
        keep(
            &mut known,
            Some(value),
            &field,
            ToString::to_string,
            conflicts,
        );
        contact
            .attributes
            .extend(known.map(|known| (name.clone(), known)));
    }
    contact
}

/// What neither would mind.
fn narrower(
    own: Option<&Preferences>,
    other: Option<&Preferences>,
    conflicts: &mut Vec<Conflict>,
) -> Option<Preferences> {
    let (own, other) = match (own, other) {
        (None, None) => return None,
        (Some(only), None) | (None, Some(only)) => return Some(only.clone()),
        (Some(own), Some(other)) => (own, other),
    };
    // Two spans need not make one: that of the contact that stays counts, and who merges is told.
    let quiet = [own, other].map(|it| Some(it.quiet_hours).filter(|hours| hours.enabled));
    let [mut quiet_hours, others] = quiet;
    let span = |hours: &QuietHoursPreference| format!("{} to {}", hours.start, hours.end);
    keep(
        &mut quiet_hours,
        others.as_ref(),
        "quiet_hours",
        span,
        conflicts,
    );
    let mut topic_channels = other.topic_channels.clone();
    topic_channels.extend(own.topic_channels.clone());
    Some(Preferences {
        sms_enabled: own.sms_enabled && other.sms_enabled,
        whatsapp_enabled: own.whatsapp_enabled && other.whatsapp_enabled,
        email_enabled: own.email_enabled && other.email_enabled,
        preferred_channel: own.preferred_channel.or(other.preferred_channel),
        topic_channels,
        quiet_hours: quiet_hours.unwrap_or(own.quiet_hours),
        weekend_messages: own.weekend_messages && other.weekend_messages,
        time_zone: own.time_zone.clone().or_else(|| other.time_zone.clone()),
        locale: own.locale.clone().or_else(|| other.locale.clone()),
        emergency_notifications: own.emergency_notifications && other.emergency_notifications,
    })
}

/// What the contact that goes has refused, as events of the one that stays: one for each channel. They are added also
/// where that one has refused the same: an agreement of its own that is learned of late must not outdo them.
fn refusals(other: &[ConsentEvent], merge: &Merge) -> Vec<ConsentEvent> {
    let mut refused: BTreeMap<Channel, Vec<Purpose>> = BTreeMap::new();
    for (channel, purpose, standing) in state(other, merge.at).iter() {
        if standing.status == Status::Denied {
            refused.entry(channel).or_default().push(purpose);
        }
    }
    let events = Channel::ALL.into_iter().zip(merge.events);
    let events = events.filter_map(|(channel, id)| {
        let purposes = refused.get(&channel)?;
        // Each by its name: an opt-out of everything leaves emergencies open.
        let purposes = Purposes::only(purposes.iter().copied()).ok()?;
        Some(ConsentEvent {
            id,
            contact: merge.into,
            action: Action::OptOut,
            channels: Channels::one(channel),
            purposes,
            method: Method::Manual,
            occurred_at: merge.at,
            recorded_at: merge.at,
            evidence: Evidence {
                note: format!(
                    "refused by {}, which was merged into this contact",
                    merge.from
                )
                .try_into()
                .ok(),
                ..Evidence::default()
            },
        })
    });
    events.collect()
}
