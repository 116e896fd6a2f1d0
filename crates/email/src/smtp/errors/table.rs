//! Codes of RFC 5321, RFC 3463 and IANA's registry of enhanced codes, as data.

use tidings_routing::{Class, ErrorEntry, ErrorTable};

/// What the codes of SMTP mean for a message whose recipient was just named; another stage may shift the
/// class, as the README says.
///
/// Enhanced codes first, then replies. Each is sorted.
pub static ERRORS: ErrorTable = ErrorTable::new(ROWS);

const FULL: &str =
    "the recipient's mailbox is full: use another channel, or send again another day";
const LOGIN: &str = "check user name and password; some servers want a password for programs";
const POLICY: &str = "the server's rules forbid it: see that the account may send from this sender, and ask whoever runs it";
const PROOF: &str =
    "the sender's domain is not proven: set up SPF, DKIM and DMARC in its DNS for this server";
const PROTOCOL: &str = "the server does not understand mail as we speak it: check host and port, and tell whoever runs the platform";
const SENDER: &str =
    "the server does not take mail from this sender: use an address that belongs to the account";
const TOO_BIG: &str = "the message is too big for the recipient: shorten it";

const ROWS: &[ErrorEntry] = &[
    row("4.2.2", Class::Transient, FULL),
    row("4.5.3", Class::Transient, ""),
    row("4.7.0", Class::Transient, ""),
    row("4.7.1", Class::Transient, ""),
    row("4.7.28", Class::RateLimited, ""),
    row("5.1.0", Class::Recipient, ""),
    row(
        "5.1.1",
        Class::Recipient,
        "there is no such mailbox: correct the address with the contact",
    ),
    row(
        "5.1.2",
        Class::Recipient,
        "there is no such domain: correct the address with the contact",
    ),
    row(
        "5.1.3",
        Class::Recipient,
        "the address is misspelt: correct it with the contact",
    ),
    row("5.1.4", Class::Recipient, ""),
    row(
        "5.1.6",
        Class::Recipient,
        "the mailbox has moved: ask the contact for the new address",
    ),
    row("5.1.7", Class::Sender, SENDER),
    row("5.1.8", Class::Sender, SENDER),
    row("5.1.9", Class::Recipient, ""),
    row(
        "5.1.10",
        Class::Recipient,
        "the domain takes no mail: correct the address with the contact",
    ),
    row("5.2.0", Class::Recipient, ""),
    row(
        "5.2.1",
        Class::Recipient,
        "the mailbox is closed: use another channel",
    ),
    row("5.2.2", Class::Recipient, FULL),
    row("5.2.3", Class::Content, TOO_BIG),
    row("5.2.4", Class::Recipient, ""),
    row("5.3.4", Class::Content, TOO_BIG),
    row("5.4.1", Class::Recipient, ""),
    row(
        "5.4.4",
        Class::Recipient,
        "nobody takes mail for the domain: correct the address with the contact",
    ),
    row("5.4.7", Class::Expired, ""),
    row("5.5.0", Class::Account, PROTOCOL),
    row("5.5.1", Class::Account, PROTOCOL),
    row("5.5.2", Class::Account, PROTOCOL),
    row("5.5.4", Class::Account, PROTOCOL),
    row("5.5.5", Class::Account, PROTOCOL),
    row("5.5.6", Class::Account, PROTOCOL),
    row("5.6.0", Class::Content, ""),
    row(
        "5.6.7",
        Class::Recipient,
        "the recipient's server takes no address in this script: ask for another",
    ),
    row("5.7.0", Class::Account, POLICY),
    row("5.7.1", Class::Account, POLICY),
    row("5.7.8", Class::Account, LOGIN),
    row("5.7.9", Class::Account, LOGIN),
    row(
        "5.7.10",
        Class::Account,
        "the server wants encryption: set the encryption to tls or starttls",
    ),
    row(
        "5.7.11",
        Class::Account,
        "the server wants encryption: set the encryption to tls or starttls",
    ),
    row("5.7.12", Class::Account, LOGIN),
    row(
        "5.7.13",
        Class::Account,
        "the server has closed the account: ask whoever runs it",
    ),
    row(
        "5.7.17",
        Class::Recipient,
        "the mailbox belongs to somebody else now: ask the contact",
    ),
    row(
        "5.7.18",
        Class::Recipient,
        "the domain belongs to somebody else now: ask the contact",
    ),
    row("5.7.20", Class::Sender, PROOF),
    row("5.7.21", Class::Sender, PROOF),
    row("5.7.22", Class::Sender, PROOF),
    row("5.7.23", Class::Sender, PROOF),
    row("5.7.24", Class::Sender, PROOF),
    row("5.7.25", Class::Sender, PROOF),
    row("5.7.26", Class::Sender, PROOF),
    row(
        "5.7.27",
        Class::Sender,
        "the sender's domain says that it has no mail: use another, or correct its DNS",
    ),
    row(
        "5.7.28",
        Class::Sender,
        "the receiving server holds the sender for a flood: send less, and see its postmaster pages",
    ),
    row("5.7.29", Class::Sender, PROOF),
    row("421", Class::Transient, ""),
    row("450", Class::Transient, ""),
    row("451", Class::Transient, ""),
    row("452", Class::Transient, ""),
    row("454", Class::Transient, ""),
    row("500", Class::Account, PROTOCOL),
    row("501", Class::Recipient, ""),
    row("502", Class::Account, PROTOCOL),
    row("503", Class::Account, PROTOCOL),
    row("504", Class::Account, PROTOCOL),
    row(
        "521",
        Class::Recipient,
        "the domain takes no mail: correct the address with the contact",
    ),
    row("530", Class::Account, LOGIN),
    row("534", Class::Account, LOGIN),
    row("535", Class::Account, LOGIN),
    row("538", Class::Account, LOGIN),
    row("550", Class::Recipient, ""),
    row("551", Class::Recipient, ""),
    row("552", Class::Recipient, ""),
    row("553", Class::Recipient, ""),
    row("554", Class::Recipient, ""),
    row("555", Class::Account, PROTOCOL),
    row(
        "556",
        Class::Recipient,
        "the domain takes no mail: correct the address with the contact",
    ),
];

const fn row(code: &'static str, class: Class, advice: &'static str) -> ErrorEntry {
    ErrorEntry {
        code,
        class,
        advice,
    }
}
