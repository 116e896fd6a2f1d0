//! What is answered and sorted without a person, and when nothing is.

use crate::{Assignee, BadText, Intent, Label, MOST_LABELS, search::spoken, short_text::travels};
use serde::{Deserialize, Serialize};
use tidings_messaging::Tenant;
use tidings_quiet_hours::Schedule;
use time::{Duration, OffsetDateTime};

/// What a tenant lets a machine do with what contacts write.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Automations {
    /// What is answered while somebody is there; nothing when left out.
    pub while_open: Option<AutoReply>,
    /// What is answered outside of business hours; nothing when left out.
    pub while_closed: Option<AutoReply>,
    /// Words that are looked for, in this order: the first that fits counts.
    pub keywords: Vec<Keyword>,
}

/// An answer to whatever is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AutoReply {
    /// What is answered.
    pub text: ReplyText,
    /// How long nobody gets it again.
    #[serde(rename = "pause_minutes")]
    pub pause: Pause,
}

/// Words, and what follows when a contact writes them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keyword {
    /// The words or phrases, any of which fits.
    pub phrases: Vec<Phrase>,
    /// Where they must stand.
    pub place: PhrasePlace,
    /// What is answered.
    pub reply: Option<ReplyText>,
    /// What the conversation is sorted by from then on, beside what it has.
    pub labels: Vec<Label>,
    /// Who sees to it, unless somebody does.
    pub assignee: Option<Assignee>,
}

/// Where a phrase must stand in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhrasePlace {
    /// It is the whole message.
    Whole,
    /// Anywhere between other words.
    Anywhere,
}

/// A word or phrase to look for, without case and accents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phrase {
    written: String,
    spoken: String,
}

/// What a machine answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReplyText(String);

/// How long a contact does not get the same answer again: from five minutes to a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Pause(Duration);

travels!(Phrase, ReplyText);

impl TryFrom<u32> for Pause {
    type Error = BadAutomation;

    fn try_from(minutes: u32) -> Result<Self, BadAutomation> {
        Self::minutes(minutes)
    }
}

impl From<Pause> for u32 {
    fn from(pause: Pause) -> Self {
        u32::try_from(pause.0.whole_minutes()).unwrap_or(Self::MAX)
    }
}

/// Why automations are none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAutomation {
    /// A text is no answer, phrase, label or name.
    #[error(transparent)]
    Text(#[from] BadText),
    /// The pause is too short or too long.
    #[error("a pause lasts from 5 to {} minutes", Pause::LONGEST.whole_minutes())]
    Pause,
    /// There are too many of something.
    #[error("at most {0}")]
    TooMany(usize),
    /// A keyword looks for nothing.
    #[error("name at least one phrase")]
    NoPhrase,
    /// A keyword does nothing.
    #[error("a keyword needs a reply, labels or an assignee")]
    NoEffect,
}

/// How many keywords a tenant has at most, and how many phrases each.
const MOST_KEYWORDS: usize = 100;
const MOST_PHRASES: usize = 50;
/// How long a phrase and an answer may be.
const LONGEST_PHRASE: usize = 100;
const LONGEST_REPLY: usize = 1_600;

/// How many automatic answers one contact gets in a day, whatever it writes: two machines that answer each other
/// come to an end.
pub const MOST_A_DAY: usize = 5;
const DAY: Duration = Duration::DAY;
/// Nobody reads an answer and writes one in so short a time.
const MACHINE_SPEED: Duration = Duration::seconds(3);
/// What was written so long ago is answered by a person, if at all.
pub(crate) const STALE: Duration = Duration::HOUR;

impl ReplyText {
    /// Reads an answer.
    ///
    /// # Errors
    /// [`BadText`]. Line breaks are fine.
    pub fn new(text: &str) -> Result<Self, BadText> {
        let text = text.trim();
        if text.is_empty() {
            return Err(BadText::Blank);
        }
        if text.chars().count() > LONGEST_REPLY {
            return Err(BadText::TooLong(LONGEST_REPLY));
        }
        if text.chars().any(|it| it.is_control() && it != '\n') {
            return Err(BadText::Control);
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Phrase {
    /// Reads a phrase.
    ///
    /// # Errors
    /// [`BadText`]: also when it has neither letters nor digits.
    pub fn new(text: &str) -> Result<Self, BadText> {
        let written = text.trim();
        if written.chars().count() > LONGEST_PHRASE {
            return Err(BadText::TooLong(LONGEST_PHRASE));
        }
        let spoken = spoken(written);
        if spoken.is_empty() {
            return Err(BadText::Blank);
        }
        Ok(Self {
            written: written.to_owned(),
            spoken,
        })
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    fn fits(&self, said: &str, place: PhrasePlace) -> bool {
        match place {
            PhrasePlace::Whole => said == self.spoken,
            PhrasePlace::Anywhere => {
                if self.spoken.chars().any(crate::search::is_without_spaces) {
                    return said.contains(&self.spoken);
                }
                format!(" {said} ").contains(&format!(" {} ", self.spoken))
            }
        }
    }
}

impl Pause {
    /// What holds when nothing else is chosen: four hours.
    pub const USUAL: Self = Self(Duration::hours(4));
    const SHORTEST: Duration = Duration::minutes(5);
    const LONGEST: Duration = Duration::WEEK;

    /// A pause of so many minutes.
    ///
    /// # Errors
    /// [`BadAutomation::Pause`].
    pub fn minutes(minutes: u32) -> Result<Self, BadAutomation> {
        let pause = Duration::minutes(i64::from(minutes));
        if (Self::SHORTEST..=Self::LONGEST).contains(&pause) {
            Ok(Self(pause))
        } else {
            Err(BadAutomation::Pause)
        }
    }

    /// How long.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl Automations {
    /// Whether nothing is to be done with anything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether there are not too many of anything, and each does something.
    ///
    /// # Errors
    /// [`BadAutomation`], with the place of the keyword.
    pub fn check(&self) -> Result<(), (usize, BadAutomation)> {
        if self.keywords.len() > MOST_KEYWORDS {
            return Err((MOST_KEYWORDS, BadAutomation::TooMany(MOST_KEYWORDS)));
        }
        for (place, keyword) in self.keywords.iter().enumerate() {
            let refuse = |error| Err((place, error));
            if keyword.phrases.is_empty() {
                return refuse(BadAutomation::NoPhrase);
            }
            if keyword.phrases.len() > MOST_PHRASES {
                return refuse(BadAutomation::TooMany(MOST_PHRASES));
            }
            if keyword.labels.len() > MOST_LABELS {
                return refuse(BadAutomation::TooMany(MOST_LABELS));
            }
            let has_effect =
                keyword.reply.is_some() || !keyword.labels.is_empty() || keyword.assignee.is_some();
            if !has_effect {
                return refuse(BadAutomation::NoEffect);
            }
        }
        Ok(())
    }
}

/// A message from a contact, with what decides about an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Occasion<'a> {
    /// What was written.
    pub text: &'a str,
    /// What it is about.
    pub intent: Intent,
    /// When it was written.
    pub written_at: OffsetDateTime,
    /// Whether somebody is there.
    pub is_open: bool,
    /// When automatic answers were given to the contact lately, in any order.
    pub answered_at: &'a [OffsetDateTime],
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Acts {
    /// What is answered.
    pub reply: Option<ReplyText>,
    /// Labels to add.
    pub labels: Vec<Label>,
    /// Who sees to it, unless somebody does.
    pub assignee: Option<Assignee>,
}

impl Automations {
    /// What is done about a message at an instant. The same always gives the same.
    ///
    /// Nothing is ever answered to a machine, to words about consent, to what is older than an hour, or at a
    /// speed that no person has; no contact gets more than [`MOST_A_DAY`] answers in a day, and none the usual
    /// ones again within their pause.
    pub fn decide(&self, occasion: &Occasion<'_>, now: OffsetDateTime) -> Acts {
        let said = spoken(occasion.text);
        let keyword = self.keywords.iter().find(|keyword| {
            let mut phrases = keyword.phrases.iter();
            phrases.any(|phrase| phrase.fits(&said, keyword.place))
        });
        let mut acts = keyword.map_or_else(Acts::default, |keyword| Acts {
            reply: keyword.reply.clone(),
            labels: keyword.labels.clone(),
            assignee: keyword.assignee.clone(),
        });
        if acts.reply.is_none() {
            let usual = if occasion.is_open {
                &self.while_open
            } else {
                &self.while_closed
            };
            let last = occasion.answered_at.iter().max();
            acts.reply = usual
                .as_ref()
                .filter(|usual| last.is_none_or(|last| now - *last >= usual.pause.0))
                .map(|usual| usual.text.clone());
        }
        if !may_answer(occasion, now) {
            acts.reply = None;
        }
        acts
    }
}

fn may_answer(occasion: &Occasion<'_>, now: OffsetDateTime) -> bool {
    let today = occasion
        .answered_at
        .iter()
        .filter(|at| now - **at < DAY)
        .count();
    let is_at_once = occasion.answered_at.iter().any(|at| {
        let after = occasion.written_at - *at;
        after >= Duration::ZERO && after < MACHINE_SPEED
    });
    !occasion.intent.is_left_alone()
        && now - occasion.written_at < STALE
        && today < MOST_A_DAY
        && !is_at_once
}

/// Whether the tenant's business is open at an instant; a business without hours always is.
pub fn is_open(tenant: &Tenant, at: OffsetDateTime) -> bool {
    let (Some(hours), Some(zone)) = (&tenant.settings.business_hours, &tenant.time_zone) else {
        return true;
    };
    let rules = [hours.rule(zone.clone())];
    let zones = [zone.clone()];
    Schedule::new(&zones, &rules).is_open(at)
}

#[cfg(test)]
mod tests;
