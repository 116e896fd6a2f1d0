//! Vonage's error codes, as data (reference, section 6; list of errors in the Messages API 1.20.0).

use tidings_routing::{Certainty, Class, ErrorEntry, ErrorTable};

/// What Vonage's error codes mean for a message, and what a person can do.
///
/// The same codes come with refused calls and, later, with receipts. Rows are sorted by code; words are the
/// ends of error addresses that have no number.
pub static ERRORS: ErrorTable = ErrorTable::new(ROWS).with_absences(ABSENCES);

/// The codes that say that nobody is there.
const ABSENCES: &[(&str, Certainty)] =
    &[("1300", Certainty::Supposed), ("1310", Certainty::Supposed)];

const ROWS: &[ErrorEntry] = &[
    row(
        "401",
        Class::Account,
        "check the API key and secret, or the application's ID and private key",
    ),
    row(
        "402",
        Class::Account,
        "the account has no credit: top it up in the Vonage dashboard",
    ),
    row("429", Class::RateLimited, ""),
    row("500", Class::Transient, ""),
    row("1000", Class::RateLimited, ""),
    row("1010", Class::Content, ""),
    row("1020", Class::Content, ""),
    row("1021", Class::Content, ""),
    row(
        "1022",
        Class::Content,
        "the template or its parameters are wrong: compare them with the approved template",
    ),
    row("1030", Class::Transient, ""),
    row("1040", Class::Recipient, ""),
    row("1050", Class::OptedOut, ""),
    row(
        "1060",
        Class::Account,
        "the account is barred from sending: ask Vonage's support",
    ),
    row(
        "1070",
        Class::Account,
        "the account's quota is used up: ask Vonage's support for a higher one",
    ),
    row(
        "1080",
        Class::Account,
        "the account may not send by this API: ask Vonage's support to enable it",
    ),
    row(
        "1090",
        Class::Content,
        "the message is too long: shorten it",
    ),
    row("1100", Class::Transient, ""),
    row("1120", Class::Sender, ""),
    row(
        "1130",
        Class::Content,
        "the validity is out of bounds: send with another one",
    ),
    row(
        "1140",
        Class::Account,
        "the account lacks a facility that the message needs: ask Vonage's support to enable it",
    ),
    row("1150", Class::Content, ""),
    row(
        "1160",
        Class::Sender,
        "this account reaches numbers on its list only: add the number in the dashboard, or leave the trial",
    ),
    row("1170", Class::Recipient, ""),
    row(
        "1180",
        Class::Transient,
        "the phone cannot be reached now: it is tried again, then try another channel",
    ),
    row(
        "1190",
        Class::Recipient,
        "the number is no longer in use: remove it, or ask the contact for the new one",
    ),
    row(
        "1200",
        Class::Recipient,
        "the number changed carrier and that went wrong: only the contact's carrier can mend it",
    ),
    row(
        "1210",
        Class::Content,
        "a carrier took the message for spam: review text, links and sender before sending more",
    ),
    row("1220", Class::Transient, ""),
    row("1230", Class::Transient, ""),
    row("1240", Class::OptedOut, ""),
    row("1241", Class::RateLimited, ""),
    row(
        "1242",
        Class::Sender,
        "the number pool does not exist: set it up at Vonage",
    ),
    row(
        "1250",
        Class::Sender,
        "Vonage has no route from this sender to this number: use another sender or provider",
    ),
    row(
        "1251",
        Class::Sender,
        "Vonage has no route from this sender to this number: use another sender or provider",
    ),
    row("1260", Class::Recipient, ""),
    row(
        "1270",
        Class::Recipient,
        "the carrier blocks such content for this contact because of age: use another channel",
    ),
    row(
        "1280",
        Class::OptedOut,
        "the carrier blocks messages to this number: ask the contact to have that lifted",
    ),
    row(
        "1282",
        Class::Content,
        "a provider refused the message for its policy or content: review it before sending more",
    ),
    row(
        "1290",
        Class::Recipient,
        "the contact's prepaid account lacks the credit to receive: use another channel",
    ),
    row(
        "1300",
        Class::Recipient,
        "the recipient is not on this channel: use another",
    ),
    row(
        "1310",
        Class::Recipient,
        "the contact's device cannot receive this: send plain text, or use another channel",
    ),
    row(
        "1320",
        Class::Content,
        "nothing to do: the message was sent already",
    ),
    row("1330", Class::Recipient, ""),
    row("1331", Class::Transient, ""),
    row("1340", Class::WindowClosed, ""),
    row(
        "1350",
        Class::Account,
        "a fee for this feature is not paid: see the Vonage dashboard",
    ),
    row("1360", Class::Expired, ""),
    row(
        "1370",
        Class::Account,
        "the link between Vonage and the page has expired: authenticate the page again at Vonage",
    ),
    row(
        "1380",
        Class::Content,
        "the attachment cannot be fetched: check that its address answers from the internet",
    ),
    row(
        "1381",
        Class::Content,
        "the attachment is too large: send a smaller file",
    ),
    row(
        "1382",
        Class::Content,
        "the attachment is of a kind that this channel does not take",
    ),
    row(
        "1400",
        Class::Content,
        "Vonage does not know the channel: report this as a fault of Tidings",
    ),
    row("1410", Class::Content, ""),
    row(
        "1420",
        Class::Sender,
        "the sender is not valid for this channel: link the number to the application, or use another",
    ),
    row("1430", Class::Recipient, ""),
    row("1431", Class::Content, ""),
    row("1440", Class::Content, ""),
    row("1450", Class::Content, ""),
    row(
        "1451",
        Class::Content,
        "the message that is answered is not known any more: send without the reference",
    ),
    row(
        "1460",
        Class::RateLimited,
        "the daily limit of the sender is used up: register a larger campaign, or wait for tomorrow",
    ),
    row(
        "1461",
        Class::Recipient,
        "WhatsApp limits marketing to this user: wait a day, or use another channel",
    ),
    row(
        "1470",
        Class::Content,
        "Fraud Defender blocks this traffic: review its rules in the Vonage dashboard before sending more",
    ),
    row(
        "1472",
        Class::Content,
        "Fraud Defender sees a burst of messages: review the traffic and its rules before sending more",
    ),
    row(
        "1473",
        Class::Content,
        "Fraud Defender sees artificial traffic: look for abuse of your forms before sending more",
    ),
    row(
        "1474",
        Class::Content,
        "Fraud Defender blocks this country: review its rules in the Vonage dashboard",
    ),
    row(
        "1475",
        Class::Content,
        "Fraud Defender blocks this network: review its rules in the Vonage dashboard",
    ),
    row(
        "1476",
        Class::Sender,
        "the sender is on a list of numbers that never send: use another",
    ),
    row(
        "1480",
        Class::Content,
        "the destination wants a registered entity: register it at Vonage",
    ),
    row(
        "1481",
        Class::Content,
        "the destination wants a registered sender: register it at Vonage",
    ),
    row(
        "1482",
        Class::Content,
        "the destination wants a registered content: register the text at Vonage",
    ),
    row(
        "1483",
        Class::Content,
        "the destination wants a registered consent: register it at Vonage",
    ),
    row(
        "1484",
        Class::Content,
        "the sender or message failed a regulatory check: review the registration at Vonage",
    ),
    row(
        "1490",
        Class::Recipient,
        "nothing to do: parts of the message may have arrived, and nobody can tell",
    ),
    row(
        "2001",
        Class::Content,
        "a provider took the message for fraud: review it before sending more",
    ),
    row(
        "invalid-json",
        Class::Content,
        "Vonage could not read the request: report this as a fault of Tidings",
    ),
    row(
        "low-balance",
        Class::Account,
        "the account has no credit: top it up in the Vonage dashboard",
    ),
    row(
        "not-found",
        Class::Account,
        "what the request names does not exist, or belongs to another account: check the application ID",
    ),
    row("throttled", Class::RateLimited, ""),
    row(
        "unathorized",
        Class::Account,
        "check the API key and secret, or the application's ID and private key",
    ),
    row(
        "unauthorized",
        Class::Account,
        "check the API key and secret, or the application's ID and private key",
    ),
    row(
        "unprovisioned",
        Class::Account,
        "the account or application may not use this product: enable Messages for it at Vonage",
    ),
];

const fn row(code: &'static str, class: Class, advice: &'static str) -> ErrorEntry {
    ErrorEntry {
        code,
        class,
        advice,
    }
}
