//! Whether what the message says still matters and is still true.

use super::{Case, Word, block};
use crate::{GateRequest, Reason};
use time::OffsetDateTime;

/// The rule that a message breaks when it could only be sent too late. It stands after every other
/// reason, so it comes first only when nothing else is against the message.
pub const EXPIRED: &str = "freshness.expired";

/// A message about a booking that was changed meanwhile would say what is no longer true.
pub(super) fn source(case: &Case<'_>) -> Word {
    let versions = case.request.source_version.zip(case.facts.source_version);
    match versions {
        Some((written_from, newest)) if newest > written_from => block(
            "freshness.stale_source",
            format!(
                "it was written from version {written_from} of its record, which is at version {newest} now: \
                 write it anew"
            ),
        ),
        Some(_) | None => Word::Nothing,
    }
}

/// What would be sent too late is not sent. Judged last, since it looks at the deferral.
pub(in crate::gate) fn in_time(request: &GateRequest, sent_at: OffsetDateTime) -> Option<Reason> {
    let end = request.valid_until?;
    (sent_at >= end).then(|| {
        Reason::new(
            EXPIRED,
            "it could only be sent after the instant until which it matters",
        )
    })
}
