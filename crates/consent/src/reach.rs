//! Which cells of channel and purpose an event reaches, as bits.

use crate::{Action, ConsentEvent, Method, cell::Closure};
use tidings_kernel::{Channel, Purpose};

const PURPOSES: usize = Purpose::FOR_TENANTS.len();
/// How many cells there are: every channel with every purpose that a tenant may ask for.
pub(crate) const CELLS: usize = Channel::ALL.len() * PURPOSES;

/// The place of a cell, in the order in which they are listed everywhere; `None` for the purposes
/// that belong to the system.
pub(crate) const fn place(channel: Channel, purpose: Purpose) -> Option<usize> {
    let purpose = match purpose {
        Purpose::Transactional => 0,
        Purpose::Reminder => 1,
        Purpose::Conversational => 2,
        Purpose::Marketing => 3,
        Purpose::Authentication => 4,
        Purpose::Emergency => 5,
        Purpose::OptOutConfirmation | Purpose::DoubleOptIn => return None,
    };
    let channel = match channel {
        Channel::Sms => 0,
        Channel::Whatsapp => 1,
        Channel::Email => 2,
    };
    Some(channel * PURPOSES + purpose)
}

/// A set of cells, one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cells(u32);

/// One purpose on every channel is its bits times this.
const EVERY_CHANNEL: u32 = 0b1_000_001_000_001;
const ALL_PURPOSES: u32 = 0b11_1111;
const EMERGENCY: Cells = Cells(0b10_0000 * EVERY_CHANNEL);
const MARKETING: Cells = Cells(0b00_1000 * EVERY_CHANNEL);
const SMS_MARKETING: Cells = Cells(0b00_1000);
const SMS: Cells = Cells(ALL_PURPOSES);
const WHATSAPP: Cells = Cells(ALL_PURPOSES << PURPOSES);
const EMAIL: Cells = Cells(ALL_PURPOSES << (2 * PURPOSES));

impl Cells {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(ALL_PURPOSES * EVERY_CHANNEL);

    #[cfg(test)]
    pub(crate) const fn one(place: usize) -> Self {
        Self(1 << place)
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) const fn both(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    const fn touches(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The places of the cells, ascending.
    pub(crate) fn places(self) -> impl Iterator<Item = usize> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let place = rest.trailing_zeros();
            rest &= rest.checked_sub(1)?;
            Some(usize::try_from(place).unwrap_or(CELLS))
        })
    }
}

fn spread(channels: u8) -> u32 {
    let bits = u32::from(channels);
    (bits & 1) | (bits & 2) << (PURPOSES - 1) | (bits & 4) << (2 * PURPOSES - 2)
}

/// What the event's own words cover.
pub(crate) fn covered(event: &ConsentEvent) -> Cells {
    Cells(u32::from(event.purposes.bits()) * spread(event.channels.bits()))
}

/// Every purpose on the event's channels.
fn channels(event: &ConsentEvent) -> Cells {
    Cells(ALL_PURPOSES * spread(event.channels.bits()))
}

/// What an event of [`Effect::Withdraw`](crate::effect::Effect::Withdraw) closes, and how gravely
/// (compliance reference, 10.9).
pub(crate) fn closed_by(event: &ConsentEvent) -> (Cells, Closure) {
    match event.action {
        Action::Erasure => (Cells::ALL, Closure::Erased),
        // Marketing on all channels. Email providers also end everything else for an address that
        // reports spam (10.2).
        Action::Complaint => {
            let by_email = channels(event).both(EMAIL).without(EMERGENCY);
            (MARKETING.union(by_email), Closure::Complaint)
        }
        Action::OptOut | Action::ConsentWithdrawn => {
            let (covered, beyond) = (covered(event), reached_from_whatsapp(event));
            if event.purposes.named().is_some() {
                return (covered.union(beyond), Closure::Named);
            }
            let reached = covered.without(EMERGENCY).union(beyond);
            (reached, Closure::Everything)
        }
        Action::OptIn
        | Action::ConsentGiven
        | Action::DoubleOptInRequested
        | Action::DoubleOptInConfirmed
        | Action::DataRequest
        | Action::NumberReassigned
        | Action::Clarified => (Cells::NONE, Closure::Everything),
    }
}

/// What a reassignment ends: SMS and WhatsApp share the number, email only if it is named.
pub(crate) fn ended_by(event: &ConsentEvent) -> Cells {
    let named = channels(event);
    let phone = SMS.union(WHATSAPP);
    if named.touches(phone) {
        named.union(phone)
    } else {
        named
    }
}

/// Who can lift a stop again without a new agreement; one bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Openers(u8);

impl Openers {
    pub(crate) const NONE: Self = Self(0);
    /// START on SMS, WhatsApp, email.
    const KEYWORD: [Self; 3] = [Self(1), Self(2), Self(4)];
    /// The platform's own setting, such as WhatsApp's "resume".
    pub(crate) const PLATFORM: Self = Self(8);

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

/// Who an event speaks for: when it closes, who lifts it; when it lifts, whose stops.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Voice {
    covered: Cells,
    /// STOP on WhatsApp closes marketing on SMS too, and START there lifts that.
    from_whatsapp: Cells,
    on_whatsapp: Openers,
}

impl Voice {
    const SILENT: Self = Self {
        covered: Cells::NONE,
        from_whatsapp: Cells::NONE,
        on_whatsapp: Openers::NONE,
    };

    /// The voice of an opt-out or an opt-in; anything else can be lifted by no START.
    pub(crate) fn of(event: &ConsentEvent) -> Self {
        if !matches!(event.action, Action::OptIn | Action::OptOut) || !is_message(event) {
            return Self::SILENT;
        }
        let [_, keyword, _] = Openers::KEYWORD;
        let is_named = event.purposes.named().is_some();
        let on_whatsapp = if event.method != Method::Provider {
            keyword
        } else if event.action == Action::OptIn {
            keyword.union(Openers::PLATFORM)
        } else if is_named {
            Openers::PLATFORM
        } else {
            keyword
        };
        Self {
            covered: covered(event),
            from_whatsapp: reached_from_whatsapp(event),
            on_whatsapp,
        }
    }

    /// The voice of an answer to the one question: it lifts where it names no purpose.
    pub(crate) fn of_clarification(event: &ConsentEvent) -> Self {
        let [_, keyword, _] = Openers::KEYWORD;
        let lifted = channels(event).without(covered(event));
        let from_whatsapp = if lifted.touches(WHATSAPP.both(MARKETING)) {
            SMS_MARKETING
        } else {
            Cells::NONE
        };
        Self {
            covered: lifted,
            from_whatsapp,
            on_whatsapp: keyword,
        }
    }

    /// The cells that it speaks for, and whose voice it is there; no cell is in two parts.
    pub(crate) const fn parts(&self) -> [(Cells, Openers); 5] {
        let [sms, whatsapp, email] = Openers::KEYWORD;
        let Self {
            covered,
            from_whatsapp,
            on_whatsapp,
        } = *self;
        [
            (covered.both(SMS).without(from_whatsapp), sms),
            (covered.both(from_whatsapp), sms.union(whatsapp)),
            (from_whatsapp.without(covered), whatsapp),
            (covered.both(WHATSAPP), on_whatsapp),
            (covered.both(EMAIL), email),
        ]
    }
}

/// What STOP on WhatsApp closes beyond it: marketing on SMS (reference 10.9 and L93). In the contact's
/// own words also when they name marketing; the platform's switch for marketing is WhatsApp's alone.
fn reached_from_whatsapp(event: &ConsentEvent) -> Cells {
    let is_its_own_switch = event.method == Method::Provider && event.purposes.named().is_some();
    let is_about_marketing = event.covers(Channel::Whatsapp, Purpose::Marketing);
    if is_about_marketing && is_message(event) && !is_its_own_switch {
        SMS_MARKETING
    } else {
        Cells::NONE
    }
}

/// Whether it came by the channel itself: the contact's words, or the provider's report of them.
const fn is_message(event: &ConsentEvent) -> bool {
    match event.method {
        Method::ReplyMessage | Method::Provider => true,
        Method::WebForm | Method::PhoneCall | Method::Email | Method::Manual | Method::Import => {
            false
        }
    }
}
