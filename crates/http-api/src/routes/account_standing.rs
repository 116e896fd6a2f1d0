//! How providers see the numbers that messages come from.

use crate::wire::Timestamp;
use serde::Serialize;
use tidings_messaging::{NumberStanding, Tier, Told};
use tidings_templates::Quality;
use utoipa::ToSchema;

/// How a provider sees a number of WhatsApp.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NumberStanding)]
pub(super) struct StandingView {
    /// How people take what it sends; `null` where nothing was said.
    quality: Option<QualityView>,
    /// How many people it may write to first; `null` where nothing was said.
    messaging_limit: Option<LimitView>,
    /// What is left of marketing: `free`, `slowed` to a part of its pace for a medium quality, or `held` for a low one.
    /// Nothing else depends on the quality.
    #[schema(example = "slowed")]
    marketing: &'static str,
}

/// How people take what a number sends.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NumberQuality)]
struct QualityView {
    /// `green`, `yellow`, `red` or `unknown`.
    #[schema(value_type = String, example = "yellow")]
    rating: Quality,
    told_at: Timestamp,
    /// How it was learned: by a `look` that we take every quarter of an hour, or by a `callback`.
    #[schema(example = "look")]
    source: &'static str,
}

/// How many people a number may write to first in any 24 hours.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MessagingLimit)]
struct LimitView {
    /// The provider's word.
    #[schema(value_type = String, example = "TIER_2K")]
    tier: Tier,
    /// So many; `null` where there is no end, or the word is not known. The sender's own `people_per_day` counts where
    /// it is less.
    #[schema(example = 2000)]
    people_per_day: Option<u32>,
    told_at: Timestamp,
    /// `look` or `callback`.
    #[schema(example = "callback")]
    source: &'static str,
}

impl StandingView {
    /// Nothing where nothing was said.
    pub(super) fn of(standing: &NumberStanding) -> Option<Self> {
        let quality = |told: &Told<Quality>| QualityView {
            rating: told.value,
            told_at: told.at.into(),
            source: told.by.as_str(),
        };
        let limit = |told: &Told<Tier>| LimitView {
            people_per_day: standing.people_per_day(),
            tier: told.value.clone(),
            told_at: told.at.into(),
            source: told.by.as_str(),
        };
        (!standing.is_empty()).then(|| Self {
            quality: standing.quality.as_ref().map(quality),
            messaging_limit: standing.tier.as_ref().map(limit),
            marketing: standing.marketing().as_str(),
        })
    }
}
