use super::{
    consent::{self, ConsentView},
    contact_view::ContactView,
    contacts::find,
    media::fill,
    message_view::MessageView,
    preferences::PreferencesBody,
};
use crate::{
    api::Api,
    auth::{Caller, Read},
    error::ApiError,
    page::PathId,
    wire::{self, Timestamp},
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::sync::Arc;
use tidings_kernel::{Channel, ContactId};
use tidings_messaging::{Absence, ChannelSwitch, FactsQuery, MessageFilter, Page};
use time::OffsetDateTime;
use utoipa::ToSchema;

/// Everything that is kept about a person.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Export)]
pub(crate) struct ExportView {
    exported_at: Timestamp,
    contact: ContactView,
    preferences: PreferencesBody,
    consent: ConsentView,
    /// Addresses that a channel was said not to know.
    absences: Vec<AbsenceView>,
    /// All messages to and from the person, newest first.
    messages: Vec<MessageView>,
}

/// An address that a channel was said not to know.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Absence)]
struct AbsenceView {
    #[schema(value_type = wire::Channel)]
    channel: Channel,
    address: String,
    /// When the newest of the messages began that were refused there.
    refused_at: Vec<Timestamp>,
    /// The last sign of life: something was delivered there, or came from there.
    alive_at: Option<Timestamp>,
    /// When the person asked for it to be tried again.
    wished_at: Option<Timestamp>,
    /// When the person was told.
    told_at: Option<Timestamp>,
    /// Since when nothing goes there, if so.
    absent_since: Option<Timestamp>,
}

impl AbsenceView {
    fn of(absence: &Absence, switch: &ChannelSwitch, now: OffsetDateTime) -> Self {
        let mut refused_at: Vec<OffsetDateTime> =
            absence.refusals.iter().map(|refusal| refusal.at).collect();
        refused_at.sort_unstable();
        Self {
            channel: absence.destination.channel,
            address: absence.destination.address.to_string(),
            refused_at: refused_at.into_iter().map(Timestamp::from).collect(),
            alive_at: absence.alive_at.map(Timestamp::from),
            wished_at: absence.wished_at.map(Timestamp::from),
            told_at: absence.told_at.map(Timestamp::from),
            absent_since: absence.since(switch, now).map(Timestamp::from),
        }
    }
}

/// Export a person's data
#[utoipa::path(get, path = "/v1/contacts/{id}/export", tag = "Contacts", params(("id" = String, Path)),
    responses((status = 200, body = ExportView), (status = 404, description = "`not_found`")))]
pub(crate) async fn export(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<ContactId>,
) -> Result<Json<ExportView>, ApiError> {
    let contact = find(&api, caller.tenant, id).await?;
    let preferences = api.contacts.preferences(caller.tenant, id).await?;
    let consent = consent::view(&api, caller.tenant, id).await?;
    let now = api.clock.now();
    let query = FactsQuery::of(caller.tenant, id);
    let known = api.facts.load(&[query], now).await?;
    let known = known.into_iter().next().flatten();
    let known = known.ok_or(ApiError::NotFound("contact"))?;
    let switch = &known.tenant.settings.channel_switch;
    let absences = known.absences.iter();
    let absences = absences.map(|absence| AbsenceView::of(absence, switch, now));
    let filter = MessageFilter {
        contact: Some(id),
        ..MessageFilter::default()
    };
    let mut messages = Vec::new();
    let mut after = None;
    loop {
        let page = Page { limit: 200, after };
        let found = api.messages.list(caller.tenant, &filter, page).await?;
        messages.extend(found.data.into_iter().map(MessageView::from));
        after = found.next;
        if after.is_none() {
            break;
        }
    }
    let media = messages.iter_mut().flat_map(MessageView::media);
    fill(&api, caller.tenant, media).await?;
    Ok(Json(ExportView {
        exported_at: now.into(),
        contact: contact.into(),
        preferences: preferences.unwrap_or_default().into(),
        consent,
        absences: absences.collect(),
        messages,
    }))
}
