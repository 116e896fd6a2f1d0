use crate::convert::Place;
use tidings_kernel::{ContactId, Locale, Region, StoreError, TenantId};
use tidings_messaging::{Contact, Preferences, QuietHoursPreference};
use tidings_quiet_hours::Zone;
use time::OffsetDateTime;
use uuid::Uuid;

/// A row of `contacts` that is not erased.
pub(crate) struct ContactRow {
    pub(crate) tenant_id: Uuid,
    pub(crate) id: Uuid,
    pub(crate) first_name: Option<String>,
    pub(crate) last_name: Option<String>,
    pub(crate) phone: Option<String>,
    pub(crate) whatsapp_phone: Option<String>,
    pub(crate) whatsapp_user: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) also: serde_json::Value,
    pub(crate) region: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) external_id: Option<String>,
    pub(crate) attributes: serde_json::Value,
    pub(crate) tags: Vec<String>,
    pub(crate) created_at: OffsetDateTime,
    pub(crate) updated_at: OffsetDateTime,
}

impl TryFrom<ContactRow> for Contact {
    type Error = StoreError;

    fn try_from(row: ContactRow) -> Result<Self, StoreError> {
        let place = Place::new("contacts", row.id);
        Ok(Self {
            id: ContactId::from_uuid(row.id),
            tenant: TenantId::from_uuid(row.tenant_id),
            first_name: row.first_name,
            last_name: row.last_name,
            phone: place.parse_some("phone", row.phone.as_deref())?,
            whatsapp_phone: place.parse_some("whatsapp_phone", row.whatsapp_phone.as_deref())?,
            whatsapp_user: row.whatsapp_user,
            email: row.email,
            also: place.json("also", row.also)?,
            region: place.read("region", row.region.as_deref(), Region::parse)?,
            locale: place.read("locale", row.locale.as_deref(), Locale::parse)?,
            time_zone: place.read("time_zone", row.time_zone.as_deref(), Zone::parse)?,
            external_id: row.external_id,
            attributes: place.json("attributes", row.attributes)?,
            tags: row.tags,
            created_at: row.created_at,
            updated_at: row.updated_at,
        })
    }
}

/// A row of `preferences`.
#[expect(clippy::struct_excessive_bools, reason = "one for each column")]
pub(crate) struct PreferencesRow {
    pub(crate) contact_id: Uuid,
    pub(crate) sms_enabled: bool,
    pub(crate) whatsapp_enabled: bool,
    pub(crate) email_enabled: bool,
    pub(crate) preferred_channel: Option<String>,
    pub(crate) topic_channels: serde_json::Value,
    pub(crate) quiet_enabled: bool,
    pub(crate) quiet_start: String,
    pub(crate) quiet_end: String,
    pub(crate) weekend_messages: bool,
    pub(crate) time_zone: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) emergency_notifications: bool,
}

impl TryFrom<PreferencesRow> for Preferences {
    type Error = StoreError;

    fn try_from(row: PreferencesRow) -> Result<Self, StoreError> {
        let place = Place::new("preferences", row.contact_id);
        Ok(Self {
            sms_enabled: row.sms_enabled,
            whatsapp_enabled: row.whatsapp_enabled,
            email_enabled: row.email_enabled,
            preferred_channel: place
                .parse_some("preferred_channel", row.preferred_channel.as_deref())?,
            topic_channels: place.json("topic_channels", row.topic_channels)?,
            quiet_hours: QuietHoursPreference {
                enabled: row.quiet_enabled,
                start: place.parse("quiet_start", &row.quiet_start)?,
                end: place.parse("quiet_end", &row.quiet_end)?,
            },
            weekend_messages: row.weekend_messages,
            time_zone: place.read("time_zone", row.time_zone.as_deref(), Zone::parse)?,
            locale: place.read("locale", row.locale.as_deref(), Locale::parse)?,
            emergency_notifications: row.emergency_notifications,
        })
    }
}
