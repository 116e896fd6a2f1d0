use crate::{Action, ConsentEvent, Method};

/// What an event does to the cells it reaches. The order is that of events of one instant: those
/// that withdraw come last, so that they win a tie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// Lifts a stop, grants nothing new.
    Lift,
    /// Agrees.
    Grant,
    /// Answers a request. Comes before requests of the same instant, which it cannot answer.
    Confirm,
    /// Asks for confirmation.
    Request,
    /// Is kept, and changes nothing.
    Nothing,
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
            Action::DataRequest => Self::Nothing,
            Action::OptOut | Action::ConsentWithdrawn | Action::Complaint => Self::Withdraw,
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

/// Whether a grant or confirmation may lift a stop: lists and staff need proof of the contact's act.
pub(crate) fn may_reopen(event: &ConsentEvent) -> bool {
    match event.method {
        Method::Import | Method::Manual => event.evidence.shows_own_act(),
        Method::WebForm
        | Method::ReplyMessage
        | Method::PhoneCall
        | Method::Email
        | Method::Provider => true,
    }
}
