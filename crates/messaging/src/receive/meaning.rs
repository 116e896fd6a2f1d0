//! What an inbound text asks for, and what that is in the ledger.

use crate::{Address, InboundEvent, Known, ProviderOpt};
use tidings_consent::{
    Action, Languages, Note, Purposes, Reply, ReplyContext, Status, classify_in, state,
};
use tidings_kernel::{Channel, Purpose};
use time::OffsetDateTime;

/// What an inbound text asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    Nothing,
    Stop,
    Start,
    Confirm,
    Refuse,
    /// To be left alone, by somebody whom we did not mean.
    WrongNumber,
    /// For help; changes nothing.
    Help,
    Doubt,
}

/// What an event of the ledger says, before it is about somebody.
pub(super) struct Fact {
    pub(super) action: Action,
    pub(super) purposes: Purposes,
    pub(super) note: Option<&'static str>,
}

impl Meaning {
    /// Whether it is a wish to be left alone that deserves a confirmation.
    pub(super) const fn is_stop(self) -> bool {
        matches!(self, Self::Stop | Self::WrongNumber)
    }

    /// What it is in the ledger.
    pub(super) fn facts(self) -> Vec<Fact> {
        let fact = |action, purposes, note| Fact {
            action,
            purposes,
            note,
        };
        let marketing = || Purposes::only([Purpose::Marketing]).unwrap_or(Purposes::All);
        let stop = || fact(Action::OptOut, Purposes::All, None);
        match self {
            Self::Nothing | Self::Help => Vec::new(),
            Self::Stop => vec![stop()],
            Self::Start => vec![fact(Action::OptIn, Purposes::All, None)],
            Self::Confirm => vec![fact(Action::DoubleOptInConfirmed, marketing(), None)],
            Self::Refuse => vec![fact(Action::ConsentWithdrawn, marketing(), None)],
            // Whoever has the number now never agreed to anything, and wants to be left alone.
            Self::WrongNumber => vec![
                fact(
                    Action::NumberReassigned,
                    Purposes::All,
                    Some("the holder says that this is a wrong number"),
                ),
                stop(),
            ],
            // Doubt about a stop holds marketing until a person has looked (compliance, 5.4, 8).
            Self::Doubt => vec![fact(
                Action::OptOut,
                marketing(),
                Some("may be an opt-out: marketing is held"),
            )],
        }
    }
}

/// What the text asks for. What the provider itself took it for counts first: it acts on it.
pub(super) fn understand(
    event: &InboundEvent,
    known: Option<&Known>,
    now: OffsetDateTime,
) -> Meaning {
    match event.provider_opt {
        Some(ProviderOpt::Stop) => return Meaning::Stop,
        Some(ProviderOpt::Start) => return Meaning::Start,
        Some(ProviderOpt::Help) => return Meaning::Help,
        None => {}
    }
    let context = known.map_or(ReplyContext::Plain, |known| {
        context(known, event.channel, now)
    });
    let hints = known.map_or(Languages::NONE, |known| languages(known, &event.from));
    let read = classify_in(&event.text, context, hints);
    match read.reply {
        Reply::OptOut if read.note == Some(Note::WrongNumber) => Meaning::WrongNumber,
        Reply::OptOut => Meaning::Stop,
        Reply::Refusal => Meaning::Refuse,
        Reply::OptIn => Meaning::Start,
        Reply::Confirmation => Meaning::Confirm,
        Reply::Uncertain => Meaning::Doubt,
        Reply::Help => Meaning::Help,
        Reply::None => Meaning::Nothing,
    }
}

/// The languages whose words may be meant: the contact's, those of the number's country, the tenant's.
fn languages(known: &Known, from: &Address) -> Languages {
    let region = known
        .contact
        .region
        .or_else(|| tidings_phone::region_of(from.phone()?));
    Languages::of_locale(known.locale())
        .union(Languages::of_locale(&known.tenant.locale))
        .union(region.map_or(Languages::NONE, Languages::of_region))
}

fn is_opted_out(known: &Known, channel: Channel, now: OffsetDateTime) -> bool {
    let state = state(&known.consent, now);
    state.status(channel, Purpose::Transactional).status == Status::Denied
        && state.status(channel, Purpose::Marketing).status == Status::Denied
}

fn context(known: &Known, channel: Channel, now: OffsetDateTime) -> ReplyContext {
    let state = state(&known.consent, now);
    if state.status(channel, Purpose::Marketing).status == Status::Pending {
        return ReplyContext::AwaitingConfirmation;
    }
    if is_opted_out(known, channel, now) {
        return ReplyContext::OptedOut;
    }
    ReplyContext::Plain
}
