//! Cross-channel chains: what a request may ask for, and how far one is.

use super::messages::find;
use crate::{
    api::Api,
    auth::{Caller, Read},
    checks::Checks,
    error::ApiError,
    page::PathId,
    wire,
};
use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tidings_kernel::{Channel, MessageId};
use tidings_messaging::{Fallback, LadderView};
use time::Duration;
use utoipa::ToSchema;

/// What happens when a message does not arrive: the same is sent by other channels, each through the gate again,
/// until one has arrived.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFallback)]
pub(crate) struct FallbackBody {
    /// In order. The one that the message itself takes is left out.
    #[schema(value_type = Vec<wire::Channel>, example = json!(["sms", "email"]))]
    channels: Vec<Channel>,
    /// After how long without a receipt of delivery the next is sent, from when the message was to leave; at most a
    /// week. 0 sends by all channels at once.
    #[schema(minimum = 0, maximum = 604_800)]
    after_seconds: Option<u32>,
    /// `failed`: when it has failed for good or may not be sent. `undelivered`: when no receipt came for
    /// `after_seconds`. Both when left out.
    #[schema(value_type = Option<Vec<String>>, example = json!(["failed", "undelivered"]))]
    on: Option<Vec<FallbackOn>>,
}

/// When a chain goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FallbackOn {
    Failed,
    Undelivered,
}

impl FallbackBody {
    pub(crate) fn checked(self, checks: &mut Checks) -> Fallback {
        let is_on = |on| self.on.as_ref().is_none_or(|all| all.contains(&on));
        let is_timed = self.after_seconds.is_some();
        let wants_time = self
            .on
            .as_ref()
            .is_some_and(|all| all.contains(&FallbackOn::Undelivered));
        if wants_time && !is_timed {
            let detail = "say after how many seconds a message counts as undelivered";
            checks.refuse("/fallback/after_seconds", "missing_field", detail);
        }
        Fallback {
            on_failed: is_on(FallbackOn::Failed),
            after: self
                .after_seconds
                .filter(|_| is_on(FallbackOn::Undelivered))
                .map(|seconds| Duration::seconds(seconds.into())),
            channels: self.channels,
        }
    }
}

/// How far a cross-channel chain is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Fallback)]
pub(crate) struct FallbackView {
    /// Its messages, in the order in which they were sent.
    #[schema(example = json!(["msg_01h2xcejqtf2nbrexx3vqjhp41"]))]
    messages: Vec<String>,
    /// Whether nothing more is sent: one has arrived, or no channel is left.
    is_over: bool,
    #[schema(value_type = Vec<wire::Channel>)]
    channels: Vec<Channel>,
    after_seconds: Option<i64>,
    on: Vec<&'static str>,
}

impl From<LadderView> for FallbackView {
    fn from(ladder: LadderView) -> Self {
        let fallback = ladder.fallback;
        let failed = fallback.on_failed.then_some("failed");
        let undelivered = fallback.after.map(|_| "undelivered");
        Self {
            messages: ladder.messages.iter().map(ToString::to_string).collect(),
            is_over: ladder.is_over,
            channels: fallback.channels,
            after_seconds: fallback.after.map(Duration::whole_seconds),
            on: failed.into_iter().chain(undelivered).collect(),
        }
    }
}

/// How far a message's fallback is
#[utoipa::path(get, path = "/v1/messages/{id}/fallback", tag = "Messages",
    params(("id" = String, Path)),
    responses((status = 200, body = FallbackView),
        (status = 404, description = "`not_found`: no such message, or it belongs to no chain")))]
pub(crate) async fn fallback(
    State(api): State<Arc<Api>>,
    caller: Caller<Read>,
    PathId(id): PathId<MessageId>,
) -> Result<Json<FallbackView>, ApiError> {
    find(&api, caller.tenant, id).await?;
    let ladder = api.ladders.of_message(caller.tenant, id).await?;
    let ladder = ladder.ok_or(ApiError::NotFound("fallback of this message"))?;
    Ok(Json(ladder.into()))
}
