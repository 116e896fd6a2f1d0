use crate::Address;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tidings_consent::{ConsentEvent, Status};
use tidings_kernel::{Channel, ContactId, Locale, PhoneNumber, Region, TenantId};
use tidings_quiet_hours::{QuietHours, TimeOfDay, Weekend, Zone};
use time::OffsetDateTime;

/// A person who receives.
#[derive(Debug, Clone, PartialEq)]
pub struct Contact {
    /// Its id.
    pub id: ContactId,
    /// The tenant that it belongs to.
    pub tenant: TenantId,
    /// Given name.
    pub first_name: Option<String>,
    /// Family name.
    pub last_name: Option<String>,
    /// The number for text messages, and for WhatsApp where no other is given.
    pub phone: Option<PhoneNumber>,
    /// A number that is used for WhatsApp only.
    pub whatsapp_phone: Option<PhoneNumber>,
    /// WhatsApp's own id of the person, for those without a known number.
    pub whatsapp_user: Option<String>,
    /// Email address.
    pub email: Option<String>,
    /// Addresses of contacts that were merged into this one, where nothing is sent but answers: what comes from there
    /// comes from this contact.
    pub also: Vec<Address>,
    /// Where the person is, if known; else the number tells.
    pub region: Option<Region>,
    /// The language to write in.
    pub locale: Option<Locale>,
    /// The zone that the person or the tenant gave.
    pub time_zone: Option<Zone>,
    /// The tenant's own key; unique within the tenant.
    pub external_id: Option<String>,
    /// What else the tenant knows, for merge fields.
    pub attributes: BTreeMap<String, serde_json::Value>,
    /// Labels.
    pub tags: Vec<String>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last changed.
    pub updated_at: OffsetDateTime,
}

impl Contact {
    /// A contact of which nothing is known yet.
    pub const fn blank(id: ContactId, tenant: TenantId, now: OffsetDateTime) -> Self {
        Self {
            id,
            tenant,
            first_name: None,
            last_name: None,
            phone: None,
            whatsapp_phone: None,
            whatsapp_user: None,
            email: None,
            also: Vec::new(),
            region: None,
            locale: None,
            time_zone: None,
            external_id: None,
            attributes: BTreeMap::new(),
            tags: Vec::new(),
            created_at: now,
            updated_at: now,
        }
    }

    /// Where this contact is reached on `channel`.
    pub fn address(&self, channel: Channel) -> Option<Address> {
        match channel {
            Channel::Sms => self.phone.map(Address::Phone),
            Channel::Whatsapp => self
                .whatsapp_phone
                .map(Address::Phone)
                .or_else(|| self.whatsapp_user.clone().map(Address::WhatsappUser))
                .or_else(|| self.phone.map(Address::Phone)),
            Channel::Email => self.email.clone().map(Address::Email),
        }
    }

    /// The contact as one that is reached at this address of its own on every channel that the address serves;
    /// `None` if it has no such address.
    #[must_use]
    pub fn at(&self, address: &Address) -> Option<Self> {
        if !self.addresses().contains(address) {
            return None;
        }
        let mut contact = self.clone();
        match address {
            Address::Phone(number) => {
                contact.phone = Some(*number);
                contact.whatsapp_phone = Some(*number);
            }
            Address::WhatsappUser(user) => {
                contact.whatsapp_phone = None;
                contact.whatsapp_user = Some(user.clone());
            }
            Address::Email(email) => contact.email = Some(email.clone()),
        }
        Some(contact)
    }

    /// Every address, without repetition.
    pub fn addresses(&self) -> Vec<Address> {
        let mut all = Vec::with_capacity(4 + self.also.len());
        let phones = [self.phone, self.whatsapp_phone]
            .into_iter()
            .flatten()
            .map(Address::Phone);
        let user = self.whatsapp_user.clone().map(Address::WhatsappUser);
        let email = self.email.clone().map(Address::Email);
        let also = self.also.iter().cloned();
        for address in phones.chain(user).chain(email).chain(also) {
            if !all.contains(&address) {
                all.push(address);
            }
        }
        all
    }
}

impl Contact {
    /// The addresses on which this person has refused some purpose, with the channel: what must stay
    /// refused when the person is erased.
    pub fn refusals(
        &self,
        consent: &[ConsentEvent],
        now: OffsetDateTime,
    ) -> Vec<(Address, Channel)> {
        let state = tidings_consent::state(consent, now);
        let is_refused = |channel: Channel| {
            state
                .iter()
                .any(|(on, _, standing)| on == channel && standing.status == Status::Denied)
        };
        let mut found = Vec::new();
        for address in self.addresses() {
            for channel in address
                .channels()
                .iter()
                .filter(|channel| is_refused(**channel))
            {
                found.push((address.clone(), *channel));
            }
        }
        found
    }
}

/// What a contact has asked for. Absent preferences are [`Preferences::default`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "independent switches, as the API names them"
)]
#[serde(deny_unknown_fields)]
pub struct Preferences {
    /// Whether text messages are welcome.
    pub sms_enabled: bool,
    /// Whether WhatsApp is welcome.
    pub whatsapp_enabled: bool,
    /// Whether email is welcome.
    pub email_enabled: bool,
    /// The channel to try first where the sender leaves it open.
    pub preferred_channel: Option<Channel>,
    /// The only channel for a topic.
    pub topic_channels: BTreeMap<String, Channel>,
    /// When not to be disturbed.
    pub quiet_hours: QuietHoursPreference,
    /// Whether weekends are fine for what can wait.
    pub weekend_messages: bool,
    /// The zone of the clock that `quiet_hours` means; wins over the contact's.
    pub time_zone: Option<Zone>,
    /// The language to write in; wins over the contact's.
    pub locale: Option<Locale>,
    /// Whether emergencies may override everything else.
    pub emergency_notifications: bool,
}

/// Quiet hours as a contact sets them; equal ends mean none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHoursPreference {
    /// Whether they apply.
    pub enabled: bool,
    /// From this local time,
    pub start: TimeOfDay,
    /// until this one.
    pub end: TimeOfDay,
}

impl Default for Preferences {
    /// Every channel is welcome at lawful hours.
    fn default() -> Self {
        Self {
            sms_enabled: true,
            whatsapp_enabled: true,
            email_enabled: true,
            preferred_channel: None,
            topic_channels: BTreeMap::new(),
            quiet_hours: QuietHoursPreference {
                enabled: false,
                start: TimeOfDay::MIDNIGHT,
                end: TimeOfDay::MIDNIGHT,
            },
            weekend_messages: true,
            time_zone: None,
            locale: None,
            emergency_notifications: true,
        }
    }
}

impl Preferences {
    /// Whether the contact welcomes `channel`.
    pub const fn welcomes(&self, channel: Channel) -> bool {
        match channel {
            Channel::Sms => self.sms_enabled,
            Channel::Whatsapp => self.whatsapp_enabled,
            Channel::Email => self.email_enabled,
        }
    }

    /// The quiet hours that apply, if any.
    pub fn quiet(&self) -> Option<QuietHours> {
        let QuietHoursPreference {
            enabled,
            start,
            end,
        } = self.quiet_hours;
        enabled.then_some(QuietHours { start, end })
    }

    /// Whether weekends are fine.
    pub const fn weekend(&self) -> Weekend {
        if self.weekend_messages {
            Weekend::Allowed
        } else {
            Weekend::Refused
        }
    }
}
