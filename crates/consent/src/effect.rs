use crate::{Action, ConsentEvent, Evidence, Method};

/// What an event does to the cells it reaches. The order is that of events of one instant: those
/// that withdraw come last, so that they win a tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// Lifts a stop, grants nothing new.
    Lift,
    /// Lifts a stop, but where it names a purpose.
    Narrow,
    /// Agrees.
    Grant,
    /// Answers a request. Comes before requests of the same instant, which it cannot answer.
    Confirm,
    /// Asks for confirmation.
    Request,
    /// Is kept, and changes nothing.
    Nothing,
    /// Ends what was agreed, without a stop.
    End,
    /// Closes.
    Withdraw,
}

impl Effect {
    pub(crate) fn of(event: &ConsentEvent) -> Self {
        match event.action {
            Action::OptIn if is_lift(event) => Self::Lift,
            Action::OptIn | Action::ConsentGiven => Self::Grant,
            Action::DoubleOptInConfirmed => Self::Confirm,
            Action::DoubleOptInRequested => Self::Request,
            Action::Clarified if is_own_answer(event) => Self::Narrow,
            Action::Clarified | Action::DataRequest => Self::Nothing,
            Action::NumberReassigned => Self::End,
            Action::OptOut | Action::ConsentWithdrawn | Action::Complaint | Action::Erasure => {
                Self::Withdraw
            }
        }
    }
}

/// A bare START, or what a provider reports about one: it names nothing that could be agreed to.
fn is_lift(event: &ConsentEvent) -> bool {
    match event.method {
        Method::ReplyMessage => event.purposes.named().is_none(),
        Method::Provider => event.evidence.text_shown.is_none(),
        Method::WebForm | Method::PhoneCall | Method::Email | Method::Manual | Method::Import => {
            false
        }
    }
}

/// Only the contact can say what they meant; anybody else needs their words as evidence.
fn is_own_answer(event: &ConsentEvent) -> bool {
    match event.method {
        Method::ReplyMessage => true,
        Method::WebForm
        | Method::PhoneCall
        | Method::Email
        | Method::Manual
        | Method::Import
        | Method::Provider => Evidence::shows_own_act(&event.evidence),
    }
}
