use super::{Gate, Violation, holds};
use crate::gate::{Facts, GateRequest};
use serde::{Serialize, de::DeserializeOwned};
use time::OffsetDateTime;

/// **L4, L80, L102.** Old decisions explain themselves. The same request, facts and instant give the same
/// decision byte for byte, also after request and facts were stored and read again: so a dry run is the
/// decision, and a decision can be made again without today's rules.
///
/// # Errors
/// [`Violation`]: it came out differently, or cannot be stored.
pub fn decided_again_alike(
    gate: impl Gate,
    request: &GateRequest,
    facts: &Facts,
    now: OffsetDateTime,
) -> Result<(), Violation> {
    let stored = stored(request).zip(stored(facts));
    let first = bytes(&gate(request, facts, now));
    let again = stored.and_then(|(request, facts)| bytes(&gate(&request, &facts, now)));
    holds(
        "a stored decision is made again byte for byte",
        first.is_some() && first == again && first == bytes(&gate(request, facts, now)),
    )
}

fn bytes(value: &impl Serialize) -> Option<Vec<u8>> {
    serde_json::to_vec(value).ok()
}

fn stored<T: Serialize + DeserializeOwned>(value: &T) -> Option<T> {
    serde_json::from_slice(&bytes(value)?).ok()
}
