//! Words that pages have in common.

use tidings_kernel::{Channel, Purpose};
use tidings_messaging::{Class, Role, Status};

/// What was just done. Addresses carry the key alone, so that nobody can put words into our mouth.
pub(crate) fn done(key: &str) -> Option<&'static str> {
    Some(match key {
        "saved" => "Saved.",
        "submitted" => "Submitted. The provider looks at it now.",
        "withdrawn" => "Removed at the provider. It stays here.",
        "synced" => "The providers were asked.",
        "imported" => "Taken over.",
        "subscribed" => "Subscribed: the provider has reached us and tells us what happens.",
        "registered" => "Registered: the number can send.",
        "added" => "Added.",
        "removed" => "Removed.",
        "merged" => "They are one contact now.",
        "erased" => "The person is erased. What was refused stays refused.",
        "tested" => "The provider answers, and the credentials work.",
        "enabled" => "Switched on: messages may go this way again.",
        "disabled" => "Switched off: nothing more goes this way.",
        "recorded" => "Recorded in the consent history.",
        "blocked" => "Blocked. What they write is kept, and nobody is told of it.",
        "unblocked" => "Not blocked any more: what they write appears again.",
        "cancelled" => "Cancelled: it will not be sent.",
        "replayed" => "It is applied anew.",
        "queued" => "Queued again. It is judged anew before it is sent.",
        "revoked" => "Withdrawn: it opens nothing any more.",
        "password" => "Your password is changed, and every other session of yours has ended.",
        "opened" => "The channel is open again.",
        "closed" => "The switch is thrown. What waits is held back too.",
        "sent" => "Sent off. Its status shows below.",
        _ => return None,
    })
}

pub(crate) const fn channel(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS",
        Channel::Whatsapp => "WhatsApp",
        Channel::Email => "Email",
    }
}

pub(crate) const fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Transactional => "Transactional",
        Purpose::Reminder => "Reminder",
        Purpose::Conversational => "Conversational",
        Purpose::Marketing => "Marketing",
        Purpose::Authentication => "Authentication",
        Purpose::Emergency => "Emergency",
        Purpose::OptOutConfirmation => "Opt-out confirmation",
        Purpose::DoubleOptIn => "Double opt-in",
    }
}

pub(crate) const fn role(role: Role) -> &'static str {
    match role {
        Role::Viewer => "Viewer: sees everything but credentials",
        Role::Member => "Member: also contacts, consent, templates and messages",
        Role::Admin => "Admin: also accounts, settings, keys and members",
        Role::Owner => "Owner: everything",
    }
}

pub(crate) const fn class(class: Class) -> &'static str {
    match class {
        Class::Emergency => "Emergency",
        Class::Authentication => "Authentication",
        Class::Conversational => "Conversational",
        Class::Transactional => "Transactional",
        Class::Reminder => "Reminder",
        Class::Marketing => "Marketing",
    }
}

/// How a status is shown: its color, which is never all that tells, and its word.
pub(crate) const fn status(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::Accepted => ("calm", "Accepted"),
        Status::Deferred => ("calm", "Deferred"),
        Status::Queued => ("calm", "Queued"),
        Status::Sending => ("calm", "Sending"),
        Status::Sent => ("calm", "Sent"),
        Status::Delivered => ("good", "Delivered"),
        Status::Read => ("good", "Read"),
        Status::Failed => ("bad", "Failed"),
        Status::Blocked => ("bad", "Blocked"),
        Status::Cancelled => ("calm", "Cancelled"),
        Status::Expired => ("warn", "Expired"),
        Status::Received => ("calm", "Received"),
    }
}

/// How long something still lasts: `3 h 12 min`, by the minute.
pub(crate) fn left(span: time::Duration) -> String {
    let minutes = span.whole_minutes().max(0);
    match (minutes / 60, minutes % 60) {
        (0, 0) => "less than a minute".to_owned(),
        (0, minutes) => format!("{minutes} min"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// How many bytes something takes, for people.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        1_000_000..1_000_000_000 => format!("{} MB", bytes / 1_000_000),
        1_000_000_000.. => {
            let tenths = bytes / 100_000_000;
            format!("{}.{} GB", tenths / 10, tenths % 10)
        }
    }
}

/// A number with its noun.
pub(crate) fn count(number: impl TryInto<u64>, one: &str, many: &str) -> String {
    let number = number.try_into().unwrap_or(u64::MAX);
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {many}")
    }
}
