//! Templates as their providers list them: ours, and those that we do not have.

use crate::{RemoteTemplate, TemplateEvent};
use serde::{Deserialize, Serialize};
use tidings_kernel::{AccountId, TemplateId, TenantId};
use tidings_templates::{
    ApprovalStatus, Category, Component, Header, ParsedBody, PauseRung, Standing, StandingEvent,
    StandingEventKind, Template, Variant, VariantBody,
};
use time::OffsetDateTime;

/// A template in one locale as a provider has it, whether it is one of ours or not.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateListing {
    /// The tenant.
    pub tenant: TenantId,
    /// The account that saw it last; several may share what is theirs at the provider.
    pub account: AccountId,
    /// The provider.
    pub provider: String,
    /// Its id there.
    pub id: String,
    /// Which of ours it is; `None` for one that we do not have.
    pub template: Option<TemplateId>,
    /// Its name there.
    pub name: String,
    /// Its locale, as the provider writes it.
    pub locale: String,
    /// What the provider has said about it.
    pub standing: Standing,
    /// The last of that in the provider's words, and since when.
    pub said: Option<Said>,
    /// What our variant said when the two were found to say the same. A variant that says something else by now
    /// has to be handed in again.
    pub same_as: Option<VariantBody>,
    /// What it says there; `None` where that was not told.
    pub components: Option<Vec<Component>>,
    /// When the provider last showed it, or it was removed there.
    pub seen_at: OffsetDateTime,
    /// Whether the provider does not have it any more.
    pub is_gone: bool,
}

/// What a provider said about a template, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// When, by the provider's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Its word for the state.
    pub word: String,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A look at a template at its provider, or word from there about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting {
    /// The tenant.
    pub tenant: TenantId,
    /// The account.
    pub account: AccountId,
    /// The provider.
    pub provider: String,
    /// Its id there.
    pub id: String,
    /// Which of ours it is, if that is known.
    pub template: Option<TemplateId>,
    /// Its name there.
    pub name: String,
    /// Its locale there.
    pub locale: String,
    /// The category that it was handed in under, if that is known.
    pub asked_for: Option<Category>,
    /// What is said.
    pub events: Vec<StandingEvent>,
    /// The same in the provider's words.
    pub said: Option<Said>,
    /// What is known of whether a variant of ours says the same.
    pub sameness: Sameness,
    /// What it says there, if told.
    pub components: Option<Vec<Component>>,
    /// When we learned of it.
    pub seen_at: OffsetDateTime,
    /// Whether it was removed there; `None` where that is not told, as in word about something else.
    pub is_gone: Option<bool>,
}

/// Whether a template at a provider says the same as a variant of ours.
#[derive(Debug, Clone, PartialEq)]
pub enum Sameness {
    /// Nothing new is known.
    Unknown,
    /// It seemed so; counts where nothing was known before, since ours may have changed meanwhile.
    Seems(VariantBody),
    /// This was handed in.
    HandedIn(VariantBody),
}

impl Sighting {
    /// What a provider showed of a template at `at`, by our clock, seen at `seen_at`.
    pub fn shown(
        (tenant, account, provider): (TenantId, AccountId, &str),
        remote: &RemoteTemplate,
        at: OffsetDateTime,
        seen_at: OffsetDateTime,
    ) -> Self {
        let event = |kind| StandingEvent { at, kind };
        let mut events: Vec<StandingEvent> = events_of(remote).into_iter().map(event).collect();
        if let Some(category) = remote.category {
            events.push(event(StandingEventKind::Recategorized { category }));
        }
        if let Some(quality) = remote.quality {
            events.push(event(StandingEventKind::Rated { quality }));
        }
        Self {
            tenant,
            account,
            provider: provider.to_owned(),
            id: remote.id.clone(),
            template: None,
            name: remote.name.clone(),
            locale: remote.locale.clone(),
            asked_for: remote.category,
            events,
            said: Some(Said {
                at,
                word: remote.word.clone(),
                reason: remote.rejection_reason.clone(),
            }),
            sameness: Sameness::Unknown,
            components: remote.components.clone(),
            seen_at,
            is_gone: Some(false),
        }
    }

    /// What a provider told unasked, received at `received`.
    pub fn told(
        (tenant, account, provider): (TenantId, AccountId, &str),
        id: String,
        event: &TemplateEvent,
        received: OffsetDateTime,
    ) -> Self {
        let at = counts_from(event.event.at, received);
        let kind = event.event.kind;
        let says_status = match kind {
            StandingEventKind::Rated { .. }
            | StandingEventKind::Recategorized { .. }
            | StandingEventKind::RecategorizationAnnounced { .. } => None,
            StandingEventKind::Submitted => Some("PENDING"),
            StandingEventKind::Approved { .. } => Some("APPROVED"),
            StandingEventKind::Rejected => Some("REJECTED"),
            StandingEventKind::Paused { .. } => Some("PAUSED"),
            StandingEventKind::Disabled => Some("DISABLED"),
            StandingEventKind::Reinstated => Some("REINSTATED"),
        };
        Self {
            tenant,
            account,
            provider: provider.to_owned(),
            id,
            template: None,
            name: event.name.clone(),
            locale: event.locale.clone(),
            asked_for: None,
            events: vec![StandingEvent { at, kind }],
            said: says_status.map(|word| Said {
                at,
                word: word.to_owned(),
                reason: event.reason.clone(),
            }),
            sameness: Sameness::Unknown,
            components: None,
            seen_at: received,
            is_gone: None,
        }
    }

    /// That a template was removed at its provider, known at `at`. A look that asked before does not bring it back.
    pub fn removed(listing: &TemplateListing, at: OffsetDateTime) -> Self {
        Self {
            tenant: listing.tenant,
            account: listing.account,
            provider: listing.provider.clone(),
            id: listing.id.clone(),
            template: listing.template,
            name: listing.name.clone(),
            locale: listing.locale.clone(),
            asked_for: None,
            events: Vec::new(),
            said: Some(Said {
                at,
                word: "DELETED".to_owned(),
                reason: None,
            }),
            sameness: Sameness::Unknown,
            components: None,
            seen_at: at,
            is_gone: Some(true),
        }
    }
}

/// From when on something counts that a provider told unasked. Providers tell whole seconds, so it counts from the end of
/// its second, and from when it was heard at the latest.
pub(crate) fn counts_from(said_at: OffsetDateTime, received: OffsetDateTime) -> OffsetDateTime {
    match said_at.replace_nanosecond(999_999_000) {
        Ok(end) if said_at.nanosecond() == 0 => end.min(received),
        Ok(_) | Err(_) => said_at.min(received),
    }
}

/// What the state that a provider shows amounts to. What is approved now is not disabled any more.
fn events_of(remote: &RemoteTemplate) -> Vec<StandingEventKind> {
    use StandingEventKind as On;
    match remote.status {
        ApprovalStatus::Draft => Vec::new(),
        ApprovalStatus::Pending => vec![On::Submitted],
        ApprovalStatus::Approved => vec![
            On::Approved {
                category: remote.category,
            },
            On::Reinstated,
        ],
        ApprovalStatus::Rejected => vec![On::Rejected],
        ApprovalStatus::Paused => vec![On::Paused {
            rung: PauseRung::RateLimiting,
        }],
        ApprovalStatus::Disabled => vec![On::Disabled],
    }
}

impl TemplateListing {
    /// What is known after a sighting. Of everything the latest word counts, whenever it is heard, so that order
    /// and repetition change nothing.
    ///
    /// ```
    /// use tidings_kernel::{AccountId, TenantId};
    /// use tidings_messaging::{RemoteTemplate, Sighting, TemplateListing};
    /// use tidings_templates::ApprovalStatus;
    /// use time::{Duration, OffsetDateTime};
    /// use uuid::Uuid;
    ///
    /// let whose = (TenantId::from_uuid(Uuid::nil()), AccountId::from_uuid(Uuid::nil()), "whatsapp_cloud");
    /// let shown = |status: ApprovalStatus, at| {
    ///     let remote = RemoteTemplate {
    ///         id: "900".into(), name: "order_update".into(), locale: "en_US".into(), category: None,
    ///         status, word: status.to_string(), rejection_reason: None, quality: None, components: None,
    ///     };
    ///     Sighting::shown(whose, &remote, at, at)
    /// };
    /// let now = OffsetDateTime::UNIX_EPOCH;
    /// let paused = TemplateListing::after(None, &shown(ApprovalStatus::Paused, now));
    /// let late = shown(ApprovalStatus::Approved, now - Duration::HOUR);
    /// assert_eq!(TemplateListing::after(Some(paused), &late).status(), ApprovalStatus::Paused);
    /// ```
    #[must_use]
    pub fn after(known: Option<Self>, sighting: &Sighting) -> Self {
        let mut listing = known.unwrap_or_else(|| Self {
            tenant: sighting.tenant,
            account: sighting.account,
            provider: sighting.provider.clone(),
            id: sighting.id.clone(),
            template: None,
            name: sighting.name.clone(),
            locale: sighting.locale.clone(),
            // Without a word of the provider's it is the strictest.
            standing: Standing::new(sighting.asked_for.unwrap_or(Category::Marketing)),
            said: None,
            same_as: None,
            components: None,
            seen_at: sighting.seen_at,
            is_gone: false,
        });
        for event in &sighting.events {
            listing.standing = listing.standing.apply(*event);
        }
        let is_newer = |said: &Said| listing.said.as_ref().is_none_or(|old| old.at <= said.at);
        if let Some(said) = sighting.said.clone().filter(is_newer) {
            listing.said = Some(said);
        }
        listing.template = sighting.template.or(listing.template);
        match &sighting.sameness {
            Sameness::Unknown => {}
            Sameness::Seems(body) => {
                listing.same_as.get_or_insert_with(|| body.clone());
            }
            Sameness::HandedIn(body) => listing.same_as = Some(body.clone()),
        }
        if sighting.seen_at >= listing.seen_at {
            listing.account = sighting.account;
            listing.seen_at = sighting.seen_at;
            listing.is_gone = sighting.is_gone.unwrap_or(listing.is_gone);
            if sighting.components.is_some() {
                listing.components.clone_from(&sighting.components);
            }
            if !sighting.name.is_empty() {
                listing.name.clone_from(&sighting.name);
            }
            if !sighting.locale.is_empty() {
                listing.locale.clone_from(&sighting.locale);
            }
        }
        listing
    }

    /// Whether it may be sent there. What is gone is disabled.
    pub fn status(&self) -> ApprovalStatus {
        if self.is_gone {
            return ApprovalStatus::Disabled;
        }
        self.standing.status()
    }

    /// Whether it and a variant of ours are the same text in the same locale, as far as is told.
    pub fn fits(&self, variant: &Variant) -> bool {
        let VariantBody::Components(ours) = &variant.body else {
            return false;
        };
        let theirs = self.components.as_deref().unwrap_or_default();
        let is_same = |words: fn(&Component) -> Option<&str>| {
            let find = |list: &[Component]| list.iter().find_map(words).map(bare);
            let both = find(theirs).zip(find(ours));
            both.is_none_or(|(theirs, ours)| theirs == ours)
        };
        is_same_locale(&self.locale, &variant.locale)
            && is_same(heading)
            && is_same(body)
            && is_same(small_print)
    }
}

fn heading(component: &Component) -> Option<&str> {
    match component {
        Component::Header(Header::Text { text, .. }) => Some(text),
        Component::Header(_)
        | Component::Body { .. }
        | Component::Footer { .. }
        | Component::Buttons { .. } => None,
    }
}

/// The text, where it is not the provider's own, as that of codes is.
fn body(component: &Component) -> Option<&str> {
    match component {
        Component::Body { text, .. } => Some(text.as_str()).filter(|text| !text.is_empty()),
        Component::Header(_) | Component::Footer { .. } | Component::Buttons { .. } => None,
    }
}

fn small_print(component: &Component) -> Option<&str> {
    match component {
        Component::Footer { text, .. } => Some(text.as_str()).filter(|text| !text.is_empty()),
        Component::Header(_) | Component::Body { .. } | Component::Buttons { .. } => None,
    }
}

/// A text with its fields by name alone: a provider gets neither filters nor defaults.
fn bare(text: &str) -> String {
    let Ok(template) = Template::parse(text) else {
        return text.to_owned();
    };
    let mut bare = String::with_capacity(text.len());
    let mut end = 0;
    for field in template.fields() {
        bare.push_str(text.get(end..field.span.start).unwrap_or_default());
        bare.push_str("{{");
        bare.push_str(field.name.as_str());
        bare.push_str("}}");
        end = field.span.end;
    }
    bare.push_str(text.get(end..).unwrap_or_default());
    bare
}

/// Whether two locales are the same, however they are written: `en_US` and `en-us` are.
pub fn is_same_locale(one: &str, other: &str) -> bool {
    let normal = |locale: &str| locale.trim().replace('_', "-").to_ascii_lowercase();
    normal(one) == normal(other)
}

/// Whether components can be a template of ours.
pub(crate) fn is_readable(components: &[Component]) -> bool {
    let body = VariantBody::Components(components.to_vec()).parse();
    matches!(body, Ok(ParsedBody::Components(_)))
}

#[cfg(test)]
mod tests;
