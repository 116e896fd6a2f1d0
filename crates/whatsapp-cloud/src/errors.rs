mod meta_error;
mod table;
mod waits;

pub(crate) use meta_error::MetaError;
pub use table::ERRORS;

use tidings_messaging::{ConnectError, ManageError, Outcome};
use tidings_provider_http::{Answer, CallError, Dialect, Effect, Read};
use tidings_routing::{Class, ProviderError};

/// How Meta says yes and no.
pub(crate) const META: Dialect = Dialect {
    name: crate::NAME,
    title: "Meta",
    errors: ERRORS,
    faults: &[],
    read: |answer| {
        if let Some(error) = MetaError::in_answer(answer) {
            return error.reason().map(Read::Refused);
        }
        let json = answer.json()?;
        let mut messages = crate::node::Node(&json).list("messages");
        let id = messages.find_map(|message| message.text("id"))?;
        Some(Read::Accepted(id.to_owned()))
    },
    reason: |answer| MetaError::in_answer(answer)?.reason(),
};

/// What a call that hands a message over came to.
///
/// A code of Meta's that we know says more than the status with which it comes: it is Meta's own advice to
/// go by the code. But one that only says that something went wrong at Meta leaves open what became of the message:
/// there is no key against doubles and nobody to ask, and the callback tells, which carries our reference.
pub(crate) fn outcome(result: Result<Answer, CallError>) -> Outcome {
    let refused = result.as_ref().ok().and_then(|answer| {
        let leaves_open = META.is_doubtful(answer) && !was_not_served(answer);
        known_refusal(answer).filter(|error| error.class != Class::Transient || !leaves_open)
    });
    if let Some(error) = refused {
        return Outcome::Rejected(error);
    }
    let is_passing = result.as_ref().is_ok_and(hint);
    match META.outcome(result) {
        Outcome::Rejected(error) => Outcome::Rejected(hinted(error, is_passing)),
        other => other,
    }
}

/// Why another call was refused.
pub(crate) fn refusal(answer: &Answer) -> ProviderError {
    known_refusal(answer).unwrap_or_else(|| hinted(META.refusal(answer), hint(answer)))
}

/// The answer of success to a call about the account, or why there is none.
pub(crate) fn manage(
    effect: Effect,
    result: Result<Answer, CallError>,
) -> Result<Answer, ManageError> {
    if let Ok(answer) = &result {
        let error = MetaError::in_answer(answer);
        if error.as_ref().is_some_and(MetaError::is_of_nothing) {
            return Err(ManageError::NotThere);
        }
        if let Some(refusal) = known_refusal(answer) {
            return Err(ManageError::Refused(refusal));
        }
        if error.is_some() && answer.is_success() {
            return Err(META.unreadable_success(effect, answer));
        }
    }
    META.manage(effect, result)
}

/// Like [`manage`], for a call that Meta answers with nothing but that it is done.
pub(crate) fn done(result: Result<Answer, CallError>) -> Result<(), ManageError> {
    let answer = manage(Effect::Changes, result)?;
    let json = answer.json().unwrap_or_default();
    let is_done = json.get("success").and_then(serde_json::Value::as_bool);
    if is_done == Some(true) {
        Ok(())
    } else {
        Err(META.unreadable_success(Effect::Changes, &answer))
    }
}

/// A refusal of ours of a call about the account.
pub(crate) fn unfit(code: &str, detail: &str, advice: &str) -> ManageError {
    ManageError::Refused(refused_here(Class::Content, code, detail, advice))
}

/// A refused connection test.
pub(crate) fn refused(answer: &Answer) -> ConnectError {
    match known_refusal(answer) {
        Some(error) if error.class != Class::Transient => ConnectError::Refused(error),
        Some(_) | None if !(400..500).contains(&answer.status) => META.refused(answer),
        Some(_) | None => ConnectError::Refused(refusal(answer)),
    }
}

/// Why a message was not delivered, as a callback tells it.
pub(crate) fn delivery_failure(error: &MetaError) -> ProviderError {
    let otherwise = if error.is_transient {
        Class::Transient
    } else {
        Class::Content
    };
    error.explain(otherwise, None)
}

fn known_refusal(answer: &Answer) -> Option<ProviderError> {
    let error = MetaError::in_answer(answer).filter(MetaError::is_known)?;
    Some(error.explain(Class::Content, waits::asked(answer)))
}

/// Whether Meta did nothing with a call, by what it says of a passing fault (reference, section 11): the service was
/// not available, and said so by its status too, or the number is in maintenance and takes nothing.
fn was_not_served(answer: &Answer) -> bool {
    let code = MetaError::in_answer(answer).and_then(|error| error.code);
    matches!(
        (answer.status, code),
        (503, Some(2 | 131_016 | 133_004)) | (500.., Some(131_057))
    )
}

/// Whether Meta says that an error passes.
fn hint(answer: &Answer) -> bool {
    MetaError::in_answer(answer).is_some_and(|error| error.is_transient)
}

/// A refusal of an unknown code, with what Meta hints at.
fn hinted(mut error: ProviderError, is_transient: bool) -> ProviderError {
    if is_transient && error.class == Class::Content {
        error.class = Class::Transient;
        Class::Transient.advice().clone_into(&mut error.advice);
    }
    error
}

/// A refusal of our own, before anything left.
pub(crate) fn refused_here(
    class: Class,
    code: &str,
    detail: &str,
    advice: impl Into<String>,
) -> ProviderError {
    ProviderError {
        advice: advice.into(),
        ..ProviderError::new(class, code, detail)
    }
}

#[cfg(test)]
mod tests;
