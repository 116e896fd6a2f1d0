//! How often a contact may be marketed to.

use super::{Case, Word};
use crate::Reason;
use tidings_kernel::Purpose;

/// Every cap in force is kept: in any period of its length at most so many marketing messages are
/// handed to a provider for one person (compliance reference, 3.3, L65 to L67).
pub(super) fn cap(case: &Case<'_>) -> Word {
    if case.purpose != Purpose::Marketing {
        return Word::Nothing;
    }
    let used_up = case.facts.law.caps.iter().find(|cap| {
        let since = case.now.saturating_sub(cap.window());
        // An instant that a faster clock recorded counts as now.
        let sent = case.facts.marketing_sent.iter().filter(|at| **at > since);
        u32::try_from(sent.count()).unwrap_or(u32::MAX) >= cap.most
    });
    let Some(cap) = used_up else {
        return Word::Nothing;
    };
    let by = cap.rule.as_ref().map_or_else(
        || "the tenant's own cap".to_owned(),
        |rule| format!("the rule {rule}"),
    );
    Word::Block(Reason::new(
        "frequency.cap",
        format!(
            "the contact has had {} marketing messages within {} hours, as many as {by} allows",
            cap.most, cap.hours
        ),
    ))
}
