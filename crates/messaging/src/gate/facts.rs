use super::{GateRequest, Law};
use crate::{Address, Known, Preferences, Stage, TemplateFacts, UsRegistration, Usage};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use tidings_consent::ConsentEvent;
use tidings_jurisdictions::Packs;
use tidings_kernel::{Channel, Money};
use tidings_quiet_hours::{Candidates, Zone, tzdb_version, zones_for};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

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
    /// Since when the channel is known not to know the address.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub absent_since: Option<OffsetDateTime>,
    /// The template, if the message has one and it exists.
    pub template: Option<TemplateFacts>,
    /// When the contact last wrote on the channel.
    #[serde(with = "time::serde::rfc3339::option")]
    pub last_inbound: Option<OffsetDateTime>,
    /// When the contact last bought something, as the tenant keeps it in the attribute
    /// [`CUSTOMER_SINCE`]. Only a soft opt-in looks at it.
    #[serde(
        default,
        with = "time::serde::rfc3339::option",
        skip_serializing_if = "Option::is_none"
    )]
    pub customer_since: Option<OffsetDateTime>,
    /// What the law of the contact's places and the tenant's choices demand.
    #[serde(default)]
    pub law: Law,
    /// When marketing that may have arrived was handed to a provider for this person.
    #[serde(default, with = "instants", skip_serializing_if = "Vec::is_empty")]
    pub marketing_sent: Vec<OffsetDateTime>,
    /// The newest version that was announced of the record that the message is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_version: Option<u64>,
    /// Where the tenant's registration with the carriers of the United States stands.
    #[serde(default)]
    pub us_registration: UsRegistration,
    /// Whether every way that could be taken goes by a number that people take badly what is sent by, as its provider
    /// says. Known only once ways were looked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_quality_low: bool,
    /// What the tenant may use up this month, and has. At dispatch nothing: it was counted when the
    /// message was taken in.
    #[serde(default)]
    pub allowance: Allowance,
    /// The version of the time zone database, since another may give other hours.
    #[serde(default)]
    pub tzdb: Cow<'static, str>,
}

/// The attribute of a contact that says when they last bought something: a time of RFC 3339.
pub const CUSTOMER_SINCE: &str = "customer_since";

/// What a tenant may use up in a month, and what it has. What is left out is not limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Allowance {
    /// Messages.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// Estimated cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Money>,
    /// What is used up.
    pub used: Usage,
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
    /// Puts what is known to one request, at the instant for which it is judged.
    pub fn of(
        known: &Known,
        request: &GateRequest,
        packs: &Packs,
        stage: Stage,
        at: OffsetDateTime,
    ) -> Self {
        let channel = request.channel;
        let judged_as = request.judged_as(known.template.as_ref());
        let settings = &known.tenant.settings;
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
            absent_since: request
                .to
                .as_ref()
                .and_then(|to| absent_since(known, channel, to, at)),
            template: known.template.clone(),
            last_inbound: latest(&known.last_inbound),
            customer_since: customer_since(known),
            law: Law::of(packs, known, channel, judged_as, at),
            marketing_sent: known.marketing_sent.clone(),
            source_version: known.source_version,
            us_registration: settings.us_registration,
            is_quality_low: false,
            allowance: match stage {
                Stage::Accept => Allowance {
                    messages: settings.monthly.messages,
                    budget: settings.monthly.budget,
                    used: known.usage,
                },
                Stage::Dispatch => Allowance::default(),
            },
            tzdb: Cow::Borrowed(tzdb_version().unwrap_or_default()),
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

fn absent_since(
    known: &Known,
    channel: Channel,
    to: &Address,
    at: OffsetDateTime,
) -> Option<OffsetDateTime> {
    let switch = &known.tenant.settings.channel_switch;
    let mut there = known.absences.iter().filter(|absence| {
        absence.destination.channel == channel && absence.destination.address == *to
    });
    there.find_map(|absence| absence.since(switch, at))
}

fn customer_since(known: &Known) -> Option<OffsetDateTime> {
    let text = known.contact.attributes.get(CUSTOMER_SINCE)?.as_str()?;
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// Instants as texts of RFC 3339.
mod instants {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use time::OffsetDateTime;

    #[derive(Serialize, Deserialize)]
    struct Instant(#[serde(with = "time::serde::rfc3339")] OffsetDateTime);

    pub(super) fn serialize<S: Serializer>(
        instants: &[OffsetDateTime],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(instants.iter().copied().map(Instant))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<OffsetDateTime>, D::Error> {
        let instants = Vec::<Instant>::deserialize(deserializer)?;
        Ok(instants.into_iter().map(|Instant(at)| at).collect())
    }
}
