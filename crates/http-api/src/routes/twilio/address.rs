//! Which sender a program means.

use super::Refusal;
use tidings_kernel::{Channel, SenderId};
use tidings_messaging::{ProviderAccount, Sender};
use tidings_twilio_facade::Addressed;

/// The longest that Twilio knows: `whatsapp:` aside, a number of 15 digits with its plus.
const LONGEST: usize = 16;

/// The sender that has an address: of several accounts' the one that is tried first.
pub(super) fn sender(
    accounts: &[ProviderAccount],
    from: Addressed<'_>,
) -> Result<(SenderId, String), Refusal> {
    if !is_address(from.address) {
        return Err(Refusal::of(21_212, "Invalid From Number (caller ID)"));
    }
    let mut is_known = false;
    for account in accounts.iter().filter(|account| account.is_enabled) {
        let has_address = |sender: &&Sender| sender.address.eq_ignore_ascii_case(from.address);
        for sender in account.senders.iter().filter(has_address) {
            if sender.channels.contains(&from.channel) {
                return Ok((sender.id, sender.address.clone()));
            }
            is_known = true;
        }
    }
    let is_number = from.address.starts_with('+');
    Err(match from.channel {
        Channel::Whatsapp => Refusal::of(
            63_007,
            "Could not find a Channel with the specified From address",
        ),
        Channel::Sms | Channel::Email if is_number && !is_known => Refusal::of(
            21_659,
            "'From' is not a phone number of this account: register it as a sender of a provider account",
        ),
        Channel::Sms | Channel::Email => Refusal::of(
            21_606,
            "The 'From' sender is not one of this account that can send such messages",
        ),
    })
}

/// Whether a text has the form of a number, a short code or the name of a sender.
fn is_address(text: &str) -> bool {
    let rest = text.strip_prefix('+').unwrap_or(text);
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " -_&.+".contains(c);
    (1..=LONGEST).contains(&text.len()) && !rest.is_empty() && rest.chars().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_codes_and_names_are_addresses() {
        for good in ["+12025550100", "12345", "EXAMPLE", "Ex-1 & Co"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "+", "a\nb", "+1234567890123456", "<b>", "é"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
