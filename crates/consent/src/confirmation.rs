//! The one confirmation of an opt-out, and the request to confirm an opt-in: when they may be sent.

use crate::ConsentState;
use std::collections::BTreeSet;
use tidings_kernel::{Channel, Purpose};
use time::{Duration, OffsetDateTime};

/// A confirmation is presumed lawful within five minutes (47 CFR 64.1200(a)(12), read 2026-11-20). At
/// the last instant it still is (L33).
pub const CONFIRMATION_LIFE: Duration = Duration::minutes(5);

/// Who has answered an opt-out already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Answered {
    /// Nobody.
    ByNobody,
    /// We did, or are about to: a confirmation of this change is queued.
    ByUs,
    /// The provider does or did, as Twilio does for SMS by default.
    ByProvider,
}

/// An opt-out that may be worth a confirmation.
#[derive(Debug, Clone, Copy)]
pub struct OptOutHeard<'a> {
    /// On which channel it came.
    pub channel: Channel,
    /// When the contact said it.
    pub occurred_at: OffsetDateTime,
    /// What stood without it.
    pub before: &'a ConsentState,
    /// What stands with it, at `occurred_at` or later.
    pub after: &'a ConsentState,
    /// Who has answered it.
    pub answered: Answered,
}

/// Why an opt-out is not confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoConfirmation {
    /// The contact was opted out already: a repeated STOP gets no reply (L32).
    #[error("the opt-out changed nothing")]
    NothingChanged,
    /// It was confirmed already, by us or by the provider.
    #[error("the opt-out is confirmed already")]
    Answered,
    /// More than [`CONFIRMATION_LIFE`] has passed.
    #[error("it is too late to confirm the opt-out")]
    TooLate,
}

/// Whether the one confirmation of an opt-out may be sent at `now`. Ask again right before the
/// provider is called.
///
/// # Errors
/// [`NoConfirmation`]: it may not. The opt-out stands all the same.
///
/// ```rust
/// use tidings_consent::{Action, Channels, ConsentEvent, Evidence, Method, Purposes, state};
/// use tidings_consent::{Answered, NoConfirmation, OptOutHeard, may_confirm};
/// use tidings_kernel::Channel;
/// use time::{Duration, macros::datetime};
///
/// let stop = ConsentEvent {
///     id: "cev_01h2xcejqtf2nbrexx3vqjhp41".parse()?,
///     contact: "con_01h2xcejqtf2nbrexx3vqjhp41".parse()?,
///     action: Action::OptOut,
///     channels: Channels::one(Channel::Sms),
///     purposes: Purposes::All,
///     method: Method::ReplyMessage,
///     occurred_at: datetime!(2026-03-02 12:00 UTC),
///     recorded_at: datetime!(2026-03-02 12:00 UTC),
///     evidence: Evidence::default(),
/// };
/// let now = stop.occurred_at + Duration::minutes(1);
/// let (before, after) = (state(&[], now), state(&[stop.clone()], now));
/// let heard = OptOutHeard {
///     channel: Channel::Sms,
///     occurred_at: stop.occurred_at,
///     before: &before,
///     after: &after,
///     answered: Answered::ByNobody,
/// };
/// assert_eq!(may_confirm(&heard, now), Ok(()));
/// let again = OptOutHeard { before: &after, ..heard };
/// assert_eq!(may_confirm(&again, now), Err(NoConfirmation::NothingChanged));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn may_confirm(heard: &OptOutHeard<'_>, now: OffsetDateTime) -> Result<(), NoConfirmation> {
    let is_closed = |state: &ConsentState, purpose| {
        state.status(heard.channel, purpose).status == crate::Status::Denied
    };
    let changed = Purpose::FOR_TENANTS
        .into_iter()
        .any(|purpose| !is_closed(heard.before, purpose) && is_closed(heard.after, purpose));
    if !changed {
        return Err(NoConfirmation::NothingChanged);
    }
    match heard.answered {
        Answered::ByNobody => {}
        Answered::ByUs | Answered::ByProvider => return Err(NoConfirmation::Answered),
    }
    if now - heard.occurred_at > CONFIRMATION_LIFE {
        return Err(NoConfirmation::TooLate);
    }
    Ok(())
}

/// What is wrong with the text of a confirmation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfirmationFault {
    /// It does not say who confirms.
    #[error("the text does not name the brand")]
    NoBrand,
    /// It has a link.
    #[error("the text has a link")]
    Link,
    /// It advertises, or tries to make the contact stay.
    #[error("the text advertises")]
    Offer,
    /// It asks more than the one question what the stop was meant for.
    #[error("the text asks more than one question")]
    Questions,
}

/// Words that advertise or persuade; compared in lower case. Other languages than English need eyes.
const OFFERS: [&str; 32] = [
    "bargain",
    "bonus",
    "buy",
    "cashback",
    "cheap",
    "clearance",
    "coupon",
    "coupons",
    "deal",
    "deals",
    "discount",
    "discounts",
    "exclusive",
    "free",
    "gift",
    "gifts",
    "giveaway",
    "offer",
    "offers",
    "order",
    "prize",
    "promo",
    "promotion",
    "promotions",
    "sale",
    "sales",
    "save",
    "shop",
    "voucher",
    "vouchers",
    "win",
    "winner",
];

/// Phrases that try to make the contact stay.
const PERSUASION: [&str; 6] = [
    "are you sure",
    "before you go",
    "don't go",
    "miss out",
    "miss you",
    "stay with us",
];

/// Checks the text of a confirmation (L34; 47 CFR 64.1200(a)(12): no marketing, no persuasion): it
/// names `brand`, has no link, does not advertise, and asks at most one question. A question may say
/// which messages are meant ("only offers?"), so words that advertise pass in a question; prices and
/// discounts do not.
///
/// Whether it says that it is done, no program can tell in every language. The words that advertise
/// are English.
///
/// # Errors
/// [`ConfirmationFault`]: the first thing wrong. Rather send none.
///
/// ```rust
/// use tidings_consent::{ConfirmationFault, check_confirmation};
///
/// let done = "Acme: you are unsubscribed and will get no more messages. Reply START to resubscribe.";
/// assert_eq!(check_confirmation(done, "Acme"), Ok(()));
/// assert_eq!(check_confirmation(done, "Globex"), Err(ConfirmationFault::NoBrand));
/// let offer = "Acme: you are out. Come back for 20% off!";
/// assert_eq!(check_confirmation(offer, "Acme"), Err(ConfirmationFault::Offer));
/// ```
pub fn check_confirmation(text: &str, brand: &str) -> Result<(), ConfirmationFault> {
    let brand = brand.trim().to_lowercase();
    let text = text.to_lowercase().replace('’', "'");
    if brand.is_empty() || !text.contains(&brand) {
        return Err(ConfirmationFault::NoBrand);
    }
    // A brand may look like a link or an offer itself: Booking.example, Free Range Ltd.
    let named: BTreeSet<&str> = brand.split_whitespace().chain(words(&brand)).collect();
    let links = |word: &str| {
        let word = word.trim_matches(|character: char| !character.is_alphanumeric());
        is_link(word) && !named.contains(word)
    };
    if text.split_whitespace().any(links) {
        return Err(ConfirmationFault::Link);
    }
    let mut questions = 0_usize;
    for sentence in text.split_inclusive(['.', '!', '?', '\n', '؟', '？']) {
        let is_question = sentence.ends_with(['?', '؟', '？']);
        questions += usize::from(is_question);
        if names_a_price(sentence) || (!is_question && advertises(sentence, &named)) {
            return Err(ConfirmationFault::Offer);
        }
    }
    if PERSUASION.iter().any(|phrase| text.contains(phrase)) {
        return Err(ConfirmationFault::Offer);
    }
    if questions > 1 {
        return Err(ConfirmationFault::Questions);
    }
    Ok(())
}

fn is_link(word: &str) -> bool {
    if word.contains("://") || word.starts_with("www.") {
        return true;
    }
    // host.tld, with or without a path; an abbreviation such as "p.m" has one letter at the end.
    let host = word.split(['/', '?', '#', ':']).next().unwrap_or(word);
    host.rsplit_once('.').is_some_and(|(name, end)| {
        name.ends_with(char::is_alphanumeric)
            && end.chars().count() >= 2
            && (end.chars().all(char::is_alphabetic) || end.starts_with("xn--"))
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric())
}

fn advertises(sentence: &str, named: &BTreeSet<&str>) -> bool {
    // What the contact is to reply is a keyword, not an offer.
    let mut before = "";
    words(sentence).any(|word| {
        let is_keyword = before == "reply";
        before = word;
        !is_keyword && OFFERS.contains(&word) && !named.contains(word)
    })
}

/// A price or a discount, which says no kind of message.
fn names_a_price(sentence: &str) -> bool {
    sentence.contains('%')
        || (sentence.contains(['$', '€', '£', '¥', '₹'])
            && sentence.contains(|character: char| character.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
