use crate::{
    api::Api,
    auth::{Caller, Read},
    error::ApiError,
    page::{Cursor, Limit, Params, listed, page},
    wire::{self, Listed, Timestamp},
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_messaging::{Class, DeadLetter, Depth, Tally, TenantStats};
use utoipa::{IntoParams, ToSchema};

/// How many; what would take long to count is not counted to the end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Tally)]
pub(crate) struct TallyView {
    count: u64,
    /// `exact`, or `at_least` when there are more than were counted.
    #[schema(example = "exact")]
    precision: &'static str,
}

/// What waits of one class.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ClassDepth)]
pub(crate) struct DepthView {
    #[schema(example = "transactional")]
    class: &'static str,
    /// May be sent now.
    ready: TallyView,
    /// Waits until an operator ends a pause.
    paused: TallyView,
    /// Is due later: scheduled, deferred, to be tried again, or to be asked about.
    asleep: TallyView,
    /// Is being worked on.
    held: TallyView,
    /// Since when the oldest that may be sent now waits.
    oldest_at: Option<Timestamp>,
}

/// What waits of a tenant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = QueueStats)]
pub(crate) struct StatsView {
    /// Every class, most urgent first.
    classes: Vec<DepthView>,
    /// Since when an operator has paused everything, if so.
    paused_at: Option<Timestamp>,
    /// Messages of which nobody knows yet whether the provider has them.
    unknown: TallyView,
    /// Messages that have failed and were not sent again.
    dead_letters: TallyView,
}

/// Which dead letters to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LettersQuery {
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    #[param(inline)]
    after: Option<Cursor>,
}

/// A message that has failed and was not sent again.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetter)]
pub(crate) struct LetterView {
    #[schema(example = "msg_01h2xcejqtf2nbrexx3vqjhp41")]
    message_id: String,
    failed_at: Timestamp,
    error: LetterErrorView,
    /// Whether it certainly did not arrive, so that it may be sent again.
    may_retry: bool,
    links: LetterLinksView,
}

/// Why a message has failed.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetterError)]
pub(crate) struct LetterErrorView {
    #[schema(value_type = wire::ErrorClass)]
    class: &'static str,
    /// The provider's code, or ours.
    code: String,
    /// In words; empty when the contact was erased.
    detail: String,
    /// What a person can do about it.
    advice: &'static str,
}

/// Where to go on from a dead letter.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeadLetterLinks)]
pub(crate) struct LetterLinksView {
    message: String,
    /// Every decision that was taken for it.
    explain: String,
    /// Where to POST to send it again; `null` when it may have arrived.
    retry: Option<String>,
}

impl From<Tally> for TallyView {
    fn from(tally: Tally) -> Self {
        Self {
            count: tally.count,
            precision: tally.precision.as_str(),
        }
    }
}

impl From<(Class, Depth)> for DepthView {
    fn from((class, depth): (Class, Depth)) -> Self {
        Self {
            class: class.as_str(),
            ready: depth.ready.into(),
            paused: depth.paused.into(),
            asleep: depth.asleep.into(),
            held: depth.held.into(),
            oldest_at: depth.oldest.map(Into::into),
        }
    }
}

impl From<TenantStats> for StatsView {
    fn from(stats: TenantStats) -> Self {
        Self {
            classes: stats.classes.into_iter().map(Into::into).collect(),
            paused_at: stats.paused_at.map(Into::into),
            unknown: stats.unknown.into(),
            dead_letters: stats.dead_letters.into(),
        }
    }
}

impl From<DeadLetter> for LetterView {
    fn from(letter: DeadLetter) -> Self {
        let message = format!("/v1/messages/{}", letter.message);
        Self {
            message_id: letter.message.to_string(),
            failed_at: letter.failed_at.into(),
            error: LetterErrorView {
                class: letter.error.class.as_str(),
                code: letter.error.code,
                detail: letter.error.detail,
                advice: letter.error.class.advice(),
            },
            may_retry: letter.may_retry,
            links: LetterLinksView {
                explain: format!("{message}/explain"),
                retry: letter.may_retry.then(|| format!("{message}/retry")),
                message,
            },
        }
    }
}

/// What waits in the queue
///
/// Each number is counted up to 10,000 and is `at_least` that beyond.
#[utoipa::path(get, path = "/v1/queue/stats", tag = "Queue",
    responses((status = 200, body = StatsView)))]
pub(crate) async fn stats(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
) -> Result<Json<StatsView>, ApiError> {
    let stats = api
        .operations
        .tenant_stats(caller.tenant, api.clock.now())
        .await?;
    let stats = stats.ok_or(ApiError::NotFound("tenant"))?;
    Ok(Json(stats.into()))
}

/// List messages that have failed
///
/// Newest messages first. One leaves the list when it is sent again, or turns out to have arrived.
#[utoipa::path(get, path = "/v1/dead-letters", tag = "Queue", params(LettersQuery),
    responses((status = 200, body = Listed<LetterView>)))]
pub(crate) async fn dead_letters(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    Params(query): Params<LettersQuery>,
) -> Result<Json<Listed<LetterView>>, ApiError> {
    let page = page(query.limit, query.after);
    let found = api.messages.dead_letters(caller.tenant, page).await?;
    Ok(Json(listed(found, LetterView::from)))
}
