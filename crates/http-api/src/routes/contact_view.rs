use crate::wire::Timestamp;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use tidings_kernel::PhoneNumber;
use tidings_messaging::Contact;
use tidings_phone::{FictitiousNumbers, NumberKind};
use tidings_quiet_hours::{Candidates, zones_for};
use utoipa::ToSchema;

/// A person who receives.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Contact)]
pub(crate) struct ContactView {
    #[schema(example = "con_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    first_name: Option<String>,
    last_name: Option<String>,
    /// The number for text messages, and for WhatsApp where no other is given.
    phone: Option<PhoneView>,
    /// A number that is used for WhatsApp only.
    whatsapp_phone: Option<PhoneView>,
    email: Option<String>,
    /// Addresses of contacts that were merged into this one: what comes from there comes from this contact, and is
    /// answered there; nothing else is sent there.
    other_addresses: Vec<String>,
    /// ISO 3166-1, two letters.
    #[schema(example = "US")]
    region: Option<String>,
    #[schema(example = "en_US")]
    locale: Option<String>,
    /// The zone that was given, as an IANA name.
    #[schema(example = "America/New_York")]
    time_zone: Option<String>,
    /// The zones in which the contact may be: the given one, or those of the number.
    time_zones: Vec<String>,
    external_id: Option<String>,
    attributes: BTreeMap<String, Value>,
    tags: Vec<String>,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A phone number and what the numbering plan says about it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Phone)]
pub(crate) struct PhoneView {
    #[schema(example = "+12025550123")]
    e164: String,
    /// Where the number belongs, if the plan tells.
    #[schema(example = "US")]
    region: Option<String>,
    /// `mobile`, `fixed_line`, `fixed_line_or_mobile`, `toll_free`, `premium_rate`, `voip` or `other`.
    #[serde(rename = "type")]
    kind: &'static str,
}

impl PhoneView {
    fn of(number: PhoneNumber) -> Self {
        let e164 = number.to_string();
        // Numbers that are stored were accepted before.
        let parsed = tidings_phone::parse(&e164, None, FictitiousNumbers::Accept).ok();
        let kind = parsed.map_or(NumberKind::Other, |parsed| parsed.kind);
        Self {
            region: tidings_phone::region_of(number).map(|region| region.to_string()),
            kind: match kind {
                NumberKind::Mobile => "mobile",
                NumberKind::FixedLine => "fixed_line",
                NumberKind::FixedLineOrMobile => "fixed_line_or_mobile",
                NumberKind::TollFree => "toll_free",
                NumberKind::PremiumRate => "premium_rate",
                NumberKind::Voip => "voip",
                NumberKind::Other => "other",
            },
            e164,
        }
    }
}

impl From<Contact> for ContactView {
    fn from(contact: Contact) -> Self {
        let time_zones = match (&contact.time_zone, contact.phone.or(contact.whatsapp_phone)) {
            (Some(zone), _) => vec![zone.to_string()],
            (None, Some(number)) => match zones_for(number) {
                Candidates::Known(zones) => zones.iter().map(ToString::to_string).collect(),
                Candidates::Unknown => Vec::new(),
            },
            (None, None) => Vec::new(),
        };
        Self {
            id: contact.id.to_string(),
            first_name: contact.first_name,
            last_name: contact.last_name,
            phone: contact.phone.map(PhoneView::of),
            whatsapp_phone: contact.whatsapp_phone.map(PhoneView::of),
            email: contact.email,
            other_addresses: contact.also.iter().map(ToString::to_string).collect(),
            region: contact.region.map(|region| region.to_string()),
            locale: contact.locale.map(|locale| locale.to_string()),
            time_zone: contact.time_zone.map(|zone| zone.to_string()),
            time_zones,
            external_id: contact.external_id,
            attributes: contact.attributes,
            tags: contact.tags,
            created_at: contact.created_at.into(),
            updated_at: contact.updated_at.into(),
        }
    }
}
