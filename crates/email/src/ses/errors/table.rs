//! The errors of SES and of AWS in front of it, bounces and other failures after acceptance, as data.

use tidings_routing::{Class, ErrorEntry, ErrorTable};

/// What the errors and bounces of SES mean for a message, and what a person can do.
///
/// A name with a dot behind it is one that means several things, told apart by what comes with it: a bounce
/// by its subtype, an error by its words. Rows are sorted within their kind.
pub static ERRORS: ErrorTable = ErrorTable::new(ROWS);

const CLOCK: &str =
    "the platform's clock is wrong, or the request was held back: tell whoever runs it";
const FULL: &str =
    "the recipient's mailbox is full: use another channel, or send again another day";
const KEYS: &str =
    "check access key ID and secret access key, and that the key belongs to the region's partition";
const PAUSED: &str = "AWS has paused sending: see the SES console";
const PERMISSION: &str =
    "let the key's user call ses:SendEmail and ses:SendRawEmail, and ses:GetAccount";
const SUPPRESSED: &str = "the address is on a suppression list, so nothing was sent: if it works again, remove it in the SES console";
const VERIFY: &str = "verify the sending domain in the SES console of this region; in the sandbox every recipient, too";

const ROWS: &[ErrorEntry] = &[
    // Refused calls.
    row("AccessDeniedException", Class::Account, PERMISSION),
    row("AccountSuspendedException", Class::Account, PAUSED),
    row("BadRequestException", Class::Content, ""),
    row(
        "BadRequestException.Address",
        Class::Recipient,
        "the address is misspelt: correct it with the contact",
    ),
    row(
        "DailyQuota",
        Class::Account,
        "the quota of the last 24 hours is used up: wait, or ask AWS for more",
    ),
    row(
        "ExpiredTokenException",
        Class::Account,
        "the session token has ended: give a new one, or keys that stay",
    ),
    row("IncompleteSignature", Class::Account, KEYS),
    row("InternalFailure", Class::Transient, ""),
    row("InternalServiceErrorException", Class::Transient, ""),
    row("InvalidClientTokenId", Class::Account, KEYS),
    row("InvalidSignatureException", Class::Account, KEYS),
    row(
        "LimitExceededException",
        Class::Account,
        "a limit of the account is reached: see Service quotas in the AWS console",
    ),
    row(
        "MailFromDomainNotVerifiedException",
        Class::Account,
        "the MAIL FROM domain is not verified: see its DNS records in the SES console",
    ),
    row("MessageRejected", Class::Content, ""),
    row("MessageRejected.NotVerified", Class::Account, VERIFY),
    row("MissingAuthenticationTokenException", Class::Account, KEYS),
    row(
        "NotFoundException",
        Class::Account,
        "the configuration set or tenant is not in this region: correct its name",
    ),
    row(
        "OptInRequired",
        Class::Account,
        "the AWS account has no access to SES: see the AWS console",
    ),
    row("RequestExpired", Class::Account, CLOCK),
    row("SendingPausedException", Class::Account, PAUSED),
    row("ServiceUnavailable", Class::Transient, ""),
    row("ServiceUnavailableException", Class::Transient, ""),
    row("SignatureDoesNotMatch", Class::Account, KEYS),
    row("Throttling", Class::RateLimited, ""),
    row("ThrottlingException", Class::RateLimited, ""),
    row("TooManyRequestsException", Class::RateLimited, ""),
    row("UnrecognizedClientException", Class::Account, KEYS),
    row("ValidationException", Class::Content, ""),
    // Failures after acceptance.
    row(
        "Complaint.OnAccountSuppressionList",
        Class::OptedOut,
        SUPPRESSED,
    ),
    row("Permanent", Class::Recipient, ""),
    row(
        "Permanent.General",
        Class::Recipient,
        "the mailbox does not take mail: correct the address with the contact",
    ),
    row(
        "Permanent.NoEmail",
        Class::Recipient,
        "there is no such mailbox: correct the address with the contact",
    ),
    row(
        "Permanent.OnAccountSuppressionList",
        Class::Recipient,
        SUPPRESSED,
    ),
    row("Permanent.Suppressed", Class::Recipient, SUPPRESSED),
    row(
        "Reject",
        Class::Content,
        "SES found a virus in the message: remove it",
    ),
    row("RenderingFailure", Class::Content, ""),
    row("Transient", Class::Recipient, ""),
    row("Transient.AttachmentRejected", Class::Content, ""),
    row(
        "Transient.ContentRejected",
        Class::Content,
        "the recipient's server refused the text: change it",
    ),
    row(
        "Transient.General",
        Class::Recipient,
        "the recipient's server took no mail for hours, or answered by itself: send again another day",
    ),
    row("Transient.MailboxFull", Class::Recipient, FULL),
    row(
        "Transient.MessageTooLarge",
        Class::Content,
        "the message is too big for the recipient: shorten it",
    ),
    row("Undetermined", Class::Recipient, ""),
];

const fn row(code: &'static str, class: Class, advice: &'static str) -> ErrorEntry {
    ErrorEntry {
        code,
        class,
        advice,
    }
}
