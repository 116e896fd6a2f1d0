//! The codes of MessageBird and Bird, as data (reference, the three sections on errors; Bird's published
//! list of SMS codes).

use tidings_routing::{Class, ErrorEntry, ErrorTable};

/// What the words of Bird's platform mean for a message, and what a person can do.
///
/// A refused call has a type, and mostly a code and a name that tell more; the words of messages that did
/// not arrive are codes too.
pub static PLATFORM_ERRORS: ErrorTable = ErrorTable::new(PLATFORM);

/// What the numbers of MessageBird's REST interface mean when it refuses a call.
pub static REST_ERRORS: ErrorTable = ErrorTable::new(REST);

/// What the numbers of MessageBird's SMS network mean when a message does not arrive. Bird's workspaces have
/// the same network and the same numbers.
pub static SMS_DELIVERY_ERRORS: ErrorTable = ErrorTable::new(SMS_DELIVERY);

const PLATFORM: &[ErrorEntry] = &[
    // Types of refused calls.
    row(
        "auth_error",
        Class::Account,
        "the API key is wrong or revoked: copy it again, or make a new one",
    ),
    row(
        "permission_error",
        Class::Account,
        "the API key may not do this: use a key with access to messages of this channel",
    ),
    row(
        "billing_error",
        Class::Account,
        "the wallet cannot pay for it: top it up at Bird",
    ),
    row(
        "not_found_error",
        Class::Sender,
        "Bird does not know something that the message names: check the template and the sender",
    ),
    row(
        "misdirected_error",
        Class::Account,
        "the API key belongs to another region: copy it again as a whole",
    ),
    row("rate_limit_error", Class::RateLimited, ""),
    row("bad_request_error", Class::Content, ""),
    row("validation_error", Class::Content, ""),
    row("precondition_error", Class::Content, ""),
    row(
        "payload_too_large_error",
        Class::Content,
        "the message is too large: shorten it",
    ),
    row(
        "not_implemented_error",
        Class::Content,
        "Bird does not offer this kind of message: send another",
    ),
    row(
        "conflict_error",
        Class::Transient,
        "nothing to do: the same call was made before",
    ),
    row("internal_error", Class::Transient, ""),
    row("service_unavailable_error", Class::Transient, ""),
    // Codes of refusals and of messages that did not arrive.
    row(
        "insufficient_balance",
        Class::Account,
        "the wallet cannot pay for it: top it up at Bird",
    ),
    row("rate_limited", Class::RateLimited, ""),
    row("provider_unavailable", Class::Transient, ""),
    row(
        "content_rejected",
        Class::Content,
        "the carrier refused the text: review words and links before sending more",
    ),
    row(
        "media_rejected",
        Class::Content,
        "WhatsApp could not fetch the file or refused it: see that its address is public and its kind and \
         size are allowed",
    ),
    row(
        "price_not_found",
        Class::Content,
        "Bird has no price for this destination and template: ask Bird",
    ),
    row("service_window_expired", Class::WindowClosed, ""),
    row(
        "invalid_destination",
        Class::Recipient,
        "the number does not exist: correct it with the contact",
    ),
    row(
        "landline_unreachable",
        Class::Recipient,
        "the number is a landline: use another number or channel",
    ),
    row("undeliverable", Class::Recipient, ""),
    row(
        "unreachable",
        Class::Transient,
        "the phone is off or out of reach: try later, or another channel",
    ),
    row("recipient_opted_out", Class::OptedOut, ""),
    row("recipient_suppressed", Class::OptedOut, ""),
    row(
        "blocked_by_recipient",
        Class::OptedOut,
        "the recipient's phone blocks the sender: only they undo it",
    ),
    row(
        "blocked_by_carrier",
        Class::Content,
        "a carrier filtered the message as spam: review text, links and registration before sending more",
    ),
    row(
        "blocked_by_fraud_protection",
        Class::Content,
        "Bird suspects that somebody makes you send for money: look who asks for these messages before \
         sending more",
    ),
    row(
        "sender_unregistered",
        Class::Sender,
        "the sender is not registered for this destination: register it at Bird, or use another",
    ),
    row("unknown", Class::Transient, ""),
    // Names of refused calls.
    row(
        "SMSInvalidRecipient",
        Class::Recipient,
        "the number is not valid: correct it with the contact",
    ),
    row(
        "SMSSenderNotConfigured",
        Class::Sender,
        "the workspace does not hold this sender: add it at Bird, or use another",
    ),
    row(
        "SenderCategoryNotPermitted",
        Class::Sender,
        "the sender is not registered for messages of this purpose there: use another sender",
    ),
    row(
        "SMSUnsupportedFeature",
        Class::Content,
        "Bird does not offer this feature to the workspace: ask Bird",
    ),
];

const REST: &[ErrorEntry] = &[
    row(
        "2",
        Class::Account,
        "the access key is wrong or may not do this: copy the live key from the dashboard",
    ),
    row("9", Class::Content, ""),
    row("10", Class::Content, ""),
    row("20", Class::Content, ""),
    row("21", Class::Content, ""),
    row(
        "25",
        Class::Account,
        "the balance is used up: top it up at MessageBird",
    ),
    row(
        "98",
        Class::Account,
        "MessageBird does not know the address that was called: correct its base address in the \
         installation's configuration",
    ),
    row("99", Class::Transient, ""),
];

const SMS_DELIVERY: &[ErrorEntry] = &[
    row(
        "1",
        Class::Recipient,
        "the number does not exist: correct it with the contact",
    ),
    // The reference takes it for an absent phone and is not sure; Bird lists it with the unknown numbers.
    row(
        "5",
        Class::Recipient,
        "the network does not know the number: correct it with the contact",
    ),
    row(
        "9",
        Class::Recipient,
        "the network bars the number: use another number or channel",
    ),
    row(
        "12",
        Class::Recipient,
        "the network bars the phone: use another number or channel",
    ),
    row(
        "27",
        Class::Transient,
        "the phone is off or out of reach: try later, or another channel",
    ),
    row("103", Class::OptedOut, ""),
    row("104", Class::Sender, UNREGISTERED),
    row("105", Class::Sender, UNREGISTERED),
    row("110", Class::Sender, UNREGISTERED),
];

const UNREGISTERED: &str =
    "the sender is not registered for this destination: register it at MessageBird, or use another";

const fn row(code: &'static str, class: Class, advice: &'static str) -> ErrorEntry {
    ErrorEntry {
        code,
        class,
        advice,
    }
}
