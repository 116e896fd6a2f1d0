//! ClickSend's codes, as data (reference, sections 4 and 7).

use tidings_routing::{Class, ErrorEntry, ErrorTable};

/// What ClickSend's codes mean for a message, and what a person can do.
///
/// Words come with the answer to a call, for the message or for the call; numbers come later, with receipts
/// of the SMS gateway. Rows have the order of the reference.
pub const ERRORS: ErrorTable = ErrorTable::new(ROWS);

const ROWS: &[ErrorEntry] = &[
    row(
        "INVALID_RECIPIENT",
        Class::Recipient,
        "ClickSend takes the number for no valid one: correct it with the contact",
    ),
    row(
        "THROTTLED",
        Class::RateLimited,
        "the same text went to this number just now: it is sent a minute later, if the first was not meant",
    ),
    row(
        "INVALID_SENDER_ID",
        Class::Sender,
        "ClickSend does not let the account use this sender: verify the number or tag there, or use another",
    ),
    row(
        "REGISTRATION_NEEDED",
        Class::Sender,
        "the sender must be registered for this country: register it at ClickSend, or use another",
    ),
    row(
        "COUNTRY_NOT_ENABLED",
        Class::Sender,
        "the account may not send to this country: enable it under global sending in the dashboard",
    ),
    row(
        "INSUFFICIENT_CREDIT",
        Class::Account,
        "the balance is used up: top up the account, or set it to top up by itself",
    ),
    row(
        "MISSING_CREDENTIALS",
        Class::Account,
        "ClickSend saw no username or key: enter both again",
    ),
    row(
        "INVALID_CREDENTIALS",
        Class::Account,
        "username and key do not fit: copy both from the API credentials of the dashboard",
    ),
    row(
        "ACCOUNT_NOT_ACTIVATED",
        Class::Account,
        "the account is not activated yet: finish its registration at ClickSend",
    ),
    row(
        "EMPTY_MESSAGE",
        Class::Content,
        "the message has no text: write one",
    ),
    row(
        "MISSING_REQUIRED_FIELDS",
        Class::Content,
        "ClickSend misses a part of the message: report it, with the message's id",
    ),
    row(
        "INVALID_SCHEDULE",
        Class::Content,
        "ClickSend read a time that cannot be: report it, with the message's id",
    ),
    row(
        "INVALID_MEDIA_FILE",
        Class::Content,
        "the file cannot be used: it must be a public .jpg or .gif of at most 250 kB",
    ),
    row(
        "SUBJECT_REQUIRED",
        Class::Content,
        "the message needs a subject: give one of at most 20 characters",
    ),
    row(
        "TOO_MANY_RECIPIENTS",
        Class::Content,
        "ClickSend read too many recipients: report it, with the message's id",
    ),
    row(
        "NOT_ENOUGH_PERMISSION_TO_LIST_ID",
        Class::Account,
        "the API user may not use that contact list: see its permissions in the dashboard",
    ),
    row(
        "ALREADY_EXISTS",
        Class::Content,
        "ClickSend has that already: look for the message in its history before sending again",
    ),
    row(
        "INTERNAL_ERROR",
        Class::Transient,
        "ClickSend had a fault: it is found out whether it has the message",
    ),
    row(
        "SOMETHING_IS_WRONG",
        Class::Transient,
        "ClickSend had a fault: it is found out whether it has the message",
    ),
    row(
        "INVALID_LANG",
        Class::Content,
        "a code of voice calls, which are not sent: report it, with the message's id",
    ),
    row(
        "INVALID_VOICE",
        Class::Content,
        "a code of voice calls, which are not sent: report it, with the message's id",
    ),
    row(
        "BAD_REQUEST",
        Class::Content,
        "ClickSend finds the message malformed: see its words, and correct sender, text or media",
    ),
    row(
        "UNAUTHORIZED",
        Class::Account,
        "username and key do not fit: copy both from the API credentials of the dashboard",
    ),
    row(
        "FORBIDDEN",
        Class::Account,
        "the API user may not do this: see its permissions in the dashboard",
    ),
    row(
        "NOT_FOUND",
        Class::Account,
        "ClickSend does not know what was asked for: check that it belongs to this account",
    ),
    row(
        "TOO_MANY_REQUESTS",
        Class::RateLimited,
        "nothing to do: it is sent when ClickSend allows",
    ),
    row(
        "INTERNAL_SERVER_ERROR",
        Class::Transient,
        "ClickSend had a fault: it is found out whether it has the message",
    ),
    row(
        "5",
        Class::Content,
        "the message was cancelled at ClickSend, by a person there or after its review: ask why before sending again",
    ),
    row(
        "7",
        Class::Transient,
        "the network gave no reason: send again once, if it still matters",
    ),
    row(
        "8",
        Class::Recipient,
        "the network does not know the number: correct it with the contact",
    ),
    row(
        "9",
        Class::Recipient,
        "the network cannot identify the number: correct it with the contact",
    ),
    row(
        "10",
        Class::Recipient,
        "the network does not let the number receive this: use another channel, or ask the contact",
    ),
    row(
        "11",
        Class::Recipient,
        "the phone, its contract or its network takes no SMS: use another channel",
    ),
    row(
        "12",
        Class::Expired,
        "the phone was off or out of reach for 12 hours: send again if it still matters",
    ),
    row(
        "13",
        Class::Expired,
        "the phone's memory was full for 12 hours: send again if it still matters",
    ),
    row(
        "14",
        Class::Transient,
        "the recipient's network was congested: send again if it still matters",
    ),
    row(
        "15",
        Class::Recipient,
        "the network rejected the message: use another channel, or ask ClickSend",
    ),
    row(
        "16",
        Class::Transient,
        "nothing to do: ClickSend itself tries once more",
    ),
    row(
        "17",
        Class::Transient,
        "the network did not answer in time: send again if it still matters",
    ),
    row(
        "18",
        Class::Sender,
        "ClickSend has no route to this network: send by another account or provider",
    ),
    row(
        "19",
        Class::Content,
        "the network took the message for spam: review text and links before sending more",
    ),
    row(
        "20",
        Class::Expired,
        "no receipt came in time: it may have arrived, so ask the contact before sending again",
    ),
    row(
        "301",
        Class::Recipient,
        "ClickSend gave no reason: look at the message in its history",
    ),
    row(
        "302",
        Class::Recipient,
        "ClickSend gave no reason and advises not to send again: look at the message in its history",
    ),
];

const fn row(code: &'static str, class: Class, advice: &'static str) -> ErrorEntry {
    ErrorEntry {
        code,
        class,
        advice,
    }
}
