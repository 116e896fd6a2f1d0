//! Twilio's error codes, as data (reference, section 6; error dictionary of May 2023 and later reports).

use tidings_routing::{Certainty, Class, ErrorEntry, ErrorTable};

/// What Twilio's error codes mean for a message, and what a person can do.
///
/// The same codes come with refused calls and, later, with receipts. Rows are sorted by code.
pub static ERRORS: ErrorTable = ErrorTable::new(ROWS).with_absences(ABSENCES);

/// The codes that say that nobody is there.
const ABSENCES: &[(&str, Certainty)] =
    &[("63003", Certainty::Stated), ("63024", Certainty::Stated)];

const ROWS: &[ErrorEntry] = &[
    row(
        "11200",
        Class::Account,
        "only the callback failed, not the message: see that the callback address answers from the internet",
    ),
    row(
        "11205",
        Class::Account,
        "only the callback failed, not the message: see that the callback address answers from the internet",
    ),
    row(
        "12300",
        Class::Account,
        "only the callback failed, not the message: see that the callback address answers from the internet",
    ),
    row("14107", Class::RateLimited, ""),
    row(
        "14108",
        Class::Sender,
        "the sender does not serve the account or channel: choose another",
    ),
    row("20001", Class::Content, ""),
    row(
        "20003",
        Class::Account,
        "check the Account SID and Auth Token, or the API key and its permissions",
    ),
    row(
        "20005",
        Class::Account,
        "the account is not active: see the Twilio console",
    ),
    row(
        "20006",
        Class::Account,
        "the credentials do not permit this: use a key with access to messages",
    ),
    row(
        "20403",
        Class::Account,
        "the credentials do not permit this: use a key with access to messages",
    ),
    row(
        "20404",
        Class::Account,
        "a SID is wrong or belongs to another account: check the account and the Messaging Service",
    ),
    row("20422", Class::Content, ""),
    row("20429", Class::RateLimited, ""),
    row("20500", Class::Transient, ""),
    row("20503", Class::Transient, ""),
    row(
        "21211",
        Class::Recipient,
        "the number is not valid: correct it with the contact",
    ),
    row(
        "21212",
        Class::Sender,
        "the sender is not a valid number or sender id: correct it",
    ),
    row(
        "21219",
        Class::Account,
        "a trial account reaches verified numbers only: verify the number or upgrade the account",
    ),
    row(
        "21408",
        Class::Sender,
        "allow the recipient's country under Messaging, Geo permissions in the Twilio console",
    ),
    row(
        "21601",
        Class::Sender,
        "the sender cannot carry this kind of message: choose one that can",
    ),
    row(
        "21602",
        Class::Content,
        "the message has no text and no media",
    ),
    row("21603", Class::Content, "the message names no sender"),
    row("21604", Class::Content, "the message names no recipient"),
    row(
        "21606",
        Class::Sender,
        "the sender is not a number of this account that can send messages: choose another",
    ),
    row(
        "21608",
        Class::Account,
        "a trial account reaches verified numbers only: verify the number or upgrade the account",
    ),
    row(
        "21609",
        Class::Content,
        "the callback address must be public and its host without underscores: correct the installation's public address",
    ),
    row(
        "21610",
        Class::OptedOut,
        "the contact has sent STOP to this sender: only their own START undoes it",
    ),
    row(
        "21611",
        Class::RateLimited,
        "the sender's queue at Twilio is full: it is sent when there is room",
    ),
    row(
        "21612",
        Class::Recipient,
        "Twilio has no route from this sender to this number: try another kind of sender",
    ),
    row(
        "21614",
        Class::Recipient,
        "the number is not a mobile number: use another number or channel",
    ),
    row(
        "21617",
        Class::Content,
        "the text is longer than 1600 characters: shorten it",
    ),
    row("21618", Class::Content, ""),
    row(
        "21620",
        Class::Content,
        "a media address is not valid: it must be a public https address",
    ),
    row("21621", Class::Content, ""),
    row("21622", Class::Content, ""),
    row(
        "21623",
        Class::Content,
        "there are too many attachments: ten are the most",
    ),
    row(
        "21624",
        Class::Content,
        "the validity period is out of range",
    ),
    row(
        "21654",
        Class::Content,
        "the Content SID is not valid: check the template's id at Twilio",
    ),
    row(
        "21655",
        Class::Content,
        "the Content SID is not known: check the template's id at Twilio",
    ),
    row(
        "21656",
        Class::Content,
        "the template's variables do not fit: compare them with the Content at Twilio",
    ),
    row(
        "21657",
        Class::Sender,
        "the sender cannot carry this content: choose another",
    ),
    row(
        "21658",
        Class::Content,
        "a template variable is too long or malformed",
    ),
    row(
        "21659",
        Class::Sender,
        "the sender is not a number of this account or not able to message there: choose another",
    ),
    row(
        "21660",
        Class::Sender,
        "the sender belongs to another account: choose one of this account",
    ),
    row(
        "21701",
        Class::Account,
        "the Messaging Service does not exist: check its SID",
    ),
    row(
        "21702",
        Class::Account,
        "the Messaging Service is not ready: see the Twilio console",
    ),
    row(
        "21703",
        Class::Account,
        "the Messaging Service has no sender: add one to its pool",
    ),
    row(
        "21704",
        Class::Account,
        "the Messaging Service has no sender: add one to its pool",
    ),
    row(
        "21705",
        Class::Account,
        "the Messaging Service is not valid: check its SID",
    ),
    row(
        "30001",
        Class::RateLimited,
        "the sender's queue at Twilio is full: it is sent when there is room",
    ),
    row(
        "30002",
        Class::Account,
        "the account was suspended: see the Twilio console",
    ),
    row(
        "30003",
        Class::Transient,
        "the phone is off or out of reach: it is tried again, then try another channel",
    ),
    row(
        "30004",
        Class::Recipient,
        "the recipient or carrier blocks the message: use another channel, or ask the contact",
    ),
    row(
        "30005",
        Class::Recipient,
        "the number is unknown or no longer in service: correct it with the contact",
    ),
    row(
        "30006",
        Class::Recipient,
        "the number is a landline or its carrier cannot be reached: use another channel",
    ),
    row(
        "30007",
        Class::Content,
        "a carrier or Twilio filtered the message as spam: review text, links and registration before sending more",
    ),
    row("30008", Class::Transient, ""),
    row(
        "30010",
        Class::Content,
        "the message costs more than the maximum price",
    ),
    row(
        "30011",
        Class::Content,
        "the carrier takes no MMS from this sender: send a link instead",
    ),
    row(
        "30017",
        Class::Transient,
        "the carrier is congested: it is tried again",
    ),
    row(
        "30018",
        Class::Sender,
        "the destination demands a registered sender id: register it at Twilio",
    ),
    row(
        "30019",
        Class::Content,
        "the media are too large for the carrier: make them smaller or send a link",
    ),
    row(
        "30022",
        Class::RateLimited,
        "the carriers' rate for this campaign is used up: it is sent when they allow",
    ),
    row(
        "30023",
        Class::RateLimited,
        "the daily limit of the brand is used up until midnight in the United States",
    ),
    row(
        "30024",
        Class::Sender,
        "the sender id is not registered at the destination: register it at Twilio",
    ),
    row(
        "30025",
        Class::RateLimited,
        "a warning only: half of the brand's daily limit is used",
    ),
    row(
        "30026",
        Class::RateLimited,
        "a warning only: 70 percent of the brand's daily limit is used",
    ),
    row(
        "30027",
        Class::RateLimited,
        "the daily limit of the brand is used up until midnight in the United States",
    ),
    row(
        "30032",
        Class::Sender,
        "the toll-free number is not verified: submit its verification at Twilio",
    ),
    row(
        "30033",
        Class::Sender,
        "the A2P campaign is suspended: see the Twilio console",
    ),
    row(
        "30034",
        Class::Sender,
        "the number is not registered for A2P 10DLC: add it to an approved campaign",
    ),
    row(
        "30035",
        Class::Sender,
        "the number's registration is still being set up: wait, or use another sender",
    ),
    row("30036", Class::Expired, ""),
    row(
        "63001",
        Class::Account,
        "the channel refuses the account's authentication: see the sender in the Twilio console",
    ),
    row(
        "63002",
        Class::Account,
        "the channel does not know the sender: see the sender in the Twilio console",
    ),
    row(
        "63003",
        Class::Recipient,
        "the recipient is not on this channel: use another",
    ),
    row("63005", Class::Content, ""),
    row("63006", Class::Content, ""),
    row(
        "63007",
        Class::Account,
        "the account has no such sender on this channel: connect it in the Twilio console",
    ),
    row(
        "63008",
        Class::Account,
        "the channel is not set up correctly: see the sender in the Twilio console",
    ),
    row("63009", Class::Transient, ""),
    row("63010", Class::Transient, ""),
    row("63012", Class::Transient, ""),
    row(
        "63013",
        Class::Content,
        "the content breaks the channel's policy: change it before sending more",
    ),
    row(
        "63014",
        Class::OptedOut,
        "the contact has blocked this sender: only they can undo it",
    ),
    row(
        "63015",
        Class::Recipient,
        "the recipient has not joined the WhatsApp sandbox: let them send the join code",
    ),
    row("63016", Class::WindowClosed, ""),
    row("63017", Class::RateLimited, ""),
    row("63018", Class::RateLimited, ""),
    row(
        "63019",
        Class::Transient,
        "Twilio could not fetch the media: see that their address is public",
    ),
    row(
        "63020",
        Class::Account,
        "the WhatsApp business account is not in order: see Meta's business manager",
    ),
    row("63021", Class::Content, ""),
    row(
        "63022",
        Class::Account,
        "the WhatsApp sender's certificate is not valid: see the sender in the Twilio console",
    ),
    row("63023", Class::Transient, ""),
    row(
        "63024",
        Class::Recipient,
        "the recipient is not on WhatsApp: use another channel",
    ),
    row(
        "63026",
        Class::Content,
        "WhatsApp took the message for spam: change it before sending more",
    ),
    row(
        "63027",
        Class::Content,
        "the template does not exist in this language at WhatsApp: have it approved first",
    ),
    row(
        "63028",
        Class::Content,
        "the number of template variables does not fit: compare them with the Content at Twilio",
    ),
    row("63029", Class::Transient, ""),
    row("63030", Class::Content, ""),
    row("63031", Class::Content, "sender and recipient are the same"),
    row(
        "63032",
        Class::Recipient,
        "WhatsApp chose not to deliver this to the user: wait a day, or use another channel",
    ),
    row(
        "63033",
        Class::OptedOut,
        "the contact has blocked this sender: only they can undo it",
    ),
    row("63034", Class::Content, ""),
    row("63037", Class::Content, ""),
    row(
        "63038",
        Class::RateLimited,
        "the account's daily number of messages is used up: it is sent tomorrow, or raise the limit at Twilio",
    ),
    row(
        "63040",
        Class::Content,
        "WhatsApp rejected the template: change it and submit it again",
    ),
    row(
        "63041",
        Class::Content,
        "WhatsApp paused the template for its quality: use another",
    ),
    row(
        "63042",
        Class::Content,
        "WhatsApp disabled the template: use another",
    ),
    row(
        "63046",
        Class::Content,
        "nothing to do: WhatsApp approved the template",
    ),
    row(
        "63049",
        Class::Recipient,
        "WhatsApp limits marketing to this user: wait a day, or use another channel",
    ),
    row(
        "63051",
        Class::Account,
        "the WhatsApp business account is locked: see Meta's business manager",
    ),
    row(
        "63062",
        // Everything but marketing still goes.
        Class::Sender,
        "accept the terms of marketing messages in Meta's business manager: other purposes still work",
    ),
];

/// An empty advice stands for the advice of the class.
const fn row(code: &'static str, class: Class, advice: &'static str) -> ErrorEntry {
    ErrorEntry {
        code,
        class,
        advice,
    }
}
