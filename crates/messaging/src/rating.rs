//! How providers see the numbers that messages come from, and what follows for what these send.

use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use tidings_kernel::{AccountId, Purpose, SenderId, TenantId};
use tidings_templates::Quality;
use time::OffsetDateTime;

/// A provider's word for how many people a number may write to first in any 24 hours, such as `TIER_2K`.
///
/// ```
/// use tidings_messaging::{Reach, Tier};
///
/// let reach = |word| Tier::new(word).map(|tier| tier.reach());
/// assert_eq!(reach("TIER_2K"), Some(Reach::People(2_000)));
/// assert_eq!(reach("250"), Some(Reach::People(250)));
/// assert_eq!(reach("TIER_UNLIMITED"), Some(Reach::Everybody));
/// assert_eq!(reach("TIER_NEXT"), Some(Reach::Unknown));
/// assert_eq!(reach(" "), None);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tier(String);

/// How many people a [`Tier`] lets a number write to first in any 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// So many, at least one.
    People(u32),
    /// As many as there are.
    Everybody,
    /// The word is not known here; the provider keeps to it all the same.
    Unknown,
}

impl Tier {
    /// The longest word that is kept, in characters.
    pub const LONGEST: usize = 40;

    /// Takes a provider's word, also one that is not known; `None` for one that says nothing.
    pub fn new(word: &str) -> Option<Self> {
        let is_kept = |letter: &char| letter.is_ascii_alphanumeric() || "_-".contains(*letter);
        let kept: String = word.chars().filter(is_kept).take(Self::LONGEST).collect();
        (!kept.is_empty()).then_some(Self(kept))
    }

    /// The provider's word.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What it means.
    pub fn reach(&self) -> Reach {
        let word = self.0.to_ascii_uppercase();
        let size = word.strip_prefix("TIER_").unwrap_or(&word);
        if matches!(size, "UNLIMITED" | "-1") {
            return Reach::Everybody;
        }
        let (digits, times) = match size.strip_suffix('K') {
            Some(thousands) => (thousands, 1_000),
            None => (size, 1),
        };
        let count = digits.parse::<u32>().ok();
        let count = count.and_then(|count| count.checked_mul(times));
        match count {
            Some(count) if count > 0 => Reach::People(count),
            Some(_) | None => Reach::Unknown,
        }
    }

    /// The stricter it is, the greater.
    fn strictness(&self) -> (Reverse<u32>, &Self) {
        let most = match self.reach() {
            Reach::People(most) => most,
            Reach::Everybody | Reach::Unknown => u32::MAX,
        };
        (Reverse(most), self)
    }
}

/// Something that a provider said, and since when it is so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told<T> {
    /// What.
    pub value: T,
    /// When, by the provider's clock, or by ours where it was asked.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// How it was learned.
    pub by: LearnedBy,
}

/// How something was learned that a provider says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearnedBy {
    /// It was asked.
    Look,
    /// It told it unasked.
    Callback,
}

impl LearnedBy {
    /// The word in API and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Look => "look",
            Self::Callback => "callback",
        }
    }
}

/// How a provider sees a number, as far as it has said: of each question the latest word counts.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct NumberStanding {
    /// How people take what it sends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Told<Quality>>,
    /// How many people it may write to first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tier: Option<Told<Tier>>,
}

/// What a provider says about a number. What is absent was not said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberWord {
    /// How people take what it sends.
    pub quality: Option<Quality>,
    /// How many people it may write to first.
    pub tier: Option<Tier>,
    /// Since when.
    pub at: OffsetDateTime,
    /// How it was learned.
    pub by: LearnedBy,
}

/// What a provider says about one sender of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderWord {
    /// The tenant.
    pub tenant: TenantId,
    /// The account.
    pub account: AccountId,
    /// The sender,
    pub sender: SenderId,
    /// as long as this is its address.
    pub address: String,
    /// What is said.
    pub word: NumberWord,
}

/// A sender of which a provider says something else than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rerated {
    /// The account.
    pub account: AccountId,
    /// The sender.
    pub sender: SenderId,
    /// How it stood.
    pub before: NumberStanding,
    /// How it stands.
    pub after: NumberStanding,
}

/// What a number's quality leaves of marketing on WhatsApp. Nothing else depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MarketingFlow {
    /// It goes as fast as everything.
    Free,
    /// It goes at a part of the number's pace.
    Slowed,
    /// It waits, or takes another number.
    Held,
}

impl MarketingFlow {
    /// The word in API and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Slowed => "slowed",
            Self::Held => "held",
        }
    }
}

impl NumberStanding {
    /// What is known after a word: of two about the same the later one, whenever it is heard; of two at the same
    /// instant the stricter. So order and repetition change nothing.
    ///
    /// ```
    /// use tidings_messaging::{LearnedBy, NumberStanding, NumberWord};
    /// use tidings_templates::Quality;
    /// use time::{Duration, OffsetDateTime};
    ///
    /// let now = OffsetDateTime::UNIX_EPOCH;
    /// let word = |quality, at| NumberWord { quality: Some(quality), tier: None, at, by: LearnedBy::Look };
    /// let low = NumberStanding::default().after(&word(Quality::Red, now));
    /// let late = word(Quality::Green, now - Duration::HOUR);
    /// assert_eq!(low.clone().after(&late), low);
    /// ```
    #[must_use]
    pub fn after(self, word: &NumberWord) -> Self {
        let told = |quality| Told {
            value: quality,
            at: word.at,
            by: word.by,
        };
        let quality = self.quality.into_iter().chain(word.quality.map(told));
        let tier = word.tier.clone().map(|tier| Told {
            value: tier,
            at: word.at,
            by: word.by,
        });
        let tier = self.tier.into_iter().chain(tier);
        Self {
            quality: quality.max_by_key(|it| (it.at, it.value, it.by)),
            tier: tier.max_by(|one, other| rank(one).cmp(&rank(other))),
        }
    }

    /// Whether nothing was said.
    pub const fn is_empty(&self) -> bool {
        self.quality.is_none() && self.tier.is_none()
    }

    /// How people take what it sends; not rated where nothing was said.
    pub fn quality(&self) -> Quality {
        let told = self.quality.as_ref();
        told.map_or(Quality::Unknown, |told| told.value)
    }

    /// How many people it may write to first in any 24 hours, where the provider has set an end that is understood.
    pub fn people_per_day(&self) -> Option<u32> {
        match self.tier.as_ref()?.value.reach() {
            Reach::People(most) => Some(most),
            Reach::Everybody | Reach::Unknown => None,
        }
    }

    /// What is left of marketing.
    pub fn marketing(&self) -> MarketingFlow {
        match self.quality() {
            Quality::Unknown | Quality::Green => MarketingFlow::Free,
            Quality::Yellow => MarketingFlow::Slowed,
            Quality::Red => MarketingFlow::Held,
        }
    }

    /// Whether what is judged as this waits, or takes another number.
    pub fn holds(&self, purpose: Purpose) -> bool {
        purpose == Purpose::Marketing && self.marketing() == MarketingFlow::Held
    }

    /// To how many percent of the number's pace what is judged as this is slowed, if it is, where marketing through a
    /// number of medium quality is left so many.
    pub fn slows(&self, purpose: Purpose, percent: u8) -> Option<u8> {
        let is_slowed = purpose == Purpose::Marketing && self.marketing() == MarketingFlow::Slowed;
        Some(percent).filter(|percent| is_slowed && *percent < 100)
    }

    /// Whether it says the same as another, whenever that was learned.
    pub fn says_as(&self, other: &Self) -> bool {
        let tier = |of: &Self| of.tier.as_ref().map(|told| told.value.clone());
        let quality = |of: &Self| of.quality.as_ref().map(|told| told.value);
        quality(self) == quality(other) && tier(self) == tier(other)
    }

    /// What people should know of it, where marketing through a number of medium quality is left so many percent of its
    /// pace: `Quality: medium. Marketing goes at half its pace.`
    pub fn sentence(&self, percent: u8) -> String {
        let mut told = match self.quality() {
            Quality::Unknown => "Quality: not rated yet.".to_owned(),
            Quality::Green => "Quality: high.".to_owned(),
            Quality::Yellow if percent >= 100 => "Quality: medium.".to_owned(),
            Quality::Yellow if percent == 50 => {
                "Quality: medium. Marketing goes at half its pace.".to_owned()
            }
            Quality::Yellow => {
                format!("Quality: medium. Marketing goes at {percent} % of its pace.")
            }
            Quality::Red => {
                "Quality: low. Marketing waits until it is better, or goes another way.".to_owned()
            }
        };
        if let Some(tier) = &self.tier {
            let limit = match tier.value.reach() {
                Reach::People(most) => format!("It may write first to {most} people in 24 hours."),
                Reach::Everybody => "It may write first to any number of people.".to_owned(),
                Reach::Unknown => format!("Its messaging limit is {}.", tier.value.as_str()),
            };
            told = format!("{told} {limit}");
        }
        told
    }
}

/// Of two words about the messaging limit the greater counts.
fn rank(told: &Told<Tier>) -> (OffsetDateTime, (Reverse<u32>, &Tier), LearnedBy) {
    (told.at, told.value.strictness(), told.by)
}

#[cfg(test)]
mod tests;
