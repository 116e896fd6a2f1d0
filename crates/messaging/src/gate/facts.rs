use crate::{Known, Preferences, TemplateFacts};
use serde::{Deserialize, Serialize};
use tidings_consent::ConsentEvent;
use tidings_kernel::Channel;
use tidings_quiet_hours::{Candidates, Zone, zones_for};
use time::OffsetDateTime;

/// Everything that the gate looks at. Stored with each decision, so that it can be made again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Whether the tenant has switched the channel off.
    pub is_channel_disabled: bool,
    /// What the contact has asked for.
    pub preferences: Preferences,
    /// Where the contact's clock may stand.
    pub zones: Zones,
    /// What the ledger holds about the address.
    pub consent: Vec<ConsentEvent>,
    /// Since when the address is suppressed on the channel, if it is.
    #[serde(with = "time::serde::rfc3339::option")]
    pub suppressed_since: Option<OffsetDateTime>,
    /// The template, if the message has one and it exists.
    pub template: Option<TemplateFacts>,
    /// When the contact last wrote on the channel.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_inbound: Option<OffsetDateTime>,
}

/// The zones that a contact may be in; what is sent must be right in all of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Zones {
    /// The candidates; empty when nothing is known.
    pub zones: Vec<Zone>,
    /// How they are known.
    pub source: ZoneSource,
}

/// How a contact's zone is known, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoneSource {
    /// The contact set it.
    Preferences,
    /// The tenant gave it with the contact.
    Contact,
    /// The phone number's range.
    PhoneNumber,
    /// The tenant's own clock, for contacts without a number.
    Tenant,
    /// Not at all.
    Unknown,
}

impl Facts {
    /// Puts what is known to one channel.
    pub fn of(known: &Known, channel: Channel) -> Self {
        let preferences = known.preferences.clone().unwrap_or_default();
        let latest = |list: &[(Channel, OffsetDateTime)]| {
            list.iter()
                .filter(|(on, _)| *on == channel)
                .map(|(_, at)| *at)
                .max()
        };
        Self {
            is_channel_disabled: known.tenant.disabled_channels.contains(&channel),
            zones: Zones::of(known, &preferences, channel),
            preferences,
            consent: known.consent.clone(),
            suppressed_since: known
                .suppressions
                .iter()
                .filter(|suppression| suppression.channel == channel)
                .map(|suppression| suppression.since)
                .max(),
            template: known.template.clone(),
            last_inbound: latest(&known.last_inbound),
        }
    }
}

impl Zones {
    fn of(known: &Known, preferences: &Preferences, channel: Channel) -> Self {
        let one = |zone: &Zone, source| Self {
            zones: vec![zone.clone()],
            source,
        };
        if let Some(zone) = &preferences.time_zone {
            return one(zone, ZoneSource::Preferences);
        }
        if let Some(zone) = &known.contact.time_zone {
            return one(zone, ZoneSource::Contact);
        }
        let address = known.contact.address(channel);
        let number = address
            .and_then(|address| address.phone())
            .or(known.contact.phone);
        if let Some(number) = number {
            return match zones_for(number) {
                Candidates::Known(zones) => Self {
                    zones,
                    source: ZoneSource::PhoneNumber,
                },
                Candidates::Unknown => Self {
                    zones: Vec::new(),
                    source: ZoneSource::Unknown,
                },
            };
        }
        match &known.tenant.time_zone {
            Some(zone) => one(zone, ZoneSource::Tenant),
            None => Self {
                zones: Vec::new(),
                source: ZoneSource::Unknown,
            },
        }
    }
}
