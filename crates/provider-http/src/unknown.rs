//! Codes that no table has: new ones of a provider, which somebody should look at.

use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};
use tidings_routing::Class;

/// Those that were logged; so many at most, since they come from outside.
static LOGGED: Mutex<BTreeSet<(&'static str, String)>> = Mutex::new(BTreeSet::new());
const MOST_LOGGED: usize = 1_000;
/// As much of a code is logged.
const LONGEST: usize = 64;

/// Counts a code of `provider` that no table has, and logs it when it comes for the first time. It was taken to
/// be of `class`.
pub fn note_unknown(provider: &'static str, code: &str, class: Class) {
    metrics::counter!("tidings_provider_codes_unknown_total", "provider" => provider).increment(1);
    let code: String = code.chars().take(LONGEST).collect();
    let mut logged = LOGGED.lock().unwrap_or_else(PoisonError::into_inner);
    if logged.len() < MOST_LOGGED && logged.insert((provider, code.clone())) {
        tracing::warn!(provider, code, %class, "a provider's code is in no table");
    }
}
