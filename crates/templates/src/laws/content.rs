use super::Violation;
use crate::Code;
use crate::content::{ContentContext, StopLine, Strength};
use std::ops::Range;
use tidings_kernel::Purpose;

/// **L69.** Marketing that does not say who sends it, or how to stop where that is demanded, is
/// refused.
///
/// `text` names no brand of `context` and no way to stop; `inspect` gives the codes of the errors.
///
/// # Errors
/// [`Violation`]: the text passed.
pub fn unmarked_marketing_is_refused(
    inspect: impl Fn(&str, &ContentContext<'_>) -> Vec<Code>,
    text: &str,
    context: &ContentContext<'_>,
) -> Result<(), Violation> {
    let context = ContentContext {
        purpose: Purpose::Marketing,
        stop_line: StopLine::Demanded,
        ..*context
    };
    let found = inspect(text, &context);
    let holds = found.contains(&Code::BrandMissing) && found.contains(&Code::StopLineMissing);
    Violation::unless(holds, "L69", || format!("{text:?} gave {found:?}"))
}

/// **L71.** No link through a public shortener passes, in whatever text and spelling.
///
/// # Errors
/// [`Violation`]: the link passed.
pub fn no_shortener_passes(
    inspect: impl Fn(&str, &ContentContext<'_>) -> Vec<Code>,
    before: &str,
    shortener: &str,
    context: &ContentContext<'_>,
) -> Result<(), Violation> {
    for link in [
        format!("https://{shortener}/x1"),
        format!("{shortener}/x1"),
        format!("HTTP://WWW.{}/x1", shortener.to_ascii_uppercase()),
    ] {
        let text = format!("{before} {link}");
        let found = inspect(&text, context);
        Violation::unless(found.contains(&Code::PublicShortener), "L71", || {
            format!("{text:?} gave {found:?}")
        })?;
    }
    Ok(())
}

/// **L72.** A value that brings a stop line along is found, and a text that only such a value makes
/// complete is still refused.
///
/// `lint` is given a rendered text and where values stand in it.
///
/// # Errors
/// [`Violation`]: the value's line passed for the author's.
pub fn only_the_author_says_stop(
    lint: impl Fn(&str, &[Range<usize>], &ContentContext<'_>) -> Vec<Code>,
    before: &str,
    stop_line: &str,
    context: &ContentContext<'_>,
) -> Result<(), Violation> {
    let context = ContentContext {
        purpose: Purpose::Marketing,
        stop_line: StopLine::Demanded,
        ..*context
    };
    // In a sentence of its own, so that nothing of the author's completes it.
    let text = format!("{before}. {stop_line}");
    let value = before.len() + 2..text.len();
    let found = lint(&text, &[value], &context);
    let holds = found.contains(&Code::StopLineInjected) && found.contains(&Code::StopLineMissing);
    Violation::unless(holds, "L72", || format!("{text:?} gave {found:?}"))
}

/// **L68.** A message with a strong sign of marketing is decided as marketing, whatever purpose is
/// declared.
///
/// # Errors
/// [`Violation`]: it is decided as something else.
pub fn marketing_is_shown_its_purpose(
    decide: impl Fn(&str, Purpose) -> Purpose,
    markers: impl Fn(&str) -> Vec<Strength>,
    text: &str,
) -> Result<(), Violation> {
    if !markers(text).contains(&Strength::Strong) {
        return Ok(());
    }
    for purpose in Purpose::ALL {
        let decided = decide(text, purpose);
        Violation::unless(decided == Purpose::Marketing, "L68", || {
            format!("{text:?}, declared {purpose}, was decided as {decided}")
        })?;
    }
    Ok(())
}
