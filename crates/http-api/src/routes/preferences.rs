use super::contacts::find;
use crate::{
    api::Api,
    auth::{Caller, Manage, Read},
    body::RawBody,
    checks::Checks,
    error::ApiError,
    page::PathId,
    wire,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use tidings_kernel::{Channel, ContactId, Locale};
use tidings_messaging::{Preferences, QuietHoursPreference};
use tidings_quiet_hours::{TimeOfDay, Zone};
use utoipa::ToSchema;

/// What a contact has asked for. What a request leaves out takes its default: the whole is replaced.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = Preferences)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own in the contract"
)]
pub(crate) struct PreferencesBody {
    /// Whether text messages are welcome.
    #[schema(default = true)]
    sms_enabled: bool,
    /// Whether WhatsApp is welcome.
    #[schema(default = true)]
    whatsapp_enabled: bool,
    /// Whether email is welcome.
    #[schema(default = true)]
    email_enabled: bool,
    /// The channel to try first where the sender leaves it open.
    #[schema(value_type = Option<wire::Channel>)]
    preferred_channel: Option<Channel>,
    /// The only channel for a topic.
    #[schema(value_type = BTreeMap<String, wire::Channel>)]
    topic_channels: BTreeMap<String, Channel>,
    quiet_hours: QuietHoursBody,
    /// Whether weekends are fine for what can wait.
    #[schema(default = true)]
    weekend_messages: bool,
    /// The zone of the clock that `quiet_hours` means; wins over the contact's.
    #[schema(value_type = Option<String>)]
    time_zone: Option<Zone>,
    /// The language to write in; wins over the contact's.
    #[schema(value_type = Option<String>)]
    locale: Option<Locale>,
    /// Whether emergencies may override everything else.
    #[schema(default = true)]
    emergency_notifications: bool,
}

/// When not to be disturbed, by the contact's clock. Equal ends mean never.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuietHours)]
pub(crate) struct QuietHoursBody {
    enabled: bool,
    /// From this local time,
    #[serde(default = "midnight")]
    #[schema(value_type = String, example = "21:00")]
    start: TimeOfDay,
    /// until this one.
    #[serde(default = "midnight")]
    #[schema(value_type = String, example = "08:00")]
    end: TimeOfDay,
}

const fn midnight() -> TimeOfDay {
    TimeOfDay::MIDNIGHT
}

impl Default for PreferencesBody {
    fn default() -> Self {
        Preferences::default().into()
    }
}

impl From<Preferences> for PreferencesBody {
    fn from(stored: Preferences) -> Self {
        let QuietHoursPreference {
            enabled,
            start,
            end,
        } = stored.quiet_hours;
        Self {
            sms_enabled: stored.sms_enabled,
            whatsapp_enabled: stored.whatsapp_enabled,
            email_enabled: stored.email_enabled,
            preferred_channel: stored.preferred_channel,
            topic_channels: stored.topic_channels,
            quiet_hours: QuietHoursBody {
                enabled,
                start,
                end,
            },
            weekend_messages: stored.weekend_messages,
            time_zone: stored.time_zone,
            locale: stored.locale,
            emergency_notifications: stored.emergency_notifications,
        }
    }
}

impl From<PreferencesBody> for Preferences {
    fn from(body: PreferencesBody) -> Self {
        let QuietHoursBody {
            enabled,
            start,
            end,
        } = body.quiet_hours;
        Self {
            sms_enabled: body.sms_enabled,
            whatsapp_enabled: body.whatsapp_enabled,
            email_enabled: body.email_enabled,
            preferred_channel: body.preferred_channel,
            topic_channels: body.topic_channels,
            quiet_hours: QuietHoursPreference {
                enabled,
                start,
                end,
            },
            weekend_messages: body.weekend_messages,
            time_zone: body.time_zone,
            locale: body.locale,
            emergency_notifications: body.emergency_notifications,
        }
    }
}

/// Read preferences
#[utoipa::path(get, path = "/v1/contacts/{id}/preferences", tag = "Contacts", params(("id" = String, Path)),
    responses((status = 200, body = PreferencesBody), (status = 404, description = "`not_found`")))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<ContactId>,
) -> Result<Json<PreferencesBody>, ApiError> {
    find(&api, caller.tenant, id).await?;
    let stored = api.contacts.preferences(caller.tenant, id).await?;
    Ok(Json(stored.unwrap_or_default().into()))
}

/// Replace preferences
#[utoipa::path(put, path = "/v1/contacts/{id}/preferences", tag = "Contacts", params(("id" = String, Path)),
    request_body = PreferencesBody,
    responses((status = 200, body = PreferencesBody), (status = 404, description = "`not_found`")))]
pub(crate) async fn replace(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(id): PathId<ContactId>,
    body: RawBody,
) -> Result<Json<PreferencesBody>, ApiError> {
    let request: PreferencesBody = body.json()?;
    let mut checks = Checks::default();
    if request.topic_channels.len() > 100 {
        checks.refuse("/topic_channels", "too_many", "at most 100 topics");
    }
    for topic in request.topic_channels.keys() {
        let pointer = format!("/topic_channels/{}", crate::problem::step(topic));
        checks.text(&pointer, Some(topic), 100);
    }
    checks.done()?;
    let preferences = Preferences::from(request);
    if !api
        .contacts
        .set_preferences(caller.tenant, id, &preferences, api.clock.now())
        .await?
    {
        return Err(ApiError::NotFound("contact"));
    }
    Ok(Json(preferences.into()))
}
