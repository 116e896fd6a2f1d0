use super::{readable, scan};
use crate::Category;
use std::ops::Range;
use tidings_kernel::Purpose;

/// A word or a phrase of advertising in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// What it weighs.
    pub strength: Strength,
    /// The entry of the word list, in small letters without accents.
    pub phrase: &'static str,
    /// Where it stands, in bytes.
    pub span: Range<usize>,
}

/// What a marker weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Strength {
    /// An advertisement together with another one.
    Weak,
    /// An advertisement by itself.
    Strong,
}

/// The signs of advertising in `text`, by the words of English and of `language`.
///
/// # Examples
/// ```
/// use tidings_templates::content::{detect_marketing, is_marketing};
///
/// let order = "Your order 42 ships today.";
/// assert!(!is_marketing(&detect_marketing(order, "en")));
/// // One coupon makes an informational text promotional (CTIA, May 2023).
/// let mixed = "Your order 42 ships today. 10% off your next one!";
/// assert!(is_marketing(&detect_marketing(mixed, "en")));
/// // A word that advertisements share with everybody else is not enough.
/// assert!(!is_marketing(&detect_marketing("Are you free on your day off?", "en")));
/// ```
pub fn detect_marketing(text: &str, language: &str) -> Vec<Marker> {
    scan::scan(readable(text), language).markers
}

/// How far apart, in bytes, two weak markers may stand and still be one advertisement.
const TOGETHER: usize = 32;

/// True for one strong marker, or for weak ones of two different words that stand together, up to 32
/// bytes apart and in the order of the text. "Parking is free" in one sentence and "save this number"
/// three sentences on do not make a reminder an advertisement.
pub fn is_marketing(markers: &[Marker]) -> bool {
    let mut last: Option<&Marker> = None;
    // The last one before it of another word.
    let mut other: Option<&Marker> = None;
    for marker in markers {
        if marker.strength == Strength::Strong {
            return true;
        }
        let joins = |before: &Marker| {
            let gap = marker.span.start.checked_sub(before.span.end);
            before.phrase != marker.phrase && gap.is_some_and(|gap| gap <= TOGETHER)
        };
        if last.into_iter().chain(other).any(joins) {
            return true;
        }
        if last.is_some_and(|last| last.phrase != marker.phrase) {
            other = last;
        }
        last = Some(marker);
    }
    false
}

/// The purpose that a message is decided under: the strictest of the one its sender declares, the
/// platform's category of its template, and what its text shows (L68, L88).
///
/// # Examples
/// ```
/// use tidings_kernel::Purpose;
/// use tidings_templates::Category;
/// use tidings_templates::content::{detect_marketing, effective_purpose};
///
/// let markers = detect_marketing("Your parcel is here. Flash sale: today only!", "en");
/// assert_eq!(effective_purpose(Purpose::Transactional, None, &markers), Purpose::Marketing);
/// let recategorized = Some(Category::Marketing);
/// assert_eq!(effective_purpose(Purpose::Reminder, recategorized, &[]), Purpose::Marketing);
/// assert_eq!(effective_purpose(Purpose::Reminder, Some(Category::Utility), &[]), Purpose::Reminder);
/// ```
pub fn effective_purpose(
    declared: Purpose,
    category: Option<Category>,
    markers: &[Marker],
) -> Purpose {
    if is_marketing(markers) {
        return Purpose::Marketing;
    }
    category.map_or(declared, |category| category.stricter_of(declared))
}
