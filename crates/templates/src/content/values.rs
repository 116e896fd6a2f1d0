use super::{ContentContext, is_marketing, readable, scan, stop_lines};
use crate::{Code, Diagnostic, Severity};
use std::ops::Range;
use tidings_kernel::Purpose;

/// What `values` do to a text that is otherwise its author's: the spans are where they stand in the
/// rendered `text` (L72).
///
/// A stop line that a value brings along is refused: it may name a word that stops nothing, and it
/// would count for the author's own. So is advertising that only the values bring into a text that
/// is for something else. See [`Template::render_traced`](crate::Template::render_traced) for spans.
pub fn inspect_values(
    text: &str,
    values: &[Range<usize>],
    context: &ContentContext<'_>,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let overlaps = |span: &Range<usize>| {
        values
            .iter()
            .any(|value| value.start < span.end && span.start < value.end)
    };
    for span in stop_lines(text, context.language) {
        if overlaps(&span) {
            found.push(Diagnostic::new(
                Code::StopLineInjected,
                Severity::Error,
                span,
                "a value says how to stop: only the author of the text may",
            ));
        }
    }
    let markers = scan::scan(readable(text), context.language).markers;
    if context.purpose != Purpose::Marketing && is_marketing(&markers) {
        let (brought, own): (Vec<_>, Vec<_>) = markers
            .into_iter()
            .partition(|marker| overlaps(&marker.span));
        if !is_marketing(&own) {
            for marker in brought {
                let message = format!("the value `{}` makes this an advertisement", marker.phrase);
                found.push(Diagnostic::new(
                    Code::PromotionInjected,
                    Severity::Error,
                    marker.span,
                    message,
                ));
            }
        }
    }
    found
}
