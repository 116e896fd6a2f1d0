//! How well an account works.

use super::{account_standing::StandingView, accounts::find};
use crate::{
    api::Api,
    auth::{Caller, Read},
    error::ApiError,
    page::PathId,
    wire::Timestamp,
};
use axum::{Json, extract::State};
use serde::Serialize;
use std::sync::Arc;
use tidings_kernel::AccountId;
use tidings_messaging::{Checkup, HealthEvent};
use utoipa::ToSchema;

/// How many lines of its history are told.
const HISTORY: u32 = 50;

/// How an account is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountHealth)]
pub(crate) struct HealthView {
    /// `enabled`, or `disabled` when it is switched off or its provider is not offered here.
    status: &'static str,
    detail: &'static str,
    /// As a whole first, then for each destination that messages went to lately or that is not well.
    ways: Vec<WayView>,
    /// The numbers of which the provider has said how people take what they send, or how many they may write to.
    numbers: Vec<NumberView>,
    /// What happened to it, newest first, at most 50 lines.
    history: Vec<EventView>,
}

/// How well an account works, as a whole or to one destination.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WayHealth)]
pub(crate) struct WayView {
    /// The destination; `null` for the account as a whole.
    #[schema(example = "GB")]
    region: Option<String>,
    /// `closed`: messages go there. `open`: too many calls failed, and none do. `half_open`: a few do, to see whether
    /// it works again. `out`: the provider has refused the account, and none do.
    #[schema(example = "closed")]
    state: &'static str,
    since: Timestamp,
    /// When the provider is asked whether it works again, if no messages go there.
    probe_at: Option<Timestamp>,
    /// The share of its messages that it gets, from 0 to 1.
    #[schema(example = 1.0)]
    share: f64,
    /// Calls of the last minute,
    calls: u32,
    /// and how many of them failed through no fault of the message.
    faults: u32,
    /// Receipts of the last minute.
    delivered: u32,
    undelivered: u32,
    /// Receipts that were due and did not come.
    missing: u32,
    /// From the call to the receipt of delivery, on average.
    latency_seconds: Option<f64>,
}

/// How the provider sees a number of an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NumberHealth)]
pub(crate) struct NumberView {
    #[schema(example = "snd_01h2xcejqtf2nbrexx3vqjhp41")]
    sender_id: String,
    address: String,
    standing: StandingView,
    /// What follows from it.
    #[schema(example = "Quality: medium. Marketing goes at half its pace.")]
    sentence: String,
}

/// One thing that happened to an account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = HealthEvent)]
pub(crate) struct EventView {
    region: Option<String>,
    state: String,
    at: Timestamp,
    #[schema(example = "9 of 12 calls failed in the last minute")]
    reason: String,
}

impl From<&Checkup> for WayView {
    fn from(checkup: &Checkup) -> Self {
        let (health, recent) = (checkup.health, checkup.recent);
        Self {
            region: checkup.way.region.map(|region| region.to_string()),
            state: health.circuit.as_str(),
            since: health.since.into(),
            probe_at: health.probe_at().map(Into::into),
            share: f64::from(health.share()) / f64::from(tidings_routing::WHOLE),
            calls: recent.calls(),
            faults: recent.faults,
            delivered: recent.delivered,
            undelivered: recent.undelivered,
            missing: recent.missing,
            latency_seconds: recent.latency().map(time::Duration::as_seconds_f64),
        }
    }
}

impl From<HealthEvent> for EventView {
    fn from(event: HealthEvent) -> Self {
        Self {
            region: event.region.map(|region| region.to_string()),
            state: event.state,
            at: event.at.into(),
            reason: event.reason,
        }
    }
}

/// How an account is
#[utoipa::path(get, path = "/v1/provider-accounts/{id}/health", tag = "Provider accounts",
    params(("id" = String, Path)),
    responses((status = 200, body = HealthView), (status = 404, description = "`not_found`")))]
pub(crate) async fn health(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<AccountId>,
) -> Result<Json<HealthView>, ApiError> {
    let account = find(&api, caller.tenant, id).await?;
    let is_known = api.catalog.get(&account.provider).is_some();
    let (status, detail) = match (account.is_enabled, is_known) {
        (true, true) => ("enabled", "It may be used."),
        (false, _) => ("disabled", "It is switched off."),
        (true, false) => ("disabled", "Its provider is not offered here."),
    };
    let now = api.clock.now();
    let all = api.healths.of_tenants(&[caller.tenant], now).await?;
    let ways = all.iter().filter(|checkup| checkup.way.account == id);
    let history = api.healths.history(caller.tenant, id, HISTORY).await?;
    let tenant = api.tenants.get(caller.tenant).await?;
    let whatsapp = tenant.map(|tenant| tenant.settings.whatsapp);
    let percent = whatsapp.unwrap_or_default().medium_quality_percent;
    let numbers = account.senders.iter().filter_map(|sender| {
        Some(NumberView {
            sender_id: sender.id.to_string(),
            address: sender.address.clone(),
            standing: StandingView::of(&sender.standing)?,
            sentence: sender.standing.sentence(percent),
        })
    });
    Ok(Json(HealthView {
        status,
        detail,
        ways: ways.map(Into::into).collect(),
        numbers: numbers.collect(),
        history: history.into_iter().map(Into::into).collect(),
    }))
}
