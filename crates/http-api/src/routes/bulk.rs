//! Many messages in one request.

mod form;
mod reading;
mod run;
mod schema;

use crate::{
    api::Api,
    auth::{Caller, Send},
    body::Repeatable,
    error::ApiError,
    idempotency::{Done, Reply, Slot, once},
    spool::Spooled,
    wire,
};
use axum::{
    Extension,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use form::{Form, Outline};
use reading::Reading;
use ring::digest::{Context, SHA256};
use run::{Run, Sum};
use schema::{BulkBody, BulkLine};
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};
use tidings_kernel::{BatchId, Money, TenantId};
use tidings_messaging::{RecipientError, Scope};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use utoipa::ToSchema;

/// Where it is posted.
pub(crate) const PATH: &str = "/v1/messages/bulk";
/// The most recipients of one request.
const MOST: u64 = 100_000;

/// How long the defaults may be, in bytes, times the recipients that each get them: a message is stored with
/// its text.
const MOST_REPEATED: u64 = 1 << 28;

/// Places for requests that are worked on at the same time. A tenant has half of them at most, so that its
/// slow uploads leave others theirs.
#[derive(Clone)]
pub(crate) struct Places {
    all: Arc<Semaphore>,
    count: usize,
    of_tenants: Arc<Mutex<HashMap<TenantId, Arc<Semaphore>>>>,
}

impl Places {
    pub(crate) fn new(count: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(count)),
            count,
            of_tenants: Arc::default(),
        }
    }

    /// Waits for a place. `None` when none are given out any more.
    async fn take(&self, tenant: TenantId) -> Option<(OwnedSemaphorePermit, OwnedSemaphorePermit)> {
        let own = {
            let mut of_tenants = self
                .of_tenants
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            // Nobody waits for those, and nobody has a place of theirs.
            of_tenants.retain(|_, places| Arc::strong_count(places) > 1);
            let half = || Arc::new(Semaphore::new(self.count.div_ceil(2)));
            of_tenants.entry(tenant).or_insert_with(half).clone()
        };
        let own = own.acquire_owned().await.ok()?;
        Some((own, self.all.clone().acquire_owned().await.ok()?))
    }
}

/// What became of the recipients.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Batch)]
pub(crate) struct BatchView {
    #[schema(example = "bat_01h2xcejqtf2nbrexx3vqjhp41")]
    batch_id: String,
    /// How many messages are queued now.
    accepted: u64,
    /// How many are sent later: when hours allow it, or when they are scheduled.
    deferred: u64,
    /// How many messages the gate refused. They are stored, with their reasons.
    blocked: u64,
    /// How many recipients nothing was stored for.
    failed: u64,
    /// What those that were taken in are expected to cost. `null` when no price is known, and when there
    /// are prices in several currencies: see `estimated_costs`.
    #[schema(value_type = Option<wire::Money>)]
    estimated_cost: Option<Money>,
    /// The same, for each currency.
    #[schema(value_type = Vec<wire::Money>)]
    estimated_costs: Vec<Money>,
    /// What is wrong with single recipients, by their places; at most 1,000 are told, the rest is only
    /// counted in `blocked` and `failed`.
    errors: Vec<RecipientErrorView>,
}

/// What is wrong with one recipient.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = RecipientError)]
pub(crate) struct RecipientErrorView {
    /// The place of the recipient in the request, from 0. Blank lines and the line with `defaults` do not
    /// count.
    index: u32,
    /// The code that the same message would be refused with if it were sent alone.
    #[schema(example = "invalid_phone_number")]
    code: String,
    /// What is wrong, and what to do.
    detail: String,
}

impl From<RecipientError> for RecipientErrorView {
    fn from(error: RecipientError) -> Self {
        Self {
            index: error.index,
            code: error.code,
            detail: error.detail,
        }
    }
}

impl BatchView {
    fn new(batch: BatchId, sum: Sum) -> Self {
        let costs: Vec<Money> = sum
            .costs
            .into_iter()
            .map(|(currency, micros)| Money::from_micros(micros, currency))
            .collect();
        Self {
            batch_id: batch.to_string(),
            accepted: sum.accepted,
            deferred: sum.deferred,
            blocked: sum.blocked,
            failed: sum.failed,
            estimated_cost: match costs.as_slice() {
                [only] => Some(*only),
                _ => None,
            },
            estimated_costs: costs,
            errors: sum.errors.into_iter().map(Into::into).collect(),
        }
    }
}

/// Send many messages
///
/// Up to 100,000 recipients and 64 MiB in one request. A recipient is what `POST /v1/messages` takes; what
/// it leaves out is taken from `defaults`. A `text` of its own stands in place of a template of the
/// defaults and the other way round, and the data of a template are put together. `defaults` cannot hold
/// `to`, and nobody `dry_run`. Each recipient is stored with its copy of the defaults: their length times the
/// recipients may be 256 MiB.
///
/// The body must arrive within 30 s, and is then worked on for five minutes at most. A tenant has two such
/// requests worked on at once; others wait.
///
/// As `application/x-ndjson` or `application/jsonl` each line is a recipient; the first one may be
/// `{"defaults": {…}}`.
///
/// A bad recipient does not keep the others back; it is told in `errors`. Nothing is stored when the
/// request as a whole is wrong or breaks off before its end. Blocked messages are stored, as single ones
/// are.
///
/// Give an `Idempotency-Key`: when the connection or a process breaks while the messages are taken in, the
/// same request with the same key goes on where it stopped, and nobody gets anything twice. Without a key
/// a repeated request sends everything again.
#[utoipa::path(post, path = "/v1/messages/bulk", tag = "Messages",
    request_body(content((BulkBody = "application/json"), (BulkLine = "application/x-ndjson"))),
    params(("Idempotency-Key" = Option<String>, Header, description = "At most 255 characters, kept 24 h")),
    responses((status = 202, body = BatchView),
        (status = 400, description = "`incomplete_body`"),
        (status = 403, description = "`forbidden`: also `override` in `defaults` with less than the scope `manage`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_request`, also for more than 100,000 recipients; `unknown_field`"),
        (status = 503, description = "`no_room`: the disk is full; `unavailable`")))]
pub(crate) async fn create(
    State(api): State<Arc<Api>>,
    Extension(places): Extension<Places>,
    caller: Caller<Send>,
    request: Request,
) -> Response {
    // Whoever waits for a place sends nothing meanwhile.
    let Some(_place) = places.take(caller.tenant).await else {
        return ApiError::internal("no places are given out any more").into_response();
    };
    let body = Spooled::take(request, &api.config.spool);
    match tokio::time::timeout(api.config.timeout.unsigned_abs(), body).await {
        Ok(Ok(body)) => taken(&api, &caller, Arc::new(body)).await,
        Ok(Err(error)) => error.into_response(),
        Err(_elapsed) => ApiError::TimedOut.into_response(),
    }
}

async fn taken(api: &Api, caller: &Caller<Send>, body: Arc<Spooled>) -> Response {
    let outline = outline(Arc::clone(&body)).await;
    let may_override = caller.require(Scope::Manage);
    let overrides = |(_, outline): &(Form, Outline)| {
        let defaults = outline.defaults.as_ref();
        defaults.is_some_and(|defaults| defaults.has_override())
    };
    if outline.as_ref().is_ok_and(overrides)
        && let Err(error) = may_override
    {
        // Not remembered under the key: with a stronger API key the same request may pass.
        return error.into_response();
    }
    let reading = outline.map(|(form, outline)| Reading {
        form,
        outline,
        key: caller.key,
        may_override: may_override.is_ok(),
    });
    let spooled = Arc::clone(&body);
    once(api, caller.tenant, &*body, |slot| async move {
        send(api, caller.tenant, spooled, reading?, &slot).await
    })
    .await
}

/// Reads the whole body once, and says what is wrong with it as a whole.
async fn outline(body: Arc<Spooled>) -> Result<(Form, Outline), ApiError> {
    let form = Form::of(body.media_type()).ok_or(ApiError::UnsupportedMediaType(
        "application/json or application/x-ndjson",
    ))?;
    let outline = tokio::task::spawn_blocking(move || form.outline(&body))
        .await
        .map_err(ApiError::internal)??;
    if let Some(defaults) = &outline.defaults {
        if defaults.has_recipient() {
            let detail = "each recipient has its own";
            return Err(ApiError::field("/defaults/to", "unknown_field", detail));
        }
        if defaults.dry_run {
            let detail = "try single messages with POST /v1/messages";
            return Err(ApiError::not_supported("/defaults/dry_run", detail));
        }
    }
    if outline.recipients == 0 {
        return Err(ApiError::field("/recipients", "empty", "name at least one"));
    }
    if outline.recipients > MOST {
        let detail = format!(
            "{} recipients, of at most {MOST}: send several requests",
            outline.recipients
        );
        return Err(ApiError::field("/recipients", "too_many", detail));
    }
    let length = u64::try_from(outline.defaults_length).unwrap_or(u64::MAX);
    if length.saturating_mul(outline.recipients) > MOST_REPEATED {
        let detail = format!(
            "{length} bytes for each of {} recipients: together at most {MOST_REPEATED}",
            outline.recipients
        );
        return Err(ApiError::field("/defaults", "too_long", detail));
    }
    Ok((form, outline))
}

async fn send(
    api: &Api,
    tenant: TenantId,
    body: Arc<Spooled>,
    reading: Reading,
    slot: &Slot<'_>,
) -> Result<Done, ApiError> {
    let known = batch_of(tenant, &body);
    let (batch, recorded) = match known {
        Some(batch) => {
            let now = api.clock.now();
            (batch, api.batches.recorded(tenant, batch, now).await?)
        }
        None => (BatchId::new(&*api.ids), BTreeMap::new()),
    };
    let (sender, chunks) = mpsc::channel(1);
    let reader = tokio::task::spawn_blocking(move || reading.run(&body, &sender));
    let run = Run {
        api,
        tenant,
        batch,
        recorded,
    };
    let sum = run.take(chunks).await?;
    // Whoever stops early has not read everything.
    reader.await.map_err(ApiError::internal)??;
    let reply = Reply::json(StatusCode::ACCEPTED, &BatchView::new(batch, sum))?;
    let answer = slot.answer(&reply);
    api.batches
        .finish_batch(tenant, batch, answer.as_ref())
        .await?;
    Ok(Done::Stored(reply))
}

/// The batch that a request with an idempotency key is: the same one when it is repeated.
fn batch_of(tenant: TenantId, body: &Spooled) -> Option<BatchId> {
    let asked = body.asked();
    let key = asked.key.as_ref()?;
    let mut context = Context::new(&SHA256);
    context.update(tenant.uuid().as_bytes());
    context.update(&body.fingerprint());
    context.update(asked.endpoint.as_bytes());
    context.update(&[0]);
    context.update(key.as_bytes());
    let hash = crate::body::digest(context);
    let mut bytes = [0; 16];
    bytes
        .iter_mut()
        .zip(hash)
        .for_each(|(place, byte)| *place = byte);
    let uuid = uuid::Builder::from_custom_bytes(bytes).into_uuid();
    Some(BatchId::from_uuid(uuid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use uuid::Uuid;

    #[tokio::test]
    async fn a_tenant_leaves_half_of_the_places_to_others() {
        let tenant = |number| TenantId::from_uuid(Uuid::from_u128(number));
        let places = Places::new(4);
        let one = places.take(tenant(1)).await.expect("a place");
        let _two = places.take(tenant(1)).await.expect("another");
        assert!(places.take(tenant(1)).now_or_never().is_none());
        let _other = places.take(tenant(2)).await.expect("for somebody else");
        drop(one);
        assert!(places.take(tenant(1)).now_or_never().is_some());
    }
}
