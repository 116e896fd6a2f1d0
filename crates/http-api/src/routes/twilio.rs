//! What programs written for Twilio call: its paths, its forms, its answers, its errors.
//!
//! `docs/guides/twilio-facade.md` says what is mapped and how.

mod address;
mod admit;
mod cancel;
mod list;
mod list_query;
mod new_message;
mod refusal;
mod send;
mod send_at;
mod view;

pub(crate) use admit::admit;
pub(crate) use cancel::update;
pub(crate) use list::list;
pub(crate) use refusal::Refusal;
pub(crate) use send::create;
pub(crate) use view::read;

pub(crate) use cancel::__path_update;
pub(crate) use list::__path_list;
pub(crate) use send::__path_create;
pub(crate) use view::__path_read;

use crate::auth::Caller;
use tidings_kernel::{Channel, MessageId};
use tidings_messaging::{MessageRecord, Status};
use tidings_twilio_facade::account_sid;

/// What every path of Twilio's begins with.
pub(crate) const ROOT: &str = "/2010-04-01/";

/// The path of a tenant's messages.
fn messages_path(account: &str) -> String {
    format!("{ROOT}Accounts/{account}/Messages")
}

/// Checks that the account in a path is the caller's. Another's is not there, the same as one that nobody has.
fn own<S>(caller: &Caller<S>, account: &str) -> Result<(), Refusal> {
    if account.eq_ignore_ascii_case(&account_sid(caller.tenant)) {
        Ok(())
    } else {
        Err(Refusal::not_found())
    }
}

/// The message that the last part of a path names, such as `SM….json`.
fn message_in(file: &str) -> Result<MessageId, Refusal> {
    file.strip_suffix(".json")
        .and_then(tidings_twilio_facade::message_of)
        .ok_or_else(Refusal::not_found)
}

/// Whether a message is one of Twilio's kind: no email, and not what the gate refused when it was asked for, since
/// for the program that is an error and no message.
fn is_visible(record: &MessageRecord) -> bool {
    let message = &record.message;
    let was_refused = message.status == Status::Blocked && message.status_at == message.created_at;
    message.channel != Channel::Email && !was_refused
}
