//! One request, one effect: repetitions get the first answer.

use crate::{api::Api, body::Repeatable, error::ApiError, problem::PROBLEM_JSON};
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use std::future::Future;
use tidings_kernel::TenantId;
use tidings_messaging::{Answer, Begun, IdempotencyKey, StoredAnswer};
use uuid::Uuid;

/// The longest key, in characters.
const LONGEST: usize = 255;

/// An answer in full, so that it can be stored together with what it reports.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    status: StatusCode,
    location: Option<String>,
    body: Vec<u8>,
}

/// Whether an answer was stored together with its effect, or is to be stored now.
pub(crate) enum Done {
    /// A port stored it in the same step.
    Stored(Reply),
    /// There was no effect, or one that may be repeated.
    Loose(Reply),
}

/// Where an answer is to be stored, if the client asked for that.
#[derive(Clone)]
pub(crate) struct Slot<'a> {
    key: Option<(IdempotencyKey, Uuid)>,
    api: &'a Api,
    request_id: &'a str,
}

impl Reply {
    /// An answer of JSON.
    pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Result<Self, ApiError> {
        Ok(Self {
            status,
            location: None,
            body: serde_json::to_vec(body).map_err(ApiError::internal)?,
        })
    }

    /// With the address of what was made.
    pub(crate) fn at(mut self, location: String) -> Self {
        self.location = Some(location);
        self
    }

    fn stored(&self) -> StoredAnswer {
        StoredAnswer {
            status: self.status.as_u16(),
            location: self.location.clone(),
            body: self.body.clone(),
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let media_type = if self.status.is_client_error() {
            PROBLEM_JSON
        } else {
            "application/json"
        };
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        let location = self.location.and_then(|at| HeaderValue::from_str(&at).ok());
        if let Some(location) = location {
            headers.insert(header::LOCATION, location);
        }
        response
    }
}

impl Slot<'_> {
    /// The answer to store with its effect; `None` when the client gave no key.
    pub(crate) fn answer(&self, reply: &Reply) -> Option<Answer> {
        self.key.as_ref().map(|(key, claim)| Answer {
            key: key.clone(),
            claim: *claim,
            answer: reply.stored(),
        })
    }

    /// A refusal in full, so that it can be stored with what it reports.
    pub(crate) fn refusal(&self, error: ApiError) -> Result<Reply, ApiError> {
        let draft = error.draft();
        let status = draft.status;
        Reply::json(
            status,
            &draft.finish(&self.api.config.public_url, self.request_id),
        )
    }
}

/// Does the work of a request once. Refusals are remembered, failures of ours are not.
pub(crate) async fn once<'a, B, F, W>(
    api: &'a Api,
    tenant: TenantId,
    body: &'a B,
    work: F,
) -> Response
where
    B: Repeatable,
    F: FnOnce(Slot<'a>) -> W,
    W: Future<Output = Result<Done, ApiError>>,
{
    let slot = match begin(api, tenant, body).await {
        Ok(Begin::Go(slot)) => slot,
        Ok(Begin::Replay(answer)) => return replay(answer),
        Err(error) => return error.into_response(),
    };
    let done = work(slot.clone()).await;
    let result = match (done, &slot.key) {
        (Ok(Done::Stored(reply)), _) | (Ok(Done::Loose(reply)), None) => Ok(reply),
        (Ok(Done::Loose(reply)), Some(_)) => {
            finish(api, &slot, &reply).await;
            Ok(reply)
        }
        (Err(error), None) => Err(error),
        (Err(error), Some((key, claim))) if error.is_ours() => {
            if let Err(problem) = api.idempotency.abandon(key, *claim).await {
                tracing::warn!(error = %problem, "an idempotency key stays begun until it is taken over");
            }
            Err(error)
        }
        (Err(error), Some(_)) => match slot.refusal(error) {
            Ok(reply) => {
                finish(api, &slot, &reply).await;
                Ok(reply)
            }
            Err(error) => Err(error),
        },
    };
    result.into_response()
}

enum Begin<'a> {
    Go(Slot<'a>),
    Replay(StoredAnswer),
}

async fn begin<'a>(
    api: &'a Api,
    tenant: TenantId,
    body: &'a impl Repeatable,
) -> Result<Begin<'a>, ApiError> {
    let asked = body.asked();
    let mut slot = Slot {
        key: None,
        api,
        request_id: &asked.request_id,
    };
    let Some(text) = &asked.key else {
        return Ok(Begin::Go(slot));
    };
    // What is not UTF-8 was replaced on reading, so that different keys would look the same.
    let is_exact = !text.contains(['\0', char::REPLACEMENT_CHARACTER]);
    if text.is_empty() || text.chars().count() > LONGEST || !is_exact {
        return Err(ApiError::field(
            "",
            "invalid_idempotency_key",
            "Idempotency-Key takes 1 to 255 characters of UTF-8",
        ));
    }
    let key = IdempotencyKey {
        tenant,
        endpoint: asked.endpoint.clone(),
        key: text.clone(),
    };
    let claim = api.ids.next();
    let begun = api
        .idempotency
        .begin(&key, body.fingerprint(), claim, api.clock.now())
        .await?;
    match begun {
        Begun::Fresh { claim } => {
            slot.key = Some((key, claim));
            Ok(Begin::Go(slot))
        }
        Begun::Answered(answer) => Ok(Begin::Replay(answer)),
        Begun::Reused => Err(ApiError::IdempotencyKeyReused),
        Begun::InProgress => Err(ApiError::RequestInProgress),
    }
}

async fn finish(api: &Api, slot: &Slot<'_>, reply: &Reply) {
    let Some(answer) = slot.answer(reply) else {
        return;
    };
    // The work is done; without its record a repetition within the day does it again, which is safe
    // for everything that ends here.
    if let Err(error) = api.idempotency.finish(&answer).await {
        tracing::warn!(error = %error, "an answer was not remembered");
    }
}

fn replay(answer: StoredAnswer) -> Response {
    let reply = Reply {
        status: StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK),
        location: answer.location,
        body: answer.body,
    };
    let mut response = reply.into_response();
    response
        .headers_mut()
        .insert("idempotent-replay", HeaderValue::from_static("true"));
    response
}
