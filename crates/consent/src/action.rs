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
