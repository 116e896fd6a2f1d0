use crate::words::words;

words! {
    /// What happened.
    Action,
    /// The text names no action.
    UnknownAction, "action";
    /// The contact joined; a reply such as START, or a form. See [`state`](crate::state) for what a
    /// bare START restores.
    OptIn = "opt_in",
    /// The contact left; a reply such as STOP, or any other way.
    OptOut = "opt_out",
    /// The contact agreed expressly, in a form or on paper.
    ConsentGiven = "consent_given",
    /// The contact took an agreement back.
    ConsentWithdrawn = "consent_withdrawn",
    /// The contact was asked to confirm.
    DoubleOptInRequested = "double_opt_in_requested",
    /// The contact confirmed.
    DoubleOptInConfirmed = "double_opt_in_confirmed",
    /// The contact reported a message as spam, or blocked the sender.
    Complaint = "complaint",
    /// The contact asked for their data. Part of the record; changes no consent.
    DataRequest = "data_request",
    /// The number belongs to somebody else now, or to nobody: reassigned, deactivated, "wrong number".
    /// What was agreed before counts no more, and nobody has refused anything.
    NumberReassigned = "number_reassigned",
    /// The contact asked to be forgotten. Closes everything.
    Erasure = "erasure",
    /// The contact answered what a stop was meant for. The event names what stays stopped; the rest
    /// of its channels is as before the stop, from now on.
    Clarified = "clarified",
}

impl Action {
    /// What a client of the API may record. The others are for the system itself: providers' reports,
    /// erasure, and answers to the one question that the confirmation of an opt-out may ask.
    pub const FOR_REQUESTS: [Self; 8] = [
        Self::OptIn,
        Self::OptOut,
        Self::ConsentGiven,
        Self::ConsentWithdrawn,
        Self::DoubleOptInRequested,
        Self::DoubleOptInConfirmed,
        Self::Complaint,
        Self::DataRequest,
    ];

    /// Whether it takes something back, whatever its scope. [`state`](crate::state()) does not see the
    /// future (L11); whoever stores stamps of several clocks should not wait for these events until
    /// their own has caught up, but ask for the state as of the latest of them.
    pub const fn withdraws(self) -> bool {
        match self {
            Self::OptOut
            | Self::ConsentWithdrawn
            | Self::Complaint
            | Self::NumberReassigned
            | Self::Erasure => true,
            Self::OptIn
            | Self::ConsentGiven
            | Self::DoubleOptInRequested
            | Self::DoubleOptInConfirmed
            | Self::DataRequest
            | Self::Clarified => false,
        }
    }
}

words! {
    /// How it reached us.
    Method,
    /// The text names no method.
    UnknownMethod, "method";
    /// A form that the contact filled in, a preference center included.
    WebForm = "web_form",
    /// A message that the contact sent.
    ReplyMessage = "reply_message",
    /// A phone call.
    PhoneCall = "phone_call",
    /// An email that the contact sent.
    Email = "email",
    /// A member of the tenant entered it.
    Manual = "manual",
    /// It came with a list.
    Import = "import",
    /// The provider reported it: an opt-out that it handled, a refusal to send, a platform setting.
    Provider = "provider",
}

words! {
    /// What the ledger adds up to for one channel and purpose.
    Status,
    /// The text names no status.
    UnknownStatus, "consent status";
    /// Agreed.
    Granted = "granted",
    /// Agreed, and confirmed by a double opt-in.
    Confirmed = "confirmed",
    /// A double opt-in was asked for and not answered yet.
    Pending = "pending",
    /// Refused, withdrawn, stopped.
    Denied = "denied",
    /// Nothing is known, which is not consent.
    None = "none",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_as_text_and_as_json() {
        for action in Action::ALL {
            assert_eq!(action.as_str().parse::<Action>(), Ok(*action));
            let json = serde_json::to_string(action).unwrap();
            assert_eq!(json, format!("\"{action}\""));
            assert_eq!(serde_json::from_str::<Action>(&json).unwrap(), *action);
        }
    }

    #[test]
    fn an_unknown_word_is_answered_with_the_known_ones() {
        let error = "fax".parse::<Method>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown method \"fax\": use one of web_form reply_message phone_call email manual import provider"
        );
        assert!(serde_json::from_str::<Status>("\"maybe\"").is_err());
    }
}
