//! Whether people take badly what the numbers send that are left for it.

use super::{Case, Word};
use crate::Reason;
use tidings_kernel::Purpose;
use time::Duration;

/// The rule by which marketing waits for the quality of its number: it ends by news and not by the clock.
pub const LOW_QUALITY: &str = "sender.low_quality";
/// What waits for it looks again after so long: it takes days, and the number is looked at meanwhile.
const LOOK: Duration = Duration::HOUR;

/// Marketing through a number of low quality makes it worse, until the provider restricts the number for everything
/// (compliance reference, 7.4).
pub(super) fn good_enough(case: &Case<'_>) -> Word {
    if !case.facts.is_quality_low || case.purpose != Purpose::Marketing {
        return Word::Nothing;
    }
    let detail = "its provider says that people take badly what the number sends: marketing waits until that is better";
    Word::Defer(case.look_after(LOOK), Reason::new(LOW_QUALITY, detail))
}
