//! How a template stands, as its providers' listings have it.

use crate::{ProviderTemplate, StoredTemplate, TemplateListing, is_same_locale};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use tidings_kernel::Channel;
use tidings_templates::{ApprovalStatus, Category, Quality, Variant};
use time::OffsetDateTime;

/// Where one variant of a template stands at one provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantStanding {
    /// The variant's locale.
    pub locale: String,
    /// The provider.
    pub provider: String,
    /// Its id there.
    pub id: String,
    /// Whether it may be sent.
    pub status: ApprovalStatus,
    /// The category that the provider has it in.
    pub category: Category,
    /// How readers take it.
    pub quality: Quality,
    /// Why it may not be sent, in the provider's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What the gate needs to know of a template in one locale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocaleStanding {
    /// Whether it may be sent.
    pub status: ApprovalStatus,
    /// The strictest category that a provider has it in.
    pub category: Category,
}

/// The best that may be said of several: one that can be sent, else one that may become so.
fn best(statuses: impl Iterator<Item = ApprovalStatus>) -> Option<ApprovalStatus> {
    statuses.min_by_key(|status| match status {
        ApprovalStatus::Approved => 0,
        ApprovalStatus::Paused => 1,
        ApprovalStatus::Pending => 2,
        ApprovalStatus::Rejected => 3,
        ApprovalStatus::Disabled => 4,
        ApprovalStatus::Draft => 5,
    })
}

/// Where a template stands in each locale that a provider knows.
pub fn by_locale(standings: &[VariantStanding]) -> BTreeMap<String, LocaleStanding> {
    let locales: BTreeSet<&str> = standings.iter().map(|it| it.locale.as_str()).collect();
    let of = |locale: &str| {
        let own = || standings.iter().filter(|it| it.locale == locale);
        Some(LocaleStanding {
            status: best(own().map(|it| it.status))?,
            category: own().map(|it| it.category).max()?,
        })
    };
    locales
        .into_iter()
        .filter_map(|locale| Some((locale.to_owned(), of(locale)?)))
        .collect()
}

impl StoredTemplate {
    /// Replaces the texts. What providers have said about a text that is another now counts no more.
    pub fn reword(&mut self, variants: Vec<Variant>) {
        let is_same = |locale: &str| {
            let find = |list: &[Variant]| {
                let mut found = list.iter().filter(|variant| variant.locale == locale);
                found.next().map(|variant| variant.body.clone())
            };
            let now = find(&variants);
            now.is_some() && now == find(&self.variants)
        };
        self.standings.retain(|standing| is_same(&standing.locale));
        self.variants = variants;
    }

    /// The template as its providers' listings have it now; `None` if that is nothing new, or no provider lists it.
    ///
    /// Whatever was said by hand about a provider that lists it counts no more.
    #[must_use]
    pub fn restanding(&self, listings: &[TemplateListing], now: OffsetDateTime) -> Option<Self> {
        let own: Vec<&TemplateListing> = listings
            .iter()
            .filter(|listing| listing.template == Some(self.id))
            .collect();
        if own.is_empty() {
            return None;
        }
        let mut standings: Vec<VariantStanding> = own
            .iter()
            .filter_map(|listing| self.standing(listing, now))
            .collect();
        standings
            .sort_by(|a, b| (&a.locale, &a.provider, &a.id).cmp(&(&b.locale, &b.provider, &b.id)));
        let mut provider_status = self.provider_status.clone();
        for listing in &own {
            let mut of_provider = standings
                .iter()
                .filter(|it| it.provider == listing.provider);
            let Some(chosen) = best(of_provider.clone().map(|it| it.status))
                .and_then(|status| of_provider.find(|it| it.status == status))
            else {
                continue;
            };
            let listed = own.iter().find(|it| it.id == chosen.id);
            let said = listed.and_then(|it| it.said.as_ref());
            let known = ProviderTemplate {
                id: Some(chosen.id.clone()),
                status: said.map(|said| said.word.clone()),
                rejection_reason: chosen.reason.clone(),
            };
            provider_status.insert(listing.provider.clone(), known);
        }
        let is_listed = |provider: &str| own.iter().any(|it| it.provider == provider);
        let by_hand = provider_status.iter().filter_map(|(provider, known)| {
            let word = known.status.as_deref()?;
            let is_approved = word.eq_ignore_ascii_case("approved") && !is_listed(provider);
            is_approved.then_some(ApprovalStatus::Approved)
        });
        let status = best(standings.iter().map(|it| it.status).chain(by_hand));
        let status = status.unwrap_or(ApprovalStatus::Draft);
        let is_news = (status, &standings, &provider_status)
            != (self.status, &self.standings, &self.provider_status);
        is_news.then(|| Self {
            status,
            standings,
            provider_status,
            version: self.version.saturating_add(1),
            updated_at: now,
            ..self.clone()
        })
    }

    fn standing(&self, listing: &TemplateListing, now: OffsetDateTime) -> Option<VariantStanding> {
        let mut variants = self.variants.iter();
        let variant = variants.find(|it| is_same_locale(&it.locale, &listing.locale))?;
        // What the provider let out is another text.
        let is_same = listing.same_as.as_ref() == Some(&variant.body);
        let status = if is_same || !listing.status().is_sendable() {
            listing.status()
        } else {
            ApprovalStatus::Draft
        };
        let reason = listing.said.as_ref().and_then(|said| said.reason.clone());
        Some(VariantStanding {
            locale: variant.locale.clone(),
            provider: listing.provider.clone(),
            id: listing.id.clone(),
            status,
            category: listing.standing.category(now),
            quality: listing.standing.quality(),
            reason: reason.filter(|_| !status.is_sendable()),
        })
    }

    /// The id that a provider has for a variant: that of its own listing, else what was said by hand.
    pub fn provider_ids(&self, locale: &str) -> BTreeMap<String, String> {
        let told = self.provider_status.iter();
        let mut ids: BTreeMap<String, String> = told
            .filter_map(|(provider, known)| Some((provider.clone(), known.id.clone()?)))
            .collect();
        let own = self.standings.iter().filter(|it| it.locale == locale);
        for standing in own.filter(|it| it.status.is_sendable()) {
            ids.insert(standing.provider.clone(), standing.id.clone());
        }
        ids
    }

    /// The variant that a listing is, if it can be one of this template's: same name, same locale.
    pub fn variant_listed(&self, name: &str, locale: &str) -> Option<&Variant> {
        let mut variants = self.variants.iter();
        let is_whatsapp = self.channel == Channel::Whatsapp;
        variants.find(|it| is_whatsapp && self.name == name && is_same_locale(&it.locale, locale))
    }
}
