//! What a message is judged as.

use super::{Case, Word};
use crate::Reason;
use tidings_kernel::Purpose;

/// Says so when a message is judged as marketing although it was not declared as such (compliance
/// reference, L68 and L88; CTIA Messaging Principles, Exhibit II: one coupon makes it promotional).
pub(super) fn raised(case: &Case<'_>) -> Word {
    if case.purpose == case.request.purpose {
        return Word::Nothing;
    }
    let is_template = case.facts.template.as_ref().is_some_and(|template| {
        template.purpose_in(case.request.template_locale.as_deref()) == Purpose::Marketing
    });
    let why = if is_template {
        "its template is a marketing template now".to_owned()
    } else {
        format!(
            "its text promotes something ({})",
            case.request.content.promotes.join(", ")
        )
    };
    Word::Allow(Reason::new(
        "purpose.raised",
        format!(
            "it was declared {} and is judged as marketing, since {why}",
            case.request.purpose
        ),
    ))
}
