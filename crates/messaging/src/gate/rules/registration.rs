//! Whether the carriers let the sender through.

use super::{Case, Word, block};
use crate::UsRegistration;
use tidings_kernel::{Channel, PhoneNumber};

/// Carriers block text messages from ordinary numbers to the United States without an approved 10DLC
/// registration (compliance reference, 4.3). Held back only where the tenant tracks its registration.
pub(super) fn approved(case: &Case<'_>) -> Word {
    let number = case.request.to.as_ref().and_then(crate::Address::phone);
    if case.request.channel != Channel::Sms || !number.is_some_and(is_north_american) {
        return Word::Nothing;
    }
    let action = match case.facts.us_registration {
        UsRegistration::NotTracked | UsRegistration::Approved => return Word::Nothing,
        UsRegistration::Missing => "register the business and its use before sending",
        UsRegistration::Pending => "wait for the carriers' answer",
        UsRegistration::Rejected => "correct the registration and submit it again",
    };
    let state = case.facts.us_registration.as_str();
    let detail = format!(
        "the 10DLC registration for text messages to the United States is {state}: {action}"
    );
    block("registration.required", detail)
}

/// Canada shares the code and, with most providers, the rule; so do the islands, where it is stricter
/// than it must be.
fn is_north_american(number: PhoneNumber) -> bool {
    number.digits().starts_with('1')
}
