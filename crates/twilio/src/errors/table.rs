//! Twilio's error codes, as data (reference, section 6; error dictionary of May 2023 and later reports).

use tidings_routing::{Class, ErrorEntry, ErrorTable};

/// What Twilio's error codes mean for a message, and what a person can do.
///
/// The same codes come with refused calls and, later, with receipts. Rows are sorted by code.
pub static ERRORS: ErrorTable = ErrorTable::new(ROWS);

const ROWS: &[ErrorEntry] = &[
    row(
        11_200,
        Class::Account,
        "only the callback failed, not the message: see that the callback address answers from the internet",
    ),
    row(
        11_205,
        Class::Account,
        "only the callback failed, not the message: see that the callback address answers from the internet",
    ),
    row(
        12_300,
        Class::Account,
        "only the callback failed, not the message: see that the callback address answers from the internet",
    ),
    row(14_107, Class::RateLimited, ""),
    row(
        14_108,
        Class::Sender,
        "the sender does not serve the account or channel: choose another",
    ),
    row(20_001, Class::Content, ""),
    row(
        20_003,
        Class::Account,
        "check the Account SID and Auth Token, or the API key and its permissions",
    ),
    row(
        20_005,
        Class::Account,
        "the account is not active: see the Twilio console",
    ),
    row(
        20_006,
        Class::Account,
        "the credentials do not permit this: use a key with access to messages",
    ),
    row(
        20_403,
        Class::Account,
        "the credentials do not permit this: use a key with access to messages",
    ),
    row(
        20_404,
        Class::Account,
        "a SID is wrong or belongs to another account: check the account and the Messaging Service",
    ),
    row(20_422, Class::Content, ""),
    row(20_429, Class::RateLimited, ""),
    row(20_500, Class::Transient, ""),
    row(20_503, Class::Transient, ""),
    row(
        21_211,
        Class::Recipient,
        "the number is not valid: correct it with the contact",
    ),
    row(
        21_212,
        Class::Sender,
        "the sender is not a valid number or sender id: correct it",
    ),
    row(
        21_219,
        Class::Account,
        "a trial account reaches verified numbers only: verify the number or upgrade the account",
    ),
    row(
        21_408,
        Class::Sender,
        "allow the recipient's country under Messaging, Geo permissions in the Twilio console",
    ),
    row(
        21_601,
        Class::Sender,
        "the sender cannot carry this kind of message: choose one that can",
    ),
    row(
        21_602,
        Class::Content,
        "the message has no text and no media",
    ),
    row(21_603, Class::Content, "the message names no sender"),
    row(21_604, Class::Content, "the message names no recipient"),
    row(
        21_606,
        Class::Sender,
        "the sender is not a number of this account that can send messages: choose another",
    ),
    row(
        21_608,
        Class::Account,
        "a trial account reaches verified numbers only: verify the number or upgrade the account",
    ),
    row(
        21_609,
        Class::Content,
        "the callback address must be public and its host without underscores: correct the installation's public address",
    ),
    row(
        21_610,
        Class::OptedOut,
        "the contact has sent STOP to this sender: only their own START undoes it",
    ),
    row(
        21_611,
        Class::RateLimited,
        "the sender's queue at Twilio is full: it is sent when there is room",
    ),
    row(
        21_612,
        Class::Recipient,
        "Twilio has no route from this sender to this number: try another kind of sender",
    ),
    row(
        21_614,
        Class::Recipient,
        "the number is not a mobile number: use another number or channel",
    ),
    row(
        21_617,
        Class::Content,
        "the text is longer than 1600 characters: shorten it",
    ),
    row(21_618, Class::Content, ""),
    row(
        21_620,
        Class::Content,
        "a media address is not valid: it must be a public https address",
    ),
    row(21_621, Class::Content, ""),
    row(21_622, Class::Content, ""),
    row(
        21_623,
        Class::Content,
        "there are too many attachments: ten are the most",
    ),
    row(
        21_624,
        Class::Content,
        "the validity period is out of range",
    ),
    row(
        21_654,
        Class::Content,
        "the Content SID is not valid: check the template's id at Twilio",
    ),
    row(
        21_655,
        Class::Content,
        "the Content SID is not known: check the template's id at Twilio",
    ),
    row(
        21_656,
        Class::Content,
        "the template's variables do not fit: compare them with the Content at Twilio",
    ),
    row(
        21_657,
        Class::Sender,
        "the sender cannot carry this content: choose another",
    ),
    row(
        21_658,
        Class::Content,
        "a template variable is too long or malformed",
    ),
    row(
        21_659,
        Class::Sender,
        "the sender is not a number of this account or not able to message there: choose another",
    ),
    row(
        21_660,
        Class::Sender,
        "the sender belongs to another account: choose one of this account",
    ),
    row(
        21_701,
        Class::Account,
        "the Messaging Service does not exist: check its SID",
    ),
    row(
        21_702,
        Class::Account,
        "the Messaging Service is not ready: see the Twilio console",
    ),
    row(
        21_703,
        Class::Account,
        "the Messaging Service has no sender: add one to its pool",
    ),
    row(
        21_704,
        Class::Account,
        "the Messaging Service has no sender: add one to its pool",
    ),
    row(
        21_705,
        Class::Account,
        "the Messaging Service is not valid: check its SID",
    ),
    row(
        30_001,
        Class::RateLimited,
        "the sender's queue at Twilio is full: it is sent when there is room",
    ),
    row(
        30_002,
        Class::Account,
        "the account was suspended: see the Twilio console",
    ),
    row(
        30_003,
        Class::Transient,
        "the phone is off or out of reach: it is tried again, then try another channel",
    ),
    row(
        30_004,
        Class::Recipient,
        "the recipient or carrier blocks the message: use another channel, or ask the contact",
    ),
    row(
        30_005,
        Class::Recipient,
        "the number is unknown or no longer in service: correct it with the contact",
    ),
    row(
        30_006,
        Class::Recipient,
        "the number is a landline or its carrier cannot be reached: use another channel",
    ),
    row(
        30_007,
        Class::Content,
        "a carrier or Twilio filtered the message as spam: review text, links and registration before sending more",
    ),
    row(30_008, Class::Transient, ""),
    row(
        30_010,
        Class::Content,
        "the message costs more than the maximum price",
    ),
    row(
        30_011,
        Class::Content,
        "the carrier takes no MMS from this sender: send a link instead",
    ),
    row(
        30_017,
        Class::Transient,
        "the carrier is congested: it is tried again",
    ),
    row(
        30_018,
        Class::Sender,
        "the destination demands a registered sender id: register it at Twilio",
    ),
    row(
        30_019,
        Class::Content,
        "the media are too large for the carrier: make them smaller or send a link",
    ),
    row(
        30_022,
        Class::RateLimited,
        "the carriers' rate for this campaign is used up: it is sent when they allow",
    ),
    row(
        30_023,
        Class::RateLimited,
        "the daily limit of the brand is used up until midnight in the United States",
    ),
    row(
        30_024,
        Class::Sender,
        "the sender id is not registered at the destination: register it at Twilio",
    ),
    row(
        30_025,
        Class::RateLimited,
        "a warning only: half of the brand's daily limit is used",
    ),
    row(
        30_026,
        Class::RateLimited,
        "a warning only: 70 percent of the brand's daily limit is used",
    ),
    row(
        30_027,
        Class::RateLimited,
        "the daily limit of the brand is used up until midnight in the United States",
    ),
    row(
        30_032,
        Class::Sender,
        "the toll-free number is not verified: submit its verification at Twilio",
    ),
    row(
        30_033,
        Class::Sender,
        "the A2P campaign is suspended: see the Twilio console",
    ),
    row(
        30_034,
        Class::Sender,
        "the number is not registered for A2P 10DLC: add it to an approved campaign",
    ),
    row(
        30_035,
        Class::Sender,
        "the number's registration is still being set up: wait, or use another sender",
    ),
    row(30_036, Class::Expired, ""),
    row(
        63_001,
        Class::Account,
        "the channel refuses the account's authentication: see the sender in the Twilio console",
    ),
    row(
        63_002,
        Class::Account,
        "the channel does not know the sender: see the sender in the Twilio console",
    ),
    row(
        63_003,
        Class::Recipient,
        "the recipient is not on this channel: use another",
    ),
    row(63_005, Class::Content, ""),
    row(63_006, Class::Content, ""),
    row(
        63_007,
        Class::Account,
        "the account has no such sender on this channel: connect it in the Twilio console",
    ),
    row(
        63_008,
        Class::Account,
        "the channel is not set up correctly: see the sender in the Twilio console",
    ),
    row(63_009, Class::Transient, ""),
    row(63_010, Class::Transient, ""),
    row(63_012, Class::Transient, ""),
    row(
        63_013,
        Class::Content,
        "the content breaks the channel's policy: change it before sending more",
    ),
    row(
        63_014,
        Class::OptedOut,
        "the contact has blocked this sender: only they can undo it",
    ),
    row(
        63_015,
        Class::Recipient,
        "the recipient has not joined the WhatsApp sandbox: let them send the join code",
    ),
    row(63_016, Class::WindowClosed, ""),
    row(63_017, Class::RateLimited, ""),
    row(63_018, Class::RateLimited, ""),
    row(
        63_019,
        Class::Transient,
        "Twilio could not fetch the media: see that their address is public",
    ),
    row(
        63_020,
        Class::Account,
        "the WhatsApp business account is not in order: see Meta's business manager",
    ),
    row(63_021, Class::Content, ""),
    row(
        63_022,
        Class::Account,
        "the WhatsApp sender's certificate is not valid: see the sender in the Twilio console",
    ),
    row(63_023, Class::Transient, ""),
    row(
        63_024,
        Class::Recipient,
        "the recipient is not on WhatsApp: use another channel",
    ),
    row(
        63_026,
        Class::Content,
        "WhatsApp took the message for spam: change it before sending more",
    ),
    row(
        63_027,
        Class::Content,
        "the template does not exist in this language at WhatsApp: have it approved first",
    ),
    row(
        63_028,
        Class::Content,
        "the number of template variables does not fit: compare them with the Content at Twilio",
    ),
    row(63_029, Class::Transient, ""),
    row(63_030, Class::Content, ""),
    row(63_031, Class::Content, "sender and recipient are the same"),
    row(
        63_032,
        Class::Recipient,
        "WhatsApp chose not to deliver this to the user: wait a day, or use another channel",
    ),
    row(
        63_033,
        Class::OptedOut,
        "the contact has blocked this sender: only they can undo it",
    ),
    row(63_034, Class::Content, ""),
    row(63_037, Class::Content, ""),
    row(
        63_038,
        Class::RateLimited,
        "the account's daily number of messages is used up: it is sent tomorrow, or raise the limit at Twilio",
    ),
    row(
        63_040,
        Class::Content,
        "WhatsApp rejected the template: change it and submit it again",
    ),
    row(
        63_041,
        Class::Content,
        "WhatsApp paused the template for its quality: use another",
    ),
    row(
        63_042,
        Class::Content,
        "WhatsApp disabled the template: use another",
    ),
    row(
        63_046,
        Class::Content,
        "nothing to do: WhatsApp approved the template",
    ),
    row(
        63_049,
        Class::Recipient,
        "WhatsApp limits marketing to this user: wait a day, or use another channel",
    ),
    row(
        63_051,
        Class::Account,
        "the WhatsApp business account is locked: see Meta's business manager",
    ),
    row(
        63_062,
        Class::Account,
        "accept the terms of marketing messages in Meta's business manager: other purposes still work",
    ),
];

/// An empty advice stands for the advice of the class.
const fn row(code: u32, class: Class, advice: &'static str) -> ErrorEntry {
    ErrorEntry {
        code,
        class,
        advice,
    }
}
