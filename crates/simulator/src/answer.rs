//! What the requests to all providers have in common: faults come first, and a send is written
//! into the ledger before it is answered.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::faults::Verdict;
use crate::journey::Fate;
use crate::ledger::Request;
use crate::message::{Code, Message};
use crate::protocol::Provider;
use crate::world::{World, locked};

/// A provider's error answer.
pub(crate) trait Refusal: IntoResponse + Sized {
    /// Whose.
    const PROVIDER: Provider;

    /// The usual answer for a code.
    fn of_code(code: Code) -> Self;

    /// The answer to a caller who is too fast.
    fn too_many() -> Self;

    /// The answer when nothing works.
    fn unavailable() -> Self;

    /// How the message ends, for a code that the provider reports by callback and not in the
    /// answer.
    fn later(code: Code) -> Option<Fate>;

    /// True if it would hit every call and not only one message.
    fn is_about_the_account(&self) -> bool;

    /// The HTTP status.
    fn status(&self) -> StatusCode;

    /// What the ledger notes.
    fn code(&self) -> Option<Code>;
}

/// A message that was taken, and what its sender is told.
pub(crate) struct Taken {
    pub(crate) message: Message,
    pub(crate) answer: Response,
}

impl World {
    /// Applies latency and the faults that hit every call; errors about one message are for
    /// sending.
    pub(crate) async fn survive<E: Refusal>(&self) -> Result<(), E> {
        self.hesitate(E::PROVIDER).await;
        match self.faults.request(E::PROVIDER) {
            Verdict::Pass => Ok(()),
            Verdict::TooMany => Err(E::too_many()),
            Verdict::Error(None) => Err(E::unavailable()),
            Verdict::Error(Some(code)) => {
                let error = E::of_code(code);
                if error.is_about_the_account() {
                    Err(error)
                } else {
                    Ok(())
                }
            }
        }
    }

    /// Judges a request to send by the faults: an error, or how its message must end.
    pub(crate) fn judge<E: Refusal>(&self) -> Result<Option<Fate>, E> {
        match self.faults.request(E::PROVIDER) {
            Verdict::Pass => Ok(None),
            Verdict::TooMany => Err(E::too_many()),
            Verdict::Error(None) => Err(E::unavailable()),
            Verdict::Error(Some(code)) => match E::later(code) {
                Some(fate) => Ok(Some(fate)),
                None => Err(E::of_code(code)),
            },
        }
    }

    /// Writes a request to send into the ledger and answers it, or does not.
    pub(crate) async fn conclude<E: Refusal>(
        &self,
        mut entry: Request,
        result: Result<Taken, E>,
    ) -> Response {
        match result {
            Ok(Taken { message, answer }) => {
                let is_withheld = self.faults.withholds_answer(E::PROVIDER);
                entry.adopt(&message);
                entry.answer_status = (!is_withheld).then_some(answer.status().as_u16());
                locked(&self.ledger).request(entry);
                if is_withheld {
                    self.withhold().await;
                    return StatusCode::GATEWAY_TIMEOUT.into_response();
                }
                answer
            }
            Err(error) => {
                entry.answer_status = Some(error.status().as_u16());
                entry.error_code = error.code();
                locked(&self.ledger).request(entry);
                error.into_response()
            }
        }
    }
}
