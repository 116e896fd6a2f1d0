use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tidings_kernel::{Money, Purpose, Region};
use tidings_quiet_hours::{Closed, Rule, Weekly, Zone};
use tidings_routing::Policy;

/// What a tenant has chosen. Every choice narrows what may be sent, except those that a rule of law
/// itself leaves to the sender.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The name that recipients know the business by, as marketing must say it; else the tenant's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub brand: Option<String>,
    /// What HELP is answered with, where the provider does not answer it itself: the brand, a contact that
    /// works, and how to stop (compliance reference, 4.2). Without it nothing is answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help_text: Option<String>,
    /// What happens to a marketing text that lacks what it must say.
    pub wording: Wording,
    /// The domains that the tenant's links go to; links elsewhere are refused in marketing. Empty when
    /// none are registered: then only public shorteners are refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub link_domains: Vec<String>,
    /// The most marketing messages for one contact, where fewer than the law allows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub marketing_cap: Option<MarketingCap>,
    /// How much consent is asked for.
    pub consent: ConsentSettings,
    /// When somebody is there to answer, on the tenant's clock: marketing and reminders keep to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_hours: Option<BusinessHours>,
    /// The state of the registration that the carriers of the United States ask for.
    pub us_registration: UsRegistration,
    /// What may be used up in a calendar month, by UTC.
    pub monthly: Monthly,
    /// What happens when WhatsApp does not know a contact.
    #[serde(skip_serializing_if = "ChannelSwitch::is_default")]
    pub channel_switch: ChannelSwitch,
    /// How WhatsApp is used.
    #[serde(skip_serializing_if = "WhatsappSettings::is_default")]
    pub whatsapp: WhatsappSettings,
    /// How ways are chosen.
    #[serde(skip_serializing_if = "Policy::is_empty")]
    pub routing: Policy,
    /// What programs that speak Twilio's API leave open.
    #[serde(skip_serializing_if = "TwilioFacade::is_default")]
    pub twilio_facade: TwilioFacade,
}

/// What happens when a channel says that it does not know a contact's address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChannelSwitch {
    /// After so many refusals in a row the address is absent from the channel, 1 to [`ChannelSwitch::MOST`]; 0 for
    /// never.
    pub after: u8,
    /// Whether refusals count that may mean something else.
    pub count_unconfirmed: bool,
    /// Whether the contact is told.
    pub tell: bool,
    /// What they are told, where the usual words do not fit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notice: Option<String>,
}

impl Default for ChannelSwitch {
    fn default() -> Self {
        Self {
            after: 3,
            count_unconfirmed: false,
            tell: true,
            notice: None,
        }
    }
}

impl ChannelSwitch {
    /// The most refusals that can be waited for.
    pub const MOST: u8 = 10;

    /// Whether nothing was chosen.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// How WhatsApp is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WhatsappSettings {
    /// How many percent of its pace marketing may use of a number that its provider says is of medium quality, 1 to
    /// 100.
    pub medium_quality_percent: u8,
    /// Whether contacts are shown that somebody has read what they wrote.
    pub read_receipts: bool,
}

impl Default for WhatsappSettings {
    fn default() -> Self {
        Self {
            medium_quality_percent: 50,
            read_receipts: true,
        }
    }
}

impl WhatsappSettings {
    /// Whether nothing was chosen.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// What is assumed for programs that speak Twilio's API, which says less than ours.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TwilioFacade {
    /// Why messages are sent that do not say it: `transactional` if nothing is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purpose: Option<Purpose>,
    /// The same for the messages of single messaging services, by SID.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<String, Purpose>,
    /// Whether the sender that a program names stands for all: the message may then leave from any sender of the
    /// tenant's, as routing chooses, and go another way when one fails.
    pub any_sender: bool,
}

impl TwilioFacade {
    /// Whether nothing was chosen.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Why a message is sent of which nothing is said but the messaging service, if that.
    pub fn purpose_of(&self, service: Option<&str>) -> Purpose {
        let of_service = service.and_then(|service| self.services.get(service));
        of_service
            .copied()
            .or(self.purpose)
            .unwrap_or(Purpose::Transactional)
    }
}

/// What happens to a marketing text that lacks the sender's name or the way to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wording {
    /// What is missing is added before the text is measured and judged.
    #[default]
    Complete,
    /// The message is refused.
    Require,
}

/// At most so many marketing messages to one contact in so many hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketingCap {
    /// How many; 0 stops marketing.
    pub most: u16,
    /// In any period of this many hours, 1 to [`MarketingCap::LONGEST`].
    pub hours: u16,
}

impl MarketingCap {
    /// The longest period, in hours: a week.
    pub const LONGEST: u16 = 7 * 24;
}

/// How much consent marketing needs, beyond what the law of the place asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ConsentSettings {
    /// Whether marketing needs a double opt-in everywhere.
    pub double_opt_in: DoubleOptIn,
    /// Places whose rule for existing customers the tenant relies on, where there is such a rule.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub soft_opt_in: Vec<Region>,
    /// Places in which a written consent is not confirmed by a double opt-in, where the law leaves that
    /// to the sender.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub single_opt_in: Vec<Region>,
    /// After how many days consent to marketing has to be given again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age_days: Option<u16>,
}

/// When a business is open. Times are those of the tenant's own zone; without one they are not used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusinessHours {
    /// The hours of each weekday, such as `{"monday": ["09:00-17:00"]}`.
    pub windows: Weekly,
    /// Dates and holidays on which it stays closed.
    #[serde(default, skip_serializing_if = "Closed::is_empty")]
    pub closed: Closed,
}

impl BusinessHours {
    /// The rule that these hours make on a clock.
    pub fn rule(&self, zone: Zone) -> Rule {
        Rule::business_hours(self.windows.clone(), self.closed.clone(), zone)
    }
}

/// Where marketing needs a double opt-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoubleOptIn {
    /// Where the rule of the place asks for it.
    #[default]
    WhereRequired,
    /// Everywhere.
    Everywhere,
}

/// Where the 10DLC registration stands, without which carriers block text messages from ordinary
/// numbers to the United States (compliance reference, 4.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsRegistration {
    /// It is the provider's business: nothing is held back here.
    #[default]
    NotTracked,
    /// Not begun.
    Missing,
    /// Submitted, not decided.
    Pending,
    /// Granted.
    Approved,
    /// Refused: correct it and submit it again.
    Rejected,
}

impl UsRegistration {
    /// The name used in tables and API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotTracked => "not_tracked",
            Self::Missing => "missing",
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }
}

/// What may be used up in a calendar month. What is left out is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Monthly {
    /// Messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// Estimated cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
}

impl Monthly {
    /// Whether nothing is limited, so that nothing needs to be counted.
    pub const fn is_unlimited(&self) -> bool {
        self.messages.is_none() && self.budget.is_none()
    }
}
