#[cfg(doc)]
use crate::MarketingCap;
use crate::{
    Absence, Address, Contact, LocaleStanding, Preferences, SourceKey, StoredTemplate, Tenant,
    by_locale,
};
use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, ops::Range};
use tidings_consent::ConsentEvent;
use tidings_kernel::{Channel, ContactId, Locale, Purpose, StoreError, TemplateId, TenantId};
use tidings_templates::ApprovalStatus;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Whose facts are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FactsQuery {
    /// The tenant.
    pub tenant: TenantId,
    /// The contact.
    pub contact: ContactId,
    /// The template, if the message has one.
    pub template: Option<TemplateId>,
    /// The record that the message is about, if it names a version of one.
    pub source: Option<SourceKey>,
}

impl FactsQuery {
    /// What is known about a contact alone.
    pub const fn of(tenant: TenantId, contact: ContactId) -> Self {
        Self {
            tenant,
            contact,
            template: None,
            source: None,
        }
    }
}

/// What the stores know about a contact and a template, before it is put to a channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// The tenant.
    pub tenant: Tenant,
    /// The contact.
    pub contact: Contact,
    /// Its preferences, if ever set.
    pub preferences: Option<Preferences>,
    /// The consent events of this contact, and of every contact of the tenant that shares an address
    /// with it: consent belongs to the number, and a stop from one stops all.
    pub consent: Vec<ConsentEvent>,
    /// What stays refused after an erasure; a number is refused together with those that may reach the
    /// same handset ([`lookalikes`](tidings_consent::suppression::lookalikes())).
    pub suppressions: Vec<Suppression>,
    /// The template, if it exists.
    pub template: Option<TemplateFacts>,
    /// When the contact last wrote, by channel.
    pub last_inbound: Vec<(Channel, OffsetDateTime)>,
    /// When marketing that may have arrived was handed to a provider for this person within the last
    /// [`MarketingCap::LONGEST`] hours, on any channel and by whichever contact that shares an address
    /// with it; in any order. What was certainly not sent is left out.
    pub marketing_sent: Vec<OffsetDateTime>,
    /// The newest version that was announced of the record that was asked for.
    pub source_version: Option<u64>,
    /// Addresses of the contact that a channel was said not to know, whoever else has them.
    pub absences: Vec<Absence>,
    /// What the tenant has used up in this calendar month; counted only when something is limited.
    pub usage: Usage,
}

impl Known {
    /// The language to write in: the contact's wish, else the contact's, else the tenant's.
    pub fn locale(&self) -> &Locale {
        self.preferences
            .as_ref()
            .and_then(|preferences| preferences.locale.as_ref())
            .or(self.contact.locale.as_ref())
            .unwrap_or(&self.tenant.locale)
    }
}

/// What a tenant has used up in the calendar month, by UTC: everything that was taken in and neither
/// refused nor cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Outbound messages.
    pub messages: u64,
    /// Estimated cost in millionths of the currency of the tenant's budget; cost in other currencies
    /// is not counted.
    pub cost_micros: i64,
}

impl Usage {
    /// The calendar month, by UTC, that an instant lies in: from its first instant to the first of the
    /// next one, which is not in it.
    ///
    /// ```rust
    /// use tidings_messaging::Usage;
    /// use time::macros::datetime;
    ///
    /// let month = Usage::month(datetime!(2026-12-31 22:30 -5));
    /// assert_eq!(month.start, datetime!(2027-01-01 0:00 UTC));
    /// assert_eq!(month.end, datetime!(2027-02-01 0:00 UTC));
    /// ```
    pub fn month(now: OffsetDateTime) -> Range<OffsetDateTime> {
        let today = now
            .checked_to_offset(UtcOffset::UTC)
            .map_or(now.date(), OffsetDateTime::date);
        let (next_year, next) = match today.month() {
            time::Month::December => (today.year().saturating_add(1), time::Month::January),
            month => (today.year(), month.next()),
        };
        let first = Date::from_calendar_date(today.year(), today.month(), 1).unwrap_or(Date::MIN);
        let start = PrimitiveDateTime::new(first, Time::MIDNIGHT);
        let end = Date::from_calendar_date(next_year, next, 1)
            .map_or(PrimitiveDateTime::MAX, |next| {
                PrimitiveDateTime::new(next, Time::MIDNIGHT)
            });
        start.assume_utc()..end.assume_utc()
    }
}

/// An address that must not be messaged, whoever it belongs to now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// On this channel.
    pub channel: Channel,
    /// Since when.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
}

/// What the gate needs to know of a template.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateFacts {
    /// Which.
    pub id: TemplateId,
    /// Whether it may be sent, where no provider lists it.
    pub status: ApprovalStatus,
    /// What it is for now; may have changed since the message was taken in.
    pub purpose: Purpose,
    /// Its version.
    pub version: u32,
    /// Where it stands in each locale that a provider lists it in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub locales: BTreeMap<String, LocaleStanding>,
}

impl TemplateFacts {
    /// What is to be known of a template.
    pub fn of(template: &StoredTemplate) -> Self {
        Self {
            id: template.id,
            status: template.status,
            purpose: template.purpose,
            version: template.version,
            locales: by_locale(&template.standings),
        }
    }

    /// Whether it may be sent in a locale. Once a provider lists it, a locale that none lists was not handed in.
    pub fn status_in(&self, locale: Option<&str>) -> ApprovalStatus {
        match locale {
            Some(locale) if !self.locales.is_empty() => self
                .locales
                .get(locale)
                .map_or(ApprovalStatus::Draft, |standing| standing.status),
            Some(_) | None => self.status,
        }
    }

    /// What it is for in a locale: the stricter of what it was made for and the category that its provider has it in
    /// (compliance reference, L88).
    pub fn purpose_in(&self, locale: Option<&str>) -> Purpose {
        let standing = locale.and_then(|locale| self.locales.get(locale));
        standing.map_or(self.purpose, |it| it.category.stricter_of(self.purpose))
    }
}

/// Loads facts for the gate, for a whole batch in a few statements.
#[async_trait]
pub trait FactStore: Send + Sync {
    /// The facts of each query, in its place; `None` where the contact does not exist. `now` is what
    /// the periods end with that are counted over.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn load(
        &self,
        queries: &[FactsQuery],
        now: OffsetDateTime,
    ) -> Result<Vec<Option<Known>>, StoreError>;

    /// What stays refused for an address, whoever has it now; a number is refused together with those
    /// that may reach the same handset. Of several refusals on a channel the latest counts.
    ///
    /// # Errors
    /// [`StoreError`]: the backend failed.
    async fn suppressions(
        &self,
        tenant: TenantId,
        address: &Address,
    ) -> Result<Vec<Suppression>, StoreError>;
}
