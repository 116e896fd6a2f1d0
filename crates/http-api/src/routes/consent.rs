use super::contacts::find;
use crate::{
    api::Api,
    auth::{Caller, Manage, Read},
    body::RawBody,
    error::ApiError,
    idempotency::{Done, Reply, once},
    page::PathId,
    wire::{self, Timestamp},
};
use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};
use tidings_consent::{
    Action, Channels, ConsentEvent, Evidence, Method, Purposes, Standing,
    chain::{Link, verify},
    state,
};
use tidings_kernel::{Channel, ConsentEventId, ContactId, Purpose, TenantId};
use tidings_messaging::FactsQuery;
use time::Duration;
use utoipa::ToSchema;

/// How far a client's clock may run ahead of ours.
const AHEAD: Duration = Duration::minutes(5);

/// A fact about consent.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewConsentEvent {
    #[schema(value_type = wire::ConsentAction)]
    action: Action,
    /// A list of channels, or `"all"`.
    #[schema(value_type = Vec<wire::Channel>, example = json!(["sms"]))]
    channels: Channels,
    /// A list of purposes, or `"all"`.
    #[schema(value_type = Vec<wire::Purpose>, example = json!(["marketing"]))]
    purposes: Purposes,
    #[schema(value_type = wire::ConsentMethod)]
    method: Method,
    /// When it happened; now when left out. This decides, however late we learn of it. Up to five
    /// minutes in the future counts as now, for clocks that run ahead.
    occurred_at: Option<Timestamp>,
    #[serde(default)]
    #[schema(value_type = EvidenceBody)]
    evidence: Evidence,
}

/// What proves a fact about consent.
#[derive(ToSchema)]
#[expect(
    dead_code,
    reason = "the schema of what the consent crate reads and writes"
)]
#[schema(as = Evidence)]
pub(crate) struct EvidenceBody {
    /// The words that the contact saw when agreeing.
    #[schema(max_length = 10_000)]
    text_shown: Option<String>,
    /// The address that the act came from.
    #[schema(max_length = 64)]
    ip: Option<String>,
    #[schema(max_length = 1_000)]
    user_agent: Option<String>,
    /// Where a signed form or a recording is kept.
    #[schema(max_length = 2_000)]
    document_url: Option<String>,
    /// The inbound message that says it.
    #[schema(max_length = 255)]
    source_message_id: Option<String>,
    #[schema(max_length = 2_000)]
    note: Option<String>,
}

/// A recorded fact about consent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ConsentEvent)]
pub(crate) struct ConsentEventView {
    #[schema(example = "cev_01h2xcejqtf2nbrexx3vqjhp41")]
    id: String,
    contact_id: String,
    #[schema(value_type = wire::RecordedConsentAction)]
    action: Action,
    /// A list of channels, or `"all"`.
    #[schema(value_type = Vec<wire::Channel>)]
    channels: Channels,
    /// A list of purposes, or `"all"`.
    #[schema(value_type = Vec<wire::Purpose>)]
    purposes: Purposes,
    #[schema(value_type = wire::ConsentMethod)]
    method: Method,
    occurred_at: Timestamp,
    recorded_at: Timestamp,
    #[schema(value_type = EvidenceBody)]
    evidence: Evidence,
}

impl From<ConsentEvent> for ConsentEventView {
    fn from(event: ConsentEvent) -> Self {
        Self {
            id: event.id.to_string(),
            contact_id: event.contact.to_string(),
            action: event.action,
            channels: event.channels,
            purposes: event.purposes,
            method: event.method,
            occurred_at: event.occurred_at.into(),
            recorded_at: event.recorded_at.into(),
            evidence: event.evidence,
        }
    }
}

/// What the ledger adds up to, and the ledger.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consent)]
pub(crate) struct ConsentView {
    /// By channel and purpose, as the gate sees it: events of other contacts that share an address
    /// count too, since consent belongs to the number.
    #[schema(value_type = BTreeMap<String, BTreeMap<String, StandingView>>)]
    state: BTreeMap<Channel, BTreeMap<Purpose, StandingView>>,
    /// The contact's events in the order in which they were recorded.
    history: Vec<ConsentEventView>,
    chain: ChainView,
    /// Ledgers of contacts that were merged into this one, each a chain of its own. What they refused counts, by events
    /// of this contact's; what they agreed to counts no more, unless they shared an address with it.
    merged: Vec<MergedLedgerView>,
}

/// The ledger of a contact that was merged into another.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MergedLedger)]
pub(crate) struct MergedLedgerView {
    contact_id: String,
    history: Vec<ConsentEventView>,
    chain: ChainView,
}

/// What stands for one channel and purpose.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Standing)]
pub(crate) struct StandingView {
    #[schema(value_type = wire::ConsentStatus)]
    status: &'static str,
    since: Option<Timestamp>,
    /// The events that it rests on.
    #[schema(value_type = Vec<String>)]
    because: Vec<ConsentEventId>,
}

/// Whether the history is as it was recorded.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Chain)]
pub(crate) struct ChainView {
    valid: bool,
    /// The hash over the whole history; keep it elsewhere to notice a cut end. `null` when it is
    /// empty or broken.
    head: Option<String>,
}

impl From<&Standing> for StandingView {
    fn from(standing: &Standing) -> Self {
        Self {
            status: standing.status.as_str(),
            since: standing.since.map(Into::into),
            because: standing.because.clone(),
        }
    }
}

/// Everything about a contact's consent.
pub(crate) async fn view(
    api: &Api,
    tenant: TenantId,
    contact: ContactId,
) -> Result<ConsentView, ApiError> {
    let query = FactsQuery::of(tenant, contact);
    let now = api.clock.now();
    let known = api.facts.load(&[query], now).await?.pop().flatten();
    let known = known.ok_or(ApiError::NotFound("contact"))?;
    let (history, chain) = ledger(api, tenant, contact).await?;
    let mut merged = Vec::new();
    for gone in api.contacts.merged_from(tenant, contact).await? {
        let (history, chain) = ledger(api, tenant, gone).await?;
        merged.push(MergedLedgerView {
            contact_id: gone.to_string(),
            history,
            chain,
        });
    }
    let mut cells: BTreeMap<Channel, BTreeMap<Purpose, StandingView>> = BTreeMap::new();
    for (channel, purpose, standing) in state(&known.consent, now).iter() {
        let purposes = cells.entry(channel).or_default();
        purposes.insert(purpose, standing.into());
    }
    Ok(ConsentView {
        state: cells,
        history,
        chain,
        merged,
    })
}

/// The events of one chain, and whether they are as they were recorded.
async fn ledger(
    api: &Api,
    tenant: TenantId,
    contact: ContactId,
) -> Result<(Vec<ConsentEventView>, ChainView), ApiError> {
    let links: Vec<Link> = api.consent.history(tenant, contact).await?;
    let chain = match verify(&links) {
        Ok(head) => ChainView {
            valid: true,
            head: head.map(|hash| hash.to_string()),
        },
        Err(broken) => {
            tracing::error!(%contact, index = broken.index, "a chain of consent events is broken");
            ChainView {
                valid: false,
                head: None,
            }
        }
    };
    let history = links.into_iter().map(|link| link.event.into()).collect();
    Ok((history, chain))
}

/// Record a fact about consent
#[utoipa::path(post, path = "/v1/contacts/{id}/consent", tag = "Consent", request_body = NewConsentEvent,
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = 201, body = ConsentEventView), (status = 404, description = "`not_found`"),
        (status = 422, description = "`invalid_request`: also when `occurred_at` lies in the future")))]
pub(crate) async fn record(
    State(api): State<Arc<Api>>,
    caller: Caller<Manage>,
    PathId(contact): PathId<ContactId>,
    body: RawBody,
) -> Response {
    let api = &*api;
    once(api, caller.tenant, &body, |slot| {
        let request = body.json::<NewConsentEvent>();
        async move {
            let request = request?;
            if !Action::FOR_REQUESTS.contains(&request.action) {
                return Err(ApiError::field(
                    "/action",
                    "not_for_clients",
                    "the system itself records this: use an action of the list",
                ));
            }
            find(api, caller.tenant, contact).await?;
            let now = api.clock.now();
            let occurred_at = request.occurred_at.map_or(now, |at| at.0);
            if occurred_at > now + AHEAD {
                return Err(ApiError::field(
                    "/occurred_at",
                    "in_the_future",
                    "it cannot have happened yet",
                ));
            }
            let event = ConsentEvent {
                id: ConsentEventId::new(&*api.ids),
                contact,
                action: request.action,
                channels: request.channels,
                purposes: request.purposes,
                method: request.method,
                // Events of the future are not seen, and a stop must count at once.
                occurred_at: occurred_at.min(now),
                recorded_at: now,
                evidence: request.evidence,
            };
            let reply = Reply::json(StatusCode::CREATED, &ConsentEventView::from(event.clone()))?
                .at(format!("/v1/contacts/{contact}/consent"));
            let answer = slot.answer(&reply);
            api.consent
                .record(caller.tenant, &event, answer.as_ref())
                .await?;
            Ok(Done::Stored(reply))
        }
    })
    .await
}

/// Read consent
#[utoipa::path(get, path = "/v1/contacts/{id}/consent", tag = "Consent", params(("id" = String, Path)),
    responses((status = 200, body = ConsentView), (status = 404, description = "`not_found`")))]
pub(crate) async fn read(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(contact): PathId<ContactId>,
) -> Result<Json<ConsentView>, ApiError> {
    Ok(Json(view(&api, caller.tenant, contact).await?))
}
