//! Meta's error codes, as data (reference, section 11).

use tidings_routing::{Certainty, Class, ErrorEntry, ErrorTable};

/// Meta's error codes, from the page "Error codes" (read as of December 2025) and the SDK pywa 4.5.
///
/// The same codes come with calls and with status callbacks. The permission codes 200 to 299 are all
/// [`Class::Account`] and not listed one by one.
pub const ERRORS: ErrorTable = ErrorTable::new(&[
    row(
        "0",
        Class::Account,
        "the access token is invalid or expired: make a new one",
    ),
    row(
        "1",
        Class::Transient,
        "Meta could not tell what is wrong: if it comes again, compare the call with Meta's documents",
    ),
    row("2", Class::Transient, ""),
    row("3", Class::Account, PERMISSION),
    row("4", Class::RateLimited, ""),
    row("10", Class::Account, PERMISSION),
    row(
        "33",
        Class::Account,
        "the phone number id is wrong or was deleted: copy it again",
    ),
    row(
        "100",
        Class::Content,
        "Meta refuses a field of the call: correct the text, template or media",
    ),
    row(
        "190",
        Class::Account,
        "the access token is invalid or expired: make a new one",
    ),
    row(
        "368",
        Class::Account,
        "Meta has restricted the account for a breach of policy: see the account quality page",
    ),
    row("80007", Class::RateLimited, ""),
    row("130429", Class::RateLimited, ""),
    row("130472", Class::Recipient, NOT_FOR_A_DAY),
    row(
        "130497",
        Class::Recipient,
        "Meta does not let this business message this country: use another channel",
    ),
    row("131000", Class::Transient, ""),
    row("131005", Class::Account, PERMISSION),
    row("131008", Class::Content, "a parameter is missing"),
    row(
        "131009",
        Class::Content,
        "a parameter has a value that Meta refuses",
    ),
    row("131016", Class::Transient, ""),
    row(
        "131021",
        Class::Recipient,
        "the recipient is the sender: use another number",
    ),
    row(
        "131026",
        Class::Recipient,
        "the number is not on WhatsApp, or its app is too old: use another channel",
    ),
    row(
        "131030",
        Class::Recipient,
        "the sender is a test number: add the recipient to its list at Meta",
    ),
    row(
        "131031",
        Class::Account,
        "the account is locked: see the account quality page at Meta",
    ),
    row(
        "131037",
        Class::Account,
        "Meta has not approved the display name of the number yet",
    ),
    row("131042", Class::Account, PAYMENT),
    row("131044", Class::Account, PAYMENT),
    row("131045", Class::Account, REGISTER),
    row("131047", Class::WindowClosed, ""),
    row(
        "131048",
        Class::RateLimited,
        "many recipients blocked or reported the sender: pause campaigns until its quality recovers",
    ),
    row("131049", Class::Recipient, NOT_FOR_A_DAY),
    row(
        "131050",
        Class::OptedOut,
        "the contact stopped marketing on WhatsApp: they must resume it there",
    ),
    row(
        "131051",
        Class::Content,
        "WhatsApp does not support this type of message",
    ),
    row(
        "131052",
        Class::Content,
        "the contact's file could not be downloaded: ask them to send it again",
    ),
    row(
        "131053",
        Class::Content,
        "Meta could not fetch the file: check its address, type and size",
    ),
    row("131056", Class::RateLimited, ""),
    row(
        "131057",
        Class::Transient,
        "the number is in maintenance for about a minute",
    ),
    row(
        "131062",
        Class::Content,
        "this message needs a phone number, not a WhatsApp user id",
    ),
    row(
        "131063",
        // Everything but marketing still goes.
        Class::Sender,
        "marketing is switched off for the Cloud API in this account: switch it on at Meta",
    ),
    row(
        "131064",
        Class::RateLimited,
        "templates of a wrong category used up the limit: correct their category",
    ),
    row("132000", Class::Content, TEMPLATE_PARAMETERS),
    row(
        "132001",
        Class::Content,
        "there is no approved template of this name and language",
    ),
    row(
        "132005",
        Class::Content,
        "the text is too long once the values are merged in: shorten them",
    ),
    row(
        "132007",
        Class::Content,
        "the text breaks a policy of WhatsApp",
    ),
    row("132008", Class::Content, TEMPLATE_PARAMETERS),
    row("132012", Class::Content, TEMPLATE_PARAMETERS),
    row(
        "132015",
        Class::Content,
        "the template is paused for low quality: improve it, or wait until Meta resumes it",
    ),
    row(
        "132016",
        Class::Content,
        "the template is disabled for low quality: make a new one",
    ),
    row(
        "132068",
        Class::Content,
        "the flow is blocked: correct it at Meta",
    ),
    row("132069", Class::RateLimited, ""),
    row("133004", Class::Transient, ""),
    row("133006", Class::Account, REGISTER),
    row(
        "133008",
        Class::RateLimited,
        "too many wrong PINs: wait, then use the right one",
    ),
    row(
        "133009",
        Class::RateLimited,
        "PINs came too fast: wait, then use the right one",
    ),
    row("133010", Class::Account, REGISTER),
    row(
        "133015",
        Class::RateLimited,
        "the number was deleted a moment ago: wait five minutes",
    ),
    row(
        "133016",
        Class::RateLimited,
        "the number was registered too often: wait 72 hours",
    ),
    row(
        "134100",
        Class::Content,
        "this way of sending takes marketing templates only",
    ),
    row(
        "134101",
        Class::RateLimited,
        "Meta is still copying the template: wait ten minutes",
    ),
    row(
        "134102",
        Class::Account,
        "the account may not use the Marketing Messages API",
    ),
    row(
        "135000",
        Class::Content,
        "Meta refuses a parameter without saying which: compare the call with Meta's documents",
    ),
    row(
        "137000",
        Class::Recipient,
        "the contact has changed phones: confirm who they are first",
    ),
    row("2388019", Class::Content, TEMPLATE_CREATION),
    row("2388040", Class::Content, TEMPLATE_CREATION),
    row("2388047", Class::Content, TEMPLATE_CREATION),
    row("2388072", Class::Content, TEMPLATE_CREATION),
    row("2388073", Class::Content, TEMPLATE_CREATION),
    row("2388293", Class::Content, TEMPLATE_CREATION),
    row("2388299", Class::Content, TEMPLATE_CREATION),
])
.with_absences(&[("131026", Certainty::Stated)]);

pub(super) const PERMISSION: &str = "give the token the permissions whatsapp_business_messaging and whatsapp_business_management, and the system user the WhatsApp account";
const NOT_FOR_A_DAY: &str = "Meta did not deliver it, to protect the person: send no marketing to them before 24 hours are over";
const REGISTER: &str = "register the phone number for the Cloud API at Meta, with its PIN";
const TEMPLATE_PARAMETERS: &str =
    "the values do not fit the approved template: compare their number, names and format";
pub(super) const NAME_RESTS: &str = "choose another name, or wait: Meta keeps the name of a template that was removed for 30 days in its language";
const TEMPLATE_CREATION: &str = "correct the template and submit it again";
const PAYMENT: &str = "settle the payment method of the WhatsApp account at Meta";

/// An empty advice stands for the advice of the class.
const fn row(code: &'static str, class: Class, advice: &'static str) -> ErrorEntry {
    ErrorEntry {
        code,
        class,
        advice,
    }
}
