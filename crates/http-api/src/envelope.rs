//! What surrounds every request: its id, its span, its time, its place in the metrics, and the body of
//! its problem.

use crate::{
    auth::{Identity, identify},
    error::ApiError,
    problem::{Draft, PROBLEM_JSON},
    router::Shared,
    routes::{bulk, twilio},
};
use axum::{
    body::Body,
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::FutureExt;
use std::{any::Any, future::Future, panic::AssertUnwindSafe, time::Instant};
use tidings_messaging::TraceId;
use tracing::Instrument;

/// The name of a request, in answers and in the log.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// Surrounds every request, unknown paths included.
pub(crate) async fn envelope(
    State(shared): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = tidings_kernel::RequestId::new(&*shared.api.ids);
    // Without a trace of the caller's, the request's own id is one.
    let trace = request
        .headers()
        .get("traceparent")
        .and_then(|header| TraceId::of_traceparent(header.to_str().ok()?))
        .unwrap_or_else(|| TraceId::from_uuid(id.uuid()));
    let id = id.to_string();
    let pattern = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("unmatched", MatchedPath::as_str);
    let is_facade = request.uri().path().starts_with(twilio::ROOT);
    let route = format!("{} {pattern}", known(request.method()));
    let span = tracing::info_span!("request", request_id = %id, trace_id = %trace, route = %route);
    let config = &shared.api.config;
    let timeout = if pattern == bulk::PATH {
        config.timeout.saturating_add(config.bulk_timeout)
    } else {
        config.timeout
    };
    let timeout = timeout.unsigned_abs();
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(trace);
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    let response = async {
        let response = match tokio::time::timeout(timeout, work).await {
            Ok(Ok(response)) => response,
            Ok(Err(panic)) => ApiError::internal(said(&*panic)).into_response(),
            Err(_) => ApiError::TimedOut.into_response(),
        };
        let status = response.status().as_u16();
        tracing::info!(status, elapsed = ?started.elapsed(), "request answered");
        response
    }
    .instrument(span)
    .await;
    let mut response = if is_facade {
        in_twilios_words(response)
    } else {
        finished(response, &shared.api.config.public_url, &id)
    };
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    let headers = response.headers_mut();
    // Answers repeat what others wrote: no browser may take one for a page.
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    let status = response.status().as_u16().to_string();
    metrics::counter!("tidings_api_requests_total", "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("tidings_api_request_seconds", "route" => route)
        .record(started.elapsed().as_secs_f64());
    response
}

/// The method, or one word for all that HTTP does not know: clients may invent them without end, and
/// each name would be a line of its own in the metrics.
fn known(method: &Method) -> &str {
    match *method {
        Method::GET
        | Method::POST
        | Method::PUT
        | Method::PATCH
        | Method::DELETE
        | Method::HEAD
        | Method::OPTIONS => method.as_str(),
        _ => "OTHER",
    }
}

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("a handler panicked: {}", text.unwrap_or_default())
}

/// Writes what went wrong on a path of Twilio's, where nothing else has, in Twilio's form.
fn in_twilios_words(mut response: Response) -> Response {
    match response.extensions_mut().remove::<Draft>() {
        Some(draft) => twilio::Refusal::of_draft(&draft).into_response(),
        None => response,
    }
}

/// Writes the body of a problem, now that the request's id is at hand.
fn finished(mut response: Response, public_url: &str, id: &str) -> Response {
    let Some(draft) = response.extensions_mut().remove::<Draft>() else {
        return response;
    };
    let problem = draft.finish(public_url, id);
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    *response.body_mut() = Body::from(body);
    response
}

/// Lets only those in who have a valid key and do not ask too fast.
pub(crate) async fn admit(
    State(shared): State<Shared>,
    mut request: Request,
    next: Next,
) -> Response {
    let identity = match identify(&shared.api, request.headers()).await {
        Ok(identity) => identity,
        Err(error) => return error.into_response(),
    };
    request.extensions_mut().insert(identity);
    let refuse = |retry_after| ApiError::RateLimited { retry_after };
    within_limit(&shared, identity, refuse, next.run(request)).await
}

/// Answers a request if its key does not ask too fast, and says how fast it may.
pub(crate) async fn within_limit<R: IntoResponse>(
    shared: &Shared,
    identity: Identity,
    refuse: impl FnOnce(u64) -> R,
    work: impl Future<Output = Response>,
) -> Response {
    let allowance = shared.limiter.take(identity.key, shared.api.clock.now());
    let mut response = if allowance.is_allowed {
        work.await
    } else {
        refuse(allowance.reset.max(1)).into_response()
    };
    let headers = response.headers_mut();
    headers.insert("ratelimit-limit", u64::from(allowance.limit).into());
    headers.insert("ratelimit-remaining", u64::from(allowance.remaining).into());
    headers.insert("ratelimit-reset", allowance.reset.into());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_methods_share_one_name() {
        let invented = Method::from_bytes(b"BREW").unwrap();
        assert_eq!(known(&invented), "OTHER");
        assert_eq!(known(&Method::PATCH), "PATCH");
    }
}
