use super::status;
use crate::{descriptor::DESCRIPTOR, errors::SMS_DELIVERY_ERRORS, json::Json};
use tidings_provider_http::{Answer, Dialect, Read, Reason};
use tidings_routing::ErrorTable;

/// How a workspace says yes and no. Its words of refusal are documented nowhere, so the status decides.
pub(super) const DIALECT: Dialect = Dialect {
    name: DESCRIPTOR.name,
    title: "Bird",
    errors: ErrorTable::new(&[]),
    faults: &[],
    read,
    reason,
};

/// The same with the codes of the SMS network, which come with messages that did not arrive.
pub(super) const SMS_DELIVERY: Dialect = Dialect {
    errors: SMS_DELIVERY_ERRORS,
    ..DIALECT
};

fn read(answer: &Answer) -> Option<Read> {
    let value = answer.json()?;
    let message = Json(&value);
    let id = message.text("/id")?;
    match message.text("/status") {
        Some(status::REJECTED) => Some(Read::Refused(Reason {
            code: status::REJECTED.to_owned(),
            words: message.text("/reason").unwrap_or_default().to_owned(),
        })),
        Some(_) | None => Some(Read::Accepted(id.to_owned())),
    }
}

fn reason(answer: &Answer) -> Option<Reason> {
    let value = answer.json()?;
    let error = Json(&value);
    Some(Reason {
        code: error.word("/code")?,
        words: error.text("/message").unwrap_or_default().to_owned(),
    })
}
