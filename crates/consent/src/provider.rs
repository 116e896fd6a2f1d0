use crate::{Action, Channels, Purposes};
use tidings_kernel::{Channel, Purpose};

/// What a provider, carrier or platform tells about a contact's wishes, or about their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ProviderSignal {
    /// It handled a STOP itself, or refuses to send because of one.
    OptedOut(Channel),
    /// It handled a START itself, and delivers again.
    OptedIn(Channel),
    /// The contact switched marketing off in WhatsApp (`user_preferences`: `stop`).
    MarketingStopped,
    /// The contact switched marketing on again in WhatsApp (`resume`).
    MarketingResumed,
    /// The contact reported a message as spam, or blocked the sender.
    Complaint(Channel),
    /// The number is deactivated, or belongs to somebody else.
    NumberGone,
}

impl ProviderSignal {
    /// What an error code of a provider says about the contact's wishes or number; `None` for all
    /// that say nothing of it. Providers by their names in the catalog (`twilio`).
    ///
    /// Sources: compliance reference 5.1, 7.1 and 10.9.
    ///
    /// ```rust
    /// use tidings_consent::ProviderSignal;
    /// use tidings_kernel::Channel;
    ///
    /// let signal = ProviderSignal::of_error("twilio", "21610", Channel::Sms);
    /// assert_eq!(signal, Some(ProviderSignal::OptedOut(Channel::Sms)));
    /// assert_eq!(ProviderSignal::of_error("twilio", "30007", Channel::Sms), None);
    /// ```
    pub fn of_error(provider: &str, code: &str, channel: Channel) -> Option<Self> {
        match (provider, code) {
            // "Attempt to send to unsubscribed recipient"; "blocked due to STOP message".
            ("twilio", "21610") | ("telnyx", "40300") => Some(Self::OptedOut(channel)),
            // Meta's code, also when it comes through a provider that passes it on.
            (_, "131050") if channel == Channel::Whatsapp => Some(Self::MarketingStopped),
            (_, _) => None,
        }
    }
}

/// The event that a provider's signal is recorded as, by the table of the compliance reference,
/// 10.9. Its method is [`Method::Provider`](crate::Method::Provider); take its id from the message or
/// the callback that told, so that the same report twice is one event (L39).
///
/// ```rust
/// use tidings_consent::{Action, Channels, ProviderSignal, Purposes, provider_event};
/// use tidings_kernel::{Channel, Purpose};
///
/// let stopped = provider_event(ProviderSignal::OptedOut(Channel::Sms));
/// assert_eq!(stopped, (Action::OptOut, Channels::one(Channel::Sms), Purposes::All));
///
/// let (_, channels, purposes) = provider_event(ProviderSignal::MarketingStopped);
/// assert!(channels.covers(Channel::Whatsapp) && !channels.covers(Channel::Sms));
/// assert!(!purposes.covers(Purpose::Transactional));
/// ```
pub fn provider_event(signal: ProviderSignal) -> (Action, Channels, Purposes) {
    let on_whatsapp = |action| {
        let marketing = Purposes::of([Purpose::Marketing]);
        (action, Channels::one(Channel::Whatsapp), marketing)
    };
    match signal {
        ProviderSignal::OptedOut(channel) => {
            (Action::OptOut, Channels::one(channel), Purposes::All)
        }
        ProviderSignal::OptedIn(channel) => (Action::OptIn, Channels::one(channel), Purposes::All),
        ProviderSignal::MarketingStopped => on_whatsapp(Action::OptOut),
        ProviderSignal::MarketingResumed => on_whatsapp(Action::OptIn),
        ProviderSignal::Complaint(channel) => {
            (Action::Complaint, Channels::one(channel), Purposes::All)
        }
        // One number serves both.
        ProviderSignal::NumberGone => {
            let number = Channels::of([Channel::Sms, Channel::Whatsapp]);
            (Action::NumberReassigned, number, Purposes::All)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_signal_is_the_event_of_the_table() {
        use ProviderSignal as Signal;
        let sms = || Channels::one(Channel::Sms);
        let whatsapp = || Channels::one(Channel::Whatsapp);
        let marketing = || Purposes::only([Purpose::Marketing]).unwrap();
        for (signal, event) in [
            (
                Signal::OptedOut(Channel::Sms),
                (Action::OptOut, sms(), Purposes::All),
            ),
            (
                Signal::OptedIn(Channel::Sms),
                (Action::OptIn, sms(), Purposes::All),
            ),
            (
                Signal::MarketingStopped,
                (Action::OptOut, whatsapp(), marketing()),
            ),
            (
                Signal::MarketingResumed,
                (Action::OptIn, whatsapp(), marketing()),
            ),
            (
                Signal::Complaint(Channel::Sms),
                (Action::Complaint, sms(), Purposes::All),
            ),
            (
                Signal::NumberGone,
                (
                    Action::NumberReassigned,
                    Channels::only([Channel::Sms, Channel::Whatsapp]).unwrap(),
                    Purposes::All,
                ),
            ),
        ] {
            assert_eq!(provider_event(signal), event, "{signal:?}");
        }
    }

    #[test]
    fn codes_that_mean_stop_are_known_by_provider() {
        for (provider, code, channel, signal) in [
            (
                "twilio",
                "21610",
                Channel::Sms,
                Some(ProviderSignal::OptedOut(Channel::Sms)),
            ),
            (
                "telnyx",
                "40300",
                Channel::Sms,
                Some(ProviderSignal::OptedOut(Channel::Sms)),
            ),
            (
                "whatsapp_cloud",
                "131050",
                Channel::Whatsapp,
                Some(ProviderSignal::MarketingStopped),
            ),
            (
                "twilio",
                "131050",
                Channel::Whatsapp,
                Some(ProviderSignal::MarketingStopped),
            ),
            ("twilio", "131050", Channel::Sms, None),
            ("vonage", "21610", Channel::Sms, None),
            ("twilio", "", Channel::Sms, None),
        ] {
            assert_eq!(
                ProviderSignal::of_error(provider, code, channel),
                signal,
                "{provider} {code}"
            );
        }
    }
}
